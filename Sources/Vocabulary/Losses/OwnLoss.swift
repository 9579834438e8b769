/// A loss written in the language, in a run.
import Autodiff
import Language
import LanguageModels
import Tensors
import Unlearning

/// A function (model, forget, retain) -> number. Parameters with certain names are filled by the run: what the step is
/// (`step`, `steps`, `epoch`, `epochs`), the model it compares with (`reference`), other answers to the step's forget
/// prompts (`alternatives`, `other_answers`), and what it returned as its second value the step before (`state`).
struct OwnLoss {
    private let kept: RunFunction
    private let surroundings: LossSurroundings
    private let forget: ExamplesValue?
    private let reference: ModelValue?
    /// The three that it is always given, by position or, where others stand among them, by name.
    private let main: [String]
    private let takesRetain: Bool
    private let told: [String]
    private let hasState: Bool
    /// Which of the other names it takes.
    private let hasReference, hasAlternatives, hasOtherAnswers: Bool

    private static let others = ["reference", "alternatives", "other_answers", "state"]
    private var function: Function { kept.function }
    var name: String { function.name ?? "loss" }

    init(
        _ function: Function, _ interpreter: Interpreter, _ engine: EngineContext, _ surroundings: LossSurroundings,
        forget: ExamplesValue?
    ) throws {
        kept = RunFunction(function, interpreter, engine)
        self.surroundings = surroundings
        self.forget = forget
        let parameters = function.parameters.filter { !$0.isOption && !$0.isRest }, set = function.options.map(\.name)
        let isOwn = function.builtin == nil
        let special =
            isOwn ? parameters.map(\.name).filter { StepArguments.names.contains($0) || Self.others.contains($0) } : []
        // What the user has set stays as it is.
        told = StepArguments.told(special).filter { !set.contains($0) }
        hasState = special.contains("state")
        hasReference = special.contains("reference")
        hasAlternatives = special.contains("alternatives")
        hasOtherAnswers = special.contains("other_answers")
        let plain = parameters.filter { !special.contains($0.name) }
        main = plain.prefix(3).map(\.name)
        let needed = plain.filter { $0.defaultValue == nil }.count
        takesRetain = needed >= 3 || plain.count >= 3 && isOwn
        switch function.option("reference") {
        case .foreign(let model as ModelValue)? where hasReference: reference = model
        default: reference = hasReference ? ModelValue(surroundings.base) : nil
        }
        try StepArguments.check(told, called: name, planned: surroundings.planned)
    }

    /// Whether it counts on the planned number of steps.
    var readsPlan: Bool { told.contains("steps") || told.contains("epochs") }

    /// Its default for `state`.
    var initialState: LossState {
        hasState ? .custom(LossMemory(function.option("state") ?? .nothing)) : .none
    }

    func alternatives() throws -> AnswerSource? {
        guard hasAlternatives, let forget else { return nil }
        let given = function.option("alternatives") ?? .nothing
        let value = given.isNothing ? AlternativeFunctions.builtInRefusals : given
        return try AnswerReading(model: surroundings.base, forget: forget).alternatives(value, for: name)
    }

    func otherAnswers() throws -> AnswerSource? {
        guard hasOtherAnswers, let forget else { return nil }
        guard let retain = surroundings.retain else { throw UnlearningError.needsOtherAnswers(name) }
        return try AnswerReading(model: surroundings.base, forget: forget).answers(of: retain, drawn: true)
    }

    func callAsFunction(_ model: LanguageModel, _ inputs: StepInputs) throws -> LossParts {
        let engine = kept.engine
        func stepExamples(_ data: ExamplesValue?, _ batch: ScheduledBatch) throws -> ExamplesValue {
            guard let data, let indices = batch.indices else { return data ?? ExamplesValue(batch.tokens) }
            return try data.chosen(indices, as: batch.tokens, for: model)
        }
        let f = try stepExamples(forget, inputs.forget)
        let r = try inputs.retain.map { try stepExamples(surroundings.retain, $0) }
        var arguments: [Value] = [.foreign(ModelValue(model)), .foreign(f)]
        if takesRetain { arguments.append(r.map { .foreign($0) } ?? .nothing) }
        var named = told.map { ($0, StepArguments.value($0, at: inputs.position)) }
        if let reference { named.append(("reference", .foreign(reference))) }
        func add(_ name: String, _ batch: TokenBatch?) {
            if let batch { named.append((name, .foreign(ExamplesValue(batch)))) }
        }
        if hasAlternatives { add("alternatives", inputs.alternatives) }
        if hasOtherAnswers { add("other_answers", inputs.otherAnswers) }
        if hasState, case .custom(let memory as LossMemory) = inputs.state { named.append(("state", memory.value)) }
        if !named.isEmpty {
            // By name, wherever they stand among the others.
            named += zip(main, arguments).map { ($0, $1) }
            arguments = []
        }
        let observer = StepObserver(model, forget: f, retain: r)
        let result = try engine.observed(by: observer) { try kept.call(arguments, named: named, inputs.draws, .loss) }
        let (loss, state) = try parted(result)
        guard case .record(let record) = loss, record.keys.sorted() == ["forget", "retain"] else {
            return LossParts(
                total: try number(loss), forget: observer.forgetLoss, retain: observer.retainLoss, state: state)
        }
        // Two terms, for optimizers that ask for their gradients apart.
        let terms = (forget: try number(record["forget"] ?? .nothing), retain: try number(record["retain"] ?? .nothing))
        var parts = LossParts(
            total: try terms.forget + terms.retain, forget: observer.forgetLoss, retain: observer.retainLoss,
            state: state)
        parts.terms = (terms.forget, terms.retain)
        return parts
    }

    private func number(_ value: Value) throws -> Variable {
        guard let number = try kept.engine.variable(value), number.value.count == 1 else {
            throw LanguageError(
                "`\(name)` must return one number as a loss; it returned \(value.phrase)",
                note: "take mean(…) or sum(…) of it", at: .result("loss"))
        }
        return number
    }

    /// Loss and next state. The state is kept as numbers: no derivative follows it from one step into the next.
    private func parted(_ result: Value) throws -> (loss: Value, state: LossState?) {
        guard hasState else { return (result, nil) }
        guard case .list(let pair) = result, pair.count == 2 else {
            throw LanguageError(
                """
                `\(name)` has a parameter `state`, and must return a loss and the next state, as in `return loss, \
                state`; it returned \(result.phrase)
                """,
                at: .result("loss"))
        }
        return (pair[0], .custom(LossMemory(try TensorFunctions.detached(pair[1]))))
    }
}

/// What a loss written in the language remembers between steps.
struct LossMemory: CustomLossState {
    let value: Value
    let byteCount: Int

    init(_ value: Value) {
        self.value = value
        byteCount = value.sharedByteCount
    }

    /// The numbers of a record, by name; a number alone as `state`.
    var numbers: [NamedNumber] {
        switch value {
        case .number(let x): [NamedNumber("state", x)]
        case .record(let record):
            record.fields.compactMap { field in field.value.number.map { NamedNumber(field.name, $0) } }
        default: []
        }
    }
}
