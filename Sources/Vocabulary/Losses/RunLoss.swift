/// The loss of a run: what it computes, what it remembers, and what it asks the run for.
import Language
import LanguageModels
import Settings
import Unlearning

struct RunLoss {
    let name: String
    let objective: StepObjective
    var state = LossState.none
    var alternatives, otherAnswers: AnswerSource?
    /// Whether it counts on the planned number of steps.
    var readsPlan = false

    /// Whether it is the sum of what it is of any micro-batches: of a loss or a retain term written in the language that
    /// is not known, and only its caller can say so, by accumulate=.
    private(set) var addsUp = false

    /// Whether it remembers something from step to step.
    var remembers: Bool { if case .none = state { false } else { true } }

    /// A loss that remembers nothing and asks for nothing.
    init(_ name: String, _ objective: @escaping StepObjective, addsUp: Bool = false) {
        self.name = name
        self.objective = objective
        self.addsUp = addsUp
    }

    /// A loss written in the language.
    init(_ own: OwnLoss) throws {
        name = own.name
        objective = { model, inputs in
            // What it is a mean over is not known: examples, as in `loss / k`.
            let parts = try own(model, inputs), share = inputs.exampleShare, retainShare = inputs.retainShare
            if parts.terms != nil { return try parts.scaled(forget: Float(share), retain: Float(retainShare)) }
            guard abs(share - retainShare) < 1e-9 else {
                throw LanguageError(
                    """
                    micro-batches hold other shares of the forget examples than of the retain examples, and \
                    `\(own.name)` gives one number for both
                    """,
                    advice: [
                        "return (forget=…, retain=…), or choose accumulate= so that it divides both numbers of examples"
                    ], at: .argument("accumulate"))
            }
            return share == 1 ? parts : try parts.scaled(by: Float(share))
        }
        state = own.initialState
        readsPlan = own.readsPlan
        (alternatives, otherAnswers) = (try own.alternatives(), try own.otherAnswers())
    }

    /// A built-in loss with the options that a function value has set.
    init<Loss: UnlearningLoss>(
        _ type: Loss.Type, _ function: Function, _ reading: LossReading, _ surroundings: LossSurroundings,
        forget: ExamplesValue?
    ) throws {
        let loss = try reading.loss(type) { function.option($0) ?? .nothing }
        let reference = loss.reference
        try reference?.model.checkReadsAlike(surroundings.base, in: Loss.name)
        name = Loss.name
        addsUp = loss.loss.addsUp && reading.retainAddsUp(function.option("retain") ?? .nothing)
        objective = { model, inputs in try loss(model, inputs.lossInputs(reference: reference)) }
        state = loss.loss.initialState
        for weight in ["forget_weight", "retain_weight"] {
            guard case .function(let weight)? = function.option(weight) else { continue }
            readsPlan = readsPlan || weight.parameters.contains { $0.name == "steps" || $0.name == "epochs" }
        }
        guard let forget else { return }
        let answers = AnswerReading(model: surroundings.base, forget: forget)
        if Loss.needsAlternatives {
            let given = function.option("alternatives") ?? .nothing
            if given.isNothing, surroundings.base.tokenizer == nil {
                throw UnlearningError.needsAlternatives(Loss.name)
            }
            alternatives = try answers.alternatives(
                given.isNothing ? AlternativeFunctions.builtInRefusals : given, for: Loss.name)
        }
        if Loss.needsOtherAnswers {
            guard let retain = surroundings.retain else { throw UnlearningError.needsOtherAnswers(Loss.name) }
            otherAnswers = try answers.answers(of: retain, drawn: true)
        }
    }
}
