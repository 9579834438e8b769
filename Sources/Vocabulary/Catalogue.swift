/// What the vocabulary is made from: the engine's lists, which others can lengthen.
import Curvature
import Evaluation
import Language
import Optimizers
import Unlearning

/// The things a session knows by name. Whoever makes a session may add to any list: functions of the language, their
/// help, completion and argument checks, and their use in runs follow from what the thing itself declares.
public struct Catalogue {
    public var optimizers: [any Optimizer.Type] = Optimizers.all
    public var losses: [any UnlearningLoss.Type] = UnlearningLosses.all
    public var retainTerms: [any RetainTerm.Type] = RetainTerms.all
    public var solvers: [any InverseSolver.Type] = InverseSolvers.all
    /// Functions of the plane on which optimizers are tried.
    public var landscapes: [any Landscape.Type] = Landscapes.all
    /// Functions of the language beside the built-in ones: a metric, an attack, a data set.
    public var functions: [Builtin] = []

    public init() {}
}
