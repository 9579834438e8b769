/// From a loss's options to a loss of the engine: weights, retain term, reference.
import Autodiff
import Language
import LanguageModels
import Settings
import Tensors
import Unlearning

struct LossReading {
    /// Who asks the loss.
    enum Surroundings {
        /// A call of one's own: there is no step, and no model that a run began with.
        case call
        case run(LossSurroundings)
    }

    let interpreter: Interpreter
    let engine: EngineContext
    let surroundings: Surroundings

    /// The loss with the options that `value` gives by name.
    func loss<Loss: UnlearningLoss>(_ type: Loss.Type, _ value: (String) throws -> Value) throws -> WeightedLoss {
        var reference = try Self.reference(of: Loss.name, value)
        let retain = try retainTerm(value("retain"), of: Loss.name)
        if case .run(let run) = surroundings { reference = reference ?? run.base }
        let loss = try Loss.configured(value)
        let made = WeightedLoss(
            loss, forgetWeight: try weight("forget_weight", of: Loss.name, value),
            retainWeight: try weight("retain_weight", of: Loss.name, value), retainTerm: retain, reference: reference)
        // A model that nothing is compared with need not be kept.
        return made.needsReference
            ? made
            : WeightedLoss(
                loss, forgetWeight: made.forgetWeight, retainWeight: made.retainWeight, retainTerm: retain)
    }

    /// The option `reference`; nil where it is none.
    static func reference(of name: String, _ value: (String) throws -> Value) throws -> LanguageModel? {
        switch try value("reference") {
        case .nothing: return nil
        case .foreign(let model as ModelValue):
            guard !model.isTracked else {
                throw LanguageError.lostDerivative(
                    of: "the reference of `\(name)`, which is frozen", at: .argument("reference"))
            }
            return model.model
        case let other:
            throw LanguageError(
                "`reference` of `\(name)` must be a model; it is \(other.phrase)", at: .argument("reference"))
        }
    }

    // MARK: Weights

    /// Complains about a shared option that cannot be what it is; others are not its business.
    static func check(_ option: String, _ value: Value, of loss: String) throws {
        switch option {
        case "retain": _ = try retainFunction(value, of: loss)
        case "forget_weight", "retain_weight": if value.function == nil { _ = try number(value, option, of: loss) }
        case "reference": _ = try reference(of: loss) { _ in value }
        default: break
        }
    }

    private static func number(_ value: Value, _ name: String, of loss: String) throws -> Double {
        guard let x = try value.asNumber, x.isFinite else {
            throw LanguageError(
                "`\(name)` of `\(loss)` must be a number or a function of the step; it is \(value.phrase)",
                at: .argument(name))
        }
        return x
    }

    private func weight(_ name: String, of loss: String, _ value: (String) throws -> Value) throws -> LossWeight {
        let given = try value(name)
        guard case .function(let function) = given else {
            return .constant(try Self.number(given, name, of: loss))
        }
        guard case .run(let run) = surroundings else {
            throw LanguageError(
                "`\(name)` of `\(loss)` is a function of the step, and outside of a run there is none",
                advice: ["give a number"], at: .argument(name))
        }
        return try run.weight(function, called: name, interpreter, engine)
    }

    // MARK: Retain terms

    private static func retainFunction(_ value: Value, of loss: String) throws -> Function? {
        if case .function(let function) = value { return function }
        guard value.isNothing else {
            throw LanguageError(
                """
                `retain` of `\(loss)` must be a retain term (nll, kl, embedding_difference, or a function \
                (model, batch) -> number) or none; it is \(value.phrase)
                """,
                advice: value.foreign is ExamplesValue
                    ? ["the retain batch itself is the third argument: \(loss)(m, f, r)"] : [],
                at: .argument("retain"))
        }
        return nil
    }

    /// Whether a retain term is the sum of what it is of any micro-batches: of one's own that is not known.
    func retainAddsUp(_ value: Value) -> Bool {
        value.function.map { engine.catalogue.retainTerm(of: $0) != nil } ?? true
    }

    private func retainTerm(_ value: Value, of loss: String) throws -> RetainObjective? {
        guard let function = try Self.retainFunction(value, of: loss) else { return nil }
        if let type = engine.catalogue.retainTerm(of: function) { return try builtIn(type, function) }
        return try own(function, of: loss)
    }

    private func builtIn<Term: RetainTerm>(_ type: Term.Type, _ function: Function) throws -> RetainObjective {
        let term = RetainObjective(
            try Term.configured { name in
                function.option(name) ?? .nothing
            })
        guard Term.needsReference,
            let own = try Self.reference(of: Term.name, { function.option($0) ?? .nothing })
        else { return term }
        // One that was set on the term itself.
        let reference = FrozenReference(own)
        return RetainObjective(name: Term.name, needsReference: false, termCount: term.termCount) { model, inputs in
            try term.value(model, inputs.with(reference: reference))
        }
    }

