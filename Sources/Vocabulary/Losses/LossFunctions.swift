/// Unlearning losses as functions of (model, forget, retain), and retain terms as functions of (model, batch): one
/// built-in for each in the lists of the engine.
import Autodiff
import Language
import LanguageModels
import Settings
import Tensors
import Unlearning

enum LossFunctions {
    /// - Parameter nll: the built-in of that name, a retain term too.
    static func builtins(
        _ engine: EngineContext, _ all: [any UnlearningLoss.Type], retainTerms: [any RetainTerm.Type], nll: Builtin?
    ) -> [Builtin] {
        let names = all.map { $0.name }
        let terms = retainTerms.filter { $0.name != nll?.name }.map { retainTerm($0, engine) }
        return terms + all.map { loss($0, names, terms + [nll].compactMap(\.self), engine) }
    }

    // MARK: Losses

    private static func loss<Loss: UnlearningLoss>(
        _ type: Loss.Type, _ names: [String], _ terms: [Builtin], _ engine: EngineContext
    ) -> Builtin {
        let term = terms.first { $0.name == Loss.defaultRetainTerm }
        var options: [Parameter] = [
            .option("forget_weight", .weight, default: 1, "weight of the forget term; a function of the step too"),
            .option(
                "retain_weight", .weight, default: .number(Loss.defaultRetainWeight),
                "weight of the retain term; a function of the step too"),
            .option(
                "retain", .retainTerm, default: term.map { .function(Function($0)) } ?? .nothing,
                shown: Loss.defaultRetainTerm,
                "the retain term: a built-in one, a function (model, batch) -> number, or none"),
        ]
        options += Loss.describedSettings.map(\.option)
        options.append(referenceOption(always: Loss.needsReference))
        if Loss.needsAlternatives {
            options.append(
                .option(
                    "alternatives",
                    .described("refusals(), a list of strings, or examples aligned with the forget data"),
                    default: .nothing, shown: "refusals() in a run",
                    "other answers to the forget prompts; of a list each example gets one, drawn once"))
        }
        return .engine(
            Loss.name, family: RecipeFamily.losses.rawValue,
            [
                .positional("model", .model), .positional("forget", .examples, "what is to be forgotten"),
                .positional(
                    "retained", .examples, default: .nothing, shown: "none", "the retain batch: what is to be kept"),
            ] + options,
            Loss.summary, examples: [example(Loss.self)],
            seeAlso: names.filter { $0 != Loss.name } + terms.map(\.name),
            check: {
                try Loss.check($0, $1)
                try LossReading.check($0, $1, of: Loss.name)
            }, differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let forget = try call.examples("forget"),
                retain = try call.optional("retained") { try $0.examples("retained") }
            let reading = LossReading(interpreter: call.interpreter, engine: engine, surroundings: .call)
            let loss = try reading.loss(Loss.self) { try call.value($0) }
            let answers = AnswerReading(model: model, forget: forget)
            let draws = StepDraws(seed: engine.seed, step: 0)
            let alternatives =
                Loss.needsAlternatives
                ? try call.optional("alternatives") {
                    try answers.alternatives($0.value("alternatives"), for: Loss.name)
                }
                : nil
            let others = try Loss.needsOtherAnswers ? retain.map { try answers.answers(of: $0, drawn: false) } : nil
            let inputs = try LossInputs(
                forget: forget.wholeBatch(for: model), retain: retain?.wholeBatch(for: model),
                alternatives: alternatives?.batch(nil, draws), otherAnswers: others?.batch(nil, draws),
                reference: loss.reference, draws: draws, state: loss.loss.initialState)
            let parts = try loss(model, inputs)
            // In a loss of the user's own: what the log tells of the step's batches.
            if let nll = parts.forget { try engine.observe(call.value("forget"), model) { nll } }
            if let nll = parts.retain { try engine.observe(call.value("retained"), model) { nll } }
            return .of(parts.total)
        }
    }

    private static func example(_ type: any UnlearningLoss.Type) -> String {
        let needs = type.needsAlternatives ? ", alternatives=batch([[1, 2, 4]])" : ""
        return """
            f, r = batch([[1, 2, 3]], labels=[[-100, 2, 3]]), batch([[1, 3, 4]], labels=[[-100, 3, 4]])
            m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
            u = unlearn(m, f, r, loss=\(type.name)(retain_weight=0.5\(needs)), optimizer=adamw(lr=1e-2), steps=10)
            nll(u, f) != nll(m, f)
            #> true
            """
    }

    /// - Parameter always: whether the loss itself compares, not only a retain term that one may choose.
    private static func referenceOption(always: Bool) -> Parameter {
        .option(
            "reference", .model, default: .nothing, shown: "the model a run starts from",
            "the frozen model it is compared with" + (always ? "" : ", for retain terms that do"))
    }

    // MARK: Retain terms

    private static func retainTerm<Term: RetainTerm>(_ type: Term.Type, _ engine: EngineContext) -> Builtin {
        .engine(
            Term.name, family: RecipeFamily.retainTerms.rawValue,
            [.positional("model", .model), .positional("batch", .examples, "what is to be kept")]
                + Term.describedSettings.map(\.option)
                + (Term.needsReference ? [referenceOption(always: true)] : []),
            Term.summary,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = gpt(5, layers=1, width=8, seed=1)
                u = unlearn(m, f, r, loss=graddiff(retain=\(Term.name)), optimizer=adamw(lr=1e-2), steps=5)
                nll(u, f) > nll(m, f)
                #> true
                """
            ],
            seeAlso: ["nll", "graddiff", "losses"],
            check: { try Term.check($0, $1) }, differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let batch = try call.examples("batch").wholeBatch(for: model)
            let term = try Term.configured(by: call)
            let reference = Term.needsReference ? try LossReading.reference(of: Term.name) { try call.value($0) } : nil
            let inputs = LossInputs(forget: batch, retain: batch, reference: reference.map { FrozenReference($0) })
            return .of(try RetainObjective(term).value(model, inputs).term)
        }
    }
}
