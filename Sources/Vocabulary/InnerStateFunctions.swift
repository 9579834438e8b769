/// Looking into a model: hidden states and attention of a layer, and the tokens it would go on with.
import Autodiff
import Evaluation
import Language
import LanguageModels
import Tensors

enum InnerStateFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { [hiddenStates, attention, top(engine)] }

    private static let setup = "m = gpt(5, layers=2, width=8, heads=2, seed=1)\nx = batch([[1, 2, 3]])\n"
    private static func examples() -> Parameter {
        .positional("examples", .examples, "padded on the right to the longest")
    }

    /// The layer of a call; negative ones count from the end of `count`.
    private static func layer(_ call: Call, of count: Int) throws -> Int {
        let given = try call.integer("layer"), layer = given < 0 ? given + count : given
        guard layer >= 0, layer < count else {
            throw LanguageError(
                """
                `layer` of `\(call.builtin.name)` must be from 0 to \(count - 1) for this model, or from -\(count) to \
                -1; it is \(given)
                """,
                at: .argument("layer"))
        }
        return layer
    }

    private static var hiddenStates: Builtin {
        .engine(
            "hidden_states", family: "models",
            [
                .positional("model", .model), examples(),
                .positional(
                    "layer", .count, default: -1,
                    "0 for what the first block gets, k for what the k-th leaves; the last one is after the last norm"),
            ],
            """
            The hidden states [sequences, positions, width] of a layer, numbered as in the transformers library: 0 is \
            the embeddings, k what the k-th block leaves, and the last, after the last norm, what the logits are \
            computed from.
            """,
            examples: [
                setup + "hidden_states(m, x, 1).shape\n#> [1, 3, 8]",
                setup + "norm(grad(m -> sum(hidden_states(m, x, 1)^2), m)) > 0\n#> true",
            ], seeAlso: ["attention", "logits", "rmu", "embedding_difference"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let layer = try layer(call, of: model.architecture.layers + 1)
            return .of(try model.hiddenStates(call.examples("examples").wholeBatch(for: model), layer: layer))
        }
    }

    private static var attention: Builtin {
        .engine(
            "attention", family: "models",
            [
                .positional("model", .model), examples(),
                .positional("layer", .count, default: -1, "which block, counted from 0; negative ones from the last"),
            ],
            """
            The attention probabilities [sequences, heads, positions, positions] of a block: how much each position \
            (third axis) looks at each (fourth). Rows add up to 1; no position looks ahead or at padding.
            """,
            examples: [setup + "a = attention(m, x, 0)\nprint(a.shape, a[0, 0, 0, 0])\n#> [1, 2, 3, 3] 1"],
            seeAlso: ["hidden_states", "heatmap"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let layer = try layer(call, of: model.architecture.layers)
            return .of(try model.attention(call.examples("examples").wholeBatch(for: model), layer: layer))
        }
    }

    private static func top(_ engine: EngineContext) -> Builtin {
        .engine(
            "top", family: "models",
            [
                .positional("model", .model),
                .positional("text", .either(.text("a text"), .described("token ids")), "what comes before"),
                .positional("n", .count(min: 1), default: 5, "how many tokens"),
                .option("question", .flag, default: false, "asks the text as a question, as generate does"),
            ],
            """
            The tokens that a model is most likely to go on with after a text, with their probabilities: a list of \
            records (token, id, probability), the likeliest first. The text is taken as it stands.
            """,
            examples: [
                setup + "best = top(m, [1, 2], 3)\nbest[0].probability >= best[1].probability\n#> true",
                """
                base = load("authors")
                top(base, authors().forget[0].question, 1, question=true)[0].probability > 0.5
                #> true
                """,
            ], seeAlso: ["generate", "logits", "token_nll"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let ids: [Int]
            switch try call.value("text") {
            case .string(let text):
                guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
                ids =
                    try call.bool("question")
                    ? model.answerEncoder().prompt(text.string)
                    : tokenizer.beginning + tokenizer.encode(text.string, addingSpecial: false)
            case .list(let list): ids = try TensorFunctions.integers(list, "text", call)
            case let other: throw call.wrong("text", other, mustBe: "a text or token ids")
            }
            guard !ids.isEmpty else {
                throw LanguageError("`text` of `top` is empty; give at least one token", at: .argument("text"))
            }
            let logits = try model.targetLogits(TokenBatch([ids]), [Int32(ids.count - 1)])
            let probabilities = try logits.logSoftmax().apply(.exp)
            let n = try call.integer("n")
            let order = probabilities.value.withElements { p in
                p.indices.sorted { p[$0] != p[$1] ? p[$0] > p[$1] : $0 < $1 }.prefix(n)
            }
            return .list(
                try order.map { id in
                    let token = model.tokenizer?.decode([id], skippingSpecial: false)
                    return .record([
                        ("token", token.map { .string($0) } ?? .nothing), ("id", .number(id)),
                        ("probability", .of(try probabilities.sliced([0..<1, id..<id + 1]).reshaped([]))),
                    ])
                })
        }
    }
}
