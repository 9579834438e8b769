/// `explain`: the next step of a run before it is taken.
import Language
import Unlearning

enum ExplainFunction {
    /// - Parameter setup: lines of an example that make a `run`.
    static func builtin(_ engine: EngineContext, _ run: Parameter, _ setup: String) -> Builtin {
        .engine(
            "explain", family: "unlearning",
            [
                run,
                .option(
                    "ahead", .count(min: 1, max: 1_000_000), default: 10, unit: "steps",
                    "how many steps like this one the outlook is about"),
                .option(
                    "limit", .number(in: 0 ... .infinity), default: 0.5, unit: "nats",
                    "what the retain loss may rise over them before a warning says so"),
            ],
            """
            The next step of a run before it is taken. First the gradients of the forget and the retain batch and \
            the cosine of the angle between them; how clear the loss's gradient is (signal to noise: the length of \
            the sum of its gradients on both halves of the step's examples, over that of their difference; about 1 \
            is noise alone); the update, and where it lands on the parabola of the loss (alpha: 1 is the minimum \
            along the step, 2 as high as before; below 0 the loss bends downwards); how much the optimizer clips. \
            Then the blocks whose cosine of both gradients is largest: there unlearning hurts most what is to be \
            kept. The table says how both losses and the loss that is minimised will change, to first order, by \
            curvature, and in fact, and the same of a step 2 and 4 times as long. A warning follows where `ahead` \
            such steps would raise the retain loss beyond `limit`, with the learning rate that would not.
            """,
            examples: [
                setup + "explain(run).step\n#> 1",
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3], [1, 3, 4]]), optimizer=adamw(lr=1e-2))
                e = explain(start(m, f, r, optimizer=sgd(lr=3)))
                e.outlook.measured > e.outlook.limit and e.outlook.lr < 3
                #> true
                len(e.conflicts)
                #> 4
                """,
            ], seeAlso: ["step", "start", "layers"]
        ) { call in
            let run = try call.foreign("run", as: RunValue.self).run
            let settings = ExplanationSettings(
                ahead: try call.integer("ahead"), limit: try call.number("limit"))
            return .foreign(ExplanationValue(try run.explained(settings)))
        }
    }
}
