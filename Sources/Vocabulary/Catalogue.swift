/// What the vocabulary is made from: the engine's lists, which others can lengthen.
import Curvature
import Datasets
import Evaluation
import Language
import LanguageModels
import Optimizers
import Tokenizers
import Unlearning

/// Families of built-ins that stand for a type of the engine: who is given such a function works with the type. Users
/// write their own, under the names that papers give them.
public enum RecipeFamily: String {
    case optimizers, losses, solvers, metrics, attacks
    case retainTerms = "retain terms"
    case landscapes = "test functions"

    /// The family of a built-in; nil for one that only computes.
    public init?(of builtin: Builtin) { self.init(rawValue: builtin.family) }
}

/// The things a session knows by name. Whoever makes a session may add to any list: functions of the language, their
/// help, completion and argument checks, and their use in runs follow from what the thing itself declares.
public struct Catalogue {
    public var optimizers: [any Optimizer.Type] = Optimizers.all
    public var losses: [any UnlearningLoss.Type] = UnlearningLosses.all
    public var retainTerms: [any RetainTerm.Type] = RetainTerms.all
    public var solvers: [any InverseSolver.Type] = InverseSolvers.all
    public var metrics: [any Metric.Type] = Metrics.all
    public var attacks: [any Attack.Type] = Attacks.all
    /// Data to forget and to retain, by name.
    public var datasets: [any Dataset.Type] = DatasetList.all
    /// The architectures whose checkpoints are read.
    public var architectures: [any ModelConfiguration.Type] = ArchitectureList.all
    /// The steps of a `tokenizer.json` that are read.
    public var tokenizerSteps = TokenizerSteps()
    public var estimators: [any MatrixEstimator.Type] = MatrixEstimators.all
    /// Functions of the plane on which optimizers are tried.
    public var landscapes: [any Landscape.Type] = Landscapes.all
    /// Functions of the language beside the built-in ones: a measure, a data set.
    public var functions: [Builtin] = []

    public init() {}

    // MARK: The type that a built-in stands for, with or without options set; nil for any other function

    func optimizer(of function: Function) -> (any Optimizer.Type)? {
        named(by: function, in: .optimizers, optimizers) { $0.name }
    }
    func loss(of function: Function) -> (any UnlearningLoss.Type)? {
        named(by: function, in: .losses, losses) { $0.name }
    }
    func retainTerm(of function: Function) -> (any RetainTerm.Type)? {
        // The one that is a function of models in its own right.
        if let builtin = function.builtin, builtin.name == MeanTokenRetain.name, builtin.family == "models" {
            return MeanTokenRetain.self
        }
        return named(by: function, in: .retainTerms, retainTerms) { $0.name }
    }
    func solver(of function: Function) -> (any InverseSolver.Type)? {
        named(by: function, in: .solvers, solvers) { $0.name }
    }
    /// A metric, or an attack, which is one too.
    func metric(of function: Function) -> (any Metric.Type)? {
        named(by: function, in: .metrics, metrics) { $0.name } ?? attack(of: function)
    }
    /// What may have been meant by a name that is none of the metrics, or one in quotes.
    /// - Parameter kind: "metrics" or "attacks".
    func metricNote(_ name: String, _ kind: String) -> String {
        let names = (kind == RecipeFamily.attacks.rawValue ? [] : metrics.map { $0.name }) + attacks.map { $0.name }
        if names.contains(name) { return "write \(name), without quotes" }
        let stem = name.lowercased().filter(\.isLetter).prefix(5)
        let near = names.filter { !stem.isEmpty && $0.hasPrefix(stem) }
        if let meant = near.first ?? suggestion(for: name, among: names) { return "did you mean \(meant)?" }
        return "?\(kind) lists them"
    }
    func attack(of function: Function) -> (any Attack.Type)? {
        named(by: function, in: .attacks, attacks) { $0.name }
    }
    func landscape(of function: Function) -> (any Landscape.Type)? {
        named(by: function, in: .landscapes, landscapes) { $0.name }
    }

    /// Of two of one name the later is the session's, and ``functions`` are later than all.
    private func named<T>(
        by function: Function, in family: RecipeFamily, _ all: [T], _ name: (T) -> String
    ) -> T? {
        guard let builtin = function.builtin, RecipeFamily(of: builtin) == family,
            !functions.contains(where: { $0.name == builtin.name })
        else { return nil }
        return all.last { name($0) == builtin.name }
    }
}
