/// `sequence`: requests to forget that come one after the other.
import Language
import LanguageModels

enum SequenceFunction {
    static var builtin: Builtin {
        .engine(
            "sequence", family: "unlearning",
            [
                .positional("model", .model, "what it starts from"),
                .positional("requests", .list(of: .examples), "what is to be forgotten, one request after the other"),
                .positional("retain", .examples, default: .nothing, shown: "none", "what is to be kept"),
                .option(
                    "by", .function, default: .nothing, shown: "needed",
                    "of (model, forget, retain), gives a model: unlearn or influence with options set, or one's own"),
                .option(
                    "growing", .flag, default: false,
                    "each request starts anew from the first model and forgets all requests so far together"),
            ],
            """
            Requests to forget, served one after the other (the sustainability of Shi et al. 2024, MUSE): the list of \
            the models after each. By default each request is served on the model that the one before left; with \
            growing=true the forget set grows and each starts from the first model.
            """,
            examples: [
                """
                a, b, r = batch([[1, 2, 3]]), batch([[1, 4, 2]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), a + b + r, steps=20, optimizer=adamw(lr=1e-2))
                after = sequence(m, [a, b], r, by=unlearn(steps=5, optimizer=adamw(lr=1e-2)))
                len(after) == 2 and nll(after[-1], b) > nll(m, b)
                #> true
                """
            ], seeAlso: ["unlearn", "influence", "compare"]
        ) { call in
            let requests = try call.list("requests"), retain = try call.value("retain")
            guard !requests.isEmpty else {
                throw LanguageError(
                    "`requests` of `sequence` is empty",
                    advice: ["write sequence(m, [f1, f2], r, by=unlearn(steps=20))"],
                    at: .argument("requests"))
            }
            guard let by = try call.optional("by", { try $0.function("by") }) else {
                throw LanguageError(
                    "`sequence` needs to know how each request is served",
                    advice: ["write by=unlearn(steps=20)"])
            }
            let first = try call.value("model"), isGrowing = try call.bool("growing")
            var models: [Value] = [], together: Value?, last = first
            for (index, request) in requests.enumerated() {
                if call.isInterrupted { throw Language.Interruption() }
                var forget = request
                if isGrowing, let before = together {
                    guard let a = try call.examples(in: before, "requests"),
                        let b = try call.examples(in: request, "requests"),
                        let sum = try a.binary(.add, .foreign(b), isReversed: false)
                    else { throw call.wrong("requests", request, mustBe: "lists of examples") }
                    forget = sum
                }
                together = forget
                let start = isGrowing ? first : last
                let result = try call.call(by, [start, forget] + (retain.isNothing ? [] : [retain]))
                guard case .foreign(is ModelValue) = result else {
                    throw LanguageError(
                        "`by` of `sequence` must give a model; for request \(index + 1) it gave \(result.phrase)",
                        at: .argument("by"))
                }
                models.append(result)
                // Each request is a run of its own: it goes on from the model, not from the optimizer's state, and what
                // it forgets is of course not what the one before did.
                if case .foreign(let model as ModelValue) = result {
                    last = .foreign(ModelValue(model.model, log: model.log))
                }
            }
            return .list(models)
        }
    }
}
