/// Memory of derivatives as a setting of a model.
import Language
import LanguageModels

enum RecomputeFunction {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "recompute", family: "models",
                [
                    ModelFunctions.model(),
                    .option("on", .flag, default: true, "whether activations are computed again; false keeps them"),
                ],
                """
                The same model, whose derivatives keep of each block only what goes into it and compute the rest again \
                on the way back (activation checkpointing): the same bits, far less memory, about a third more time. \
                It holds for grad, hvp, ggnvp, per_example, influence and runs, and for the models that come of it; \
                start and train take it as an option, recompute=true, for their steps alone. Inside nested \
                derivatives, such as grad of grad, nothing is computed twice.
                """,
                examples: [
                    """
                    m = gpt(5, layers=2, width=8, seed=1)
                    b = batch([[1, 2, 3]])
                    norm(grad(m -> nll(m, b), m) - grad(m -> nll(m, b), recompute(m)))
                    #> 0
                    """
                ],
                seeAlso: ["grad", "train", "memory_use"], differentiable: true
            ) { call in
                let value: ModelValue = try call.foreign("model")
                var model = value.model
                model.recomputes = try call.bool("on")
                return .foreign(ModelValue(model, log: value.log, continuation: value.continuation))
            }
        ]
    }
}
