/// Judging models: what they still know, how they compare, and the measures this is made of.
import Autodiff
import Datasets
import Evaluation
import Language
import LanguageModels
import StandardLibrary
import Tensors

enum EvaluationFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [
            Comparison.builtin(engine), AttackFunctions.builtin(engine), EvaluationFile.builtin(engine), scores(engine),
            distance(engine),
        ] + measures
    }

    // MARK: Of models

    private static func scores(_ engine: EngineContext) -> Builtin {
        .engine(
            "scores", family: "evaluation",
            [
                .positional("model", .model), .positional("data", .questions, "what the model is asked"),
                .option(
                    "metrics", .list(of: .metric), default: .nothing, shown: "none",
                    "further figures of each question: built-in metrics, and functions (model, data) of one's own"),
            ],
            """
            What a model makes of each question, as a table, a row each: its own greedy answer's ROUGE-L recall, the \
            probability of the right answer (of its geometric mean token), and the truth ratio, below 1 where the \
            paraphrased right answer is likelier than the false ones (Maini et al. 2024).
            """,
            examples: ["scores(load(\"authors\"), authors().retain[0:2])[0].rouge\n#> 1"],
            seeAlso: ["compare", "generate", "rouge"]
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let set = try questions(call.value("data"), "data", call)
            let subject = try MetricSubject(
                model, on: MetricData.reading(call.value("data"), "data", call),
                progress: progress(call, "scores", unit: "questions"))
            let scores = set.isEmpty ? [] : try subject.answerScores(.forget, for: "scores")
            let further = try call.optional("metrics") { call in
                try MetricCall.byExample(call.list("metrics"), subject, call.value("data"), call, engine)
            }
            return .foreign(
                try Tables.table(
                    ofColumns: Record(
                        [
                            ("question", .list(set.map { .string($0.question) })),
                            ("probability", .list(scores.map(\.probability))), ("rouge", .list(scores.map(\.rougeL))),
                            ("truth_ratio", .list(scores.map { $0.truthRatio.map { .number($0) } ?? .nothing })),
                            ("loss", .list(scores.map(\.answerLoss))),
                        ] + (further ?? []).map { ($0.name, .list($0.values)) })))
        }
    }

    private static func distance(_ engine: EngineContext) -> Builtin {
        .engine(
            "distance", family: "evaluation",
            [
                .positional("a", .model), .positional("b", .model),
                .option(
                    "on", .examples, default: .nothing, shown: "weights",
                    "compares predictions of its answers, or of the tokens to predict, instead of weights"),
            ],
            """
            How far two models are from each other: the length of the difference of their weights, or with on= the \
            mean over answer tokens of KL(b ‖ a) of their predictions, in nats. A model with adapters beside a plain \
            one is measured as merge(…) of it; two with adapters by these. Models trained from different seeds are far \
            apart in weights even where they predict the same. Derivatives follow both, so that either is a penalty in \
            a loss.
            """,
            examples: ["m = gpt(5, layers=1, width=8, seed=1)\ndistance(m, m)\n#> 0"], seeAlso: ["compare", "norm"],
            differentiable: true
        ) { call in
            let a = try call.foreign("a", as: ModelValue.self).model,
                b = try call.foreign("b", as: ModelValue.self).model
            if let on = try call.optional("on", { try $0.examples("on") }) {
                guard case .questions(let set) = on.content, !a.weights.isTracked, !b.weights.isTracked else {
                    if case .questions = on.content, !a.isAsked(like: b) {
                        throw LanguageError(
                            """
                            a derivative of the distance cannot follow models that are asked in different templates or \
                            system prompts
                            """,
                            advice: ["take detach(…) of both, or ask both alike, by with_template and system_prompt"])
                    }
                    return .of(
                        try PredictionDivergence.of(
                            a, from: b, on: ModelFunctions.batches(call.value("on"), for: a, call, "on")))
                }
                return .number(try PredictionDivergence.of(a, from: b, on: set))
            }
            let isMixed = (a.adapted == nil) != (b.adapted == nil)
            if isMixed, [a, b].contains(where: { $0.adapted != nil && $0.weights.isTracked }) {
                throw LanguageError(
                    """
                    a derivative of the distance cannot follow adapters to a plain model: it is that of the weights \
                    that they merge to
                    """,
                    advice: [
                        "take detach(…) of the model with adapters, a derivative by the weights of merge(…), or the "
                            + "distance from lora(…) of the plain one, which is that of the adapters"
                    ])
            }
            let difference = try a.wholeDifference(from: b).values
            return difference.isTracked ? .of(try Variable.norm([difference])) : .number(difference.value.norm())
        }
    }

    static func questions(_ value: Value, _ name: String, _ call: Call) throws -> QuestionSet {
        if let data = try ExamplesValue.reading(value), case .questions(let set) = data.content { return set }
        throw call.wrong(name, value, mustBe: "questions with answers")
    }

    /// Reports parts, and stops when the user asks to.
    static func progress(_ call: Call, _ title: String, unit: String, note: String = "") -> (Int, Int) throws -> Void {
        { done, total in
            if call.isInterrupted { throw Language.Interruption() }
            call.host.progress(title, done: done, total: total, unit: unit, note: done == total ? "" : note)
        }
    }

    // MARK: Of numbers and texts

    private static var measures: [Builtin] {
        [
            .engine(
                "rouge", family: "evaluation",
                [
                    .positional("answer", .string, "what is judged"),
                    .positional("truth", .string, "the reference"),
                    .option(
                        "kind", .choice(["L", "1"]), default: "L",
                        "longest common subsequence of words, or words in common"),
                ],
                """
                ROUGE of an answer against the truth, stemmed as the rouge-score package does it: a record of \
                precision, recall and f1.
                """,
                examples: ["rouge(\"She wrote novels\", \"She wrote a novel\").recall\n#> 0.75"], seeAlso: ["scores"]
            ) { call in
                let (truth, answer) = (try call.string("truth"), try call.string("answer"))
                let poll = call.interpreter.poll
                let score =
                    try call.choice("kind") == "L"
                    ? Rouge.rougeL(reference: truth, prediction: answer, poll: poll)
                    : Rouge.rouge1(reference: truth, prediction: answer, poll: poll)
                return .record([
                    ("precision", .number(score.precision)), ("recall", .number(score.recall)),
                    ("f1", .number(score.f1)),
                ])
            },
            .engine(
                "ks_test", family: "evaluation",
                [.positional("a", .list(of: .number)), .positional("b", .list(of: .number))],
                """
                The two-sided two-sample Kolmogorov-Smirnov test, exact: a record (statistic, p). Forget quality is \
                its p for the truth ratios of an unlearned and of a retrained model on the questions to forget.
                """,
                examples: ["ks_test([1, 2, 3, 4], [1.5, 2.5, 3.5, 9]).statistic\n#> 0.25"],
                seeAlso: ["compare", "scores"]
            ) { call in
                let test = try KolmogorovSmirnov(
                    call.numbers("a"), call.numbers("b"), poll: call.interpreter.pollNow)
                return .record([("statistic", .number(test.statistic)), ("p", .number(test.pValue))])
            },
            .engine(
                "harmonic_mean", family: "evaluation", [.positional("xs", .list(of: .number), "none below 0")],
                "The harmonic mean: near zero as soon as one number is. Model utility is that of nine figures.",
                examples: ["harmonic_mean([0.5, 1])\n#> 0.6667"], seeAlso: ["compare", "mean"]
            ) { call in
                let numbers = try call.numbers("xs")
                if let place = numbers.firstIndex(where: { $0 < 0 }) {
                    throw LanguageError(
                        """
                        `xs` of `harmonic_mean` holds \(formatNumber(numbers[place], digits: 6)) at index \(place), \
                        which is below 0
                        """,
                        advice: ["the harmonic mean is one of numbers from 0 on"], at: .argument("xs"))
                }
                return .number(harmonicMean(numbers))
            },
        ]
    }
}