    /// A function of the language, (model, batch) -> number.
    private func own(_ function: Function, of loss: String) throws -> RetainObjective {
        let name = function.name ?? "retain"
        let takesReference = function.builtin == nil && function.parameters.contains { $0.name == "reference" }
        let kept = RunFunction(function, interpreter, engine), engine = engine, surroundings = surroundings
        let given = function.option("reference")?.foreign as? ModelValue
        return RetainObjective(name: name, needsReference: takesReference && given == nil) { model, inputs in
            guard let retain = inputs.retain else { throw UnlearningError.needsRetain(loss) }
            var examples = ExamplesValue(retain)
            if case .run(let run) = surroundings { examples = try run.examples(retain, inputs.retainRows, model) }
            let reference = given ?? inputs.reference.map { ModelValue($0.model) }
            let named = takesReference ? reference.map { [("reference", Value.foreign($0))] } ?? [] : []
            let observer = StepObserver(model, forget: nil, retain: examples)
            let result = try engine.observed(by: observer) {
                try kept.call([.foreign(ModelValue(model)), .foreign(examples)], named: named, inputs.draws, .loss)
            }
            guard let term = try engine.variable(result), term.value.count == 1 else {
                throw LanguageError(
                    "`\(name)` must return one number as a retain term; it returned \(result.phrase)",
                    note: "take mean(…) or sum(…) of it", at: .result("retain"))
            }
            let nll = try observer.retainLoss.map { Variable(try Tensor(scalar: Float($0), on: model.device)) }
            return RetainValue(try term.reshaped([]), nll: nll)
        }
    }
}

/// The run that a loss works in.
struct LossSurroundings {
    let base: LanguageModel
    let seed: UInt64
    /// Steps planned; 0 where that is open.
    let planned: Int
    /// What is to be kept, as the user gave it.
    let retain: ExamplesValue?

    /// Rows of the retain data as examples.
    func examples(_ tokens: TokenBatch, _ rows: [Int]?, _ model: LanguageModel) throws -> ExamplesValue {
        guard let retain, let rows else { return retain ?? ExamplesValue(tokens) }
        return try retain.chosen(rows, as: tokens, for: model)
    }

    /// A weight that is a function of the step.
    func weight(
        _ function: Function, called name: String, _ interpreter: Interpreter, _ engine: EngineContext
    ) throws -> LossWeight {
        let arguments = try StepArguments(function, called: name, planned: planned)
        let kept = RunFunction(function, interpreter, engine), seed = seed
        return .ofStep { position in
            let (positional, named) = arguments.values(at: position)
            let draws = StepDraws(seed: position.seed ?? seed, step: position.step)
            let result = try kept.call(positional, named: named, draws, .weight)
            guard let weight = try result.asNumber, weight.isFinite else {
                throw LanguageError(
                    "`\(name)` must return a number; it returned \(result.phrase)", at: .result(name))
            }
            return weight
        }
    }
}

/// What a function asks to be told of the step: by the names of its parameters.
struct StepArguments {
    /// The names that are told.
    static let names = ["step", "steps", "epoch", "epochs"]

    private let isPositional: Bool
    private let named: [String]

    /// Of a function that takes nothing else; a single parameter of any name is the step.
    init(_ function: Function, called what: String, planned: Int) throws {
        let names = function.missing.map(\.name)
        isPositional = names.count == 1 && !Self.names.contains(names[0])
        if !isPositional, let other = names.first(where: { !Self.names.contains($0) }) {
            throw LanguageError(
                "`\(what)` is called with the step, and knows no `\(other)`",
                advice: ["its parameters may be called \(listed(Self.names.map { "`\($0)`" }, "or"))"],
                at: .argument("loss"))
        }
        let all = function.parameters.map(\.name)
        named = isPositional ? [] : Self.told(all)
        try Self.check(named, called: what, planned: planned)
    }

    /// The names among a function's parameters that are told.
    static func told(_ parameters: [String]) -> [String] { parameters.filter(names.contains) }

    /// - Throws: where a run without a plan is asked for it.
    static func check(_ names: [String], called what: String, planned: Int) throws {
        guard planned == 0, let name = names.first(where: { $0 == "steps" || $0 == "epochs" }) else { return }
        throw LanguageError(
            "`\(what)` asks for `\(name)`, and this run has no planned number of steps",
            advice: ["say how many are planned: start(…, steps=60)"], at: .argument("loss"))
    }

    /// What `name` is at a position.
    static func value(_ name: String, at position: StepPosition) -> Value {
        switch name {
        case "steps": position.planned.map { .number($0) } ?? .nothing
        case "epoch": .number(position.epoch)
        case "epochs": position.epochs.map { .number($0) } ?? .nothing
        default: .number(position.step)
        }
    }

    func values(at position: StepPosition) -> (positional: [Value], named: [(String, Value)]) {
        (
            isPositional ? [.number(position.step)] : [],
            named.map { ($0, Self.value($0, at: position)) }
        )
    }
}
