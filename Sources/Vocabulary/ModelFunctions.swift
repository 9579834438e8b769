/// Language models: made from nothing, asked, and looked into.
import Tokenizers
import Autodiff
import Datasets
import Evaluation
import Language
import LanguageModels
import Tensors

package enum ModelFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        making(engine) + asking(engine) + weights(engine) + RecomputeFunction.builtins(engine)
    }

    static func model() -> Parameter { .positional("model", .model) }
    private static func batchOrData() -> Parameter { .positional("batch", .examples, "what to predict") }

    // MARK: Making

    private static func making(_ engine: EngineContext) -> [Builtin] {
        func sizes(_ more: [Parameter]) -> [Parameter] {
            [
                .positional("vocab", .either(.tokenizer, .count), "what the model reads and writes"),
                .option("layers", .count, default: 2, "blocks of attention and feed-forward"),
                .option("width", .count, default: 64, "numbers in a hidden state"),
                .option("heads", .count, default: 4, "attention heads"),
                .option("context", .count, default: 128, unit: "tokens", "the longest sequence"),
            ] + more + [storageOption, seedOption]
        }
        func vocabulary(_ call: Call) throws -> (Int, (any Tokenizer)?) {
            if case .foreign(let foreign) = try call.value("vocab"), let value = foreign as? TokenizerValue {
                return (value.tokenizer.vocabularySize, value.tokenizer)
            }
            return (try call.integer("vocab", min: 1, max: 10_000_000), nil)
        }
        func fresh(_ call: Call, _ architecture: Transformer, _ tokenizer: (any Tokenizer)?) throws -> Value {
            .foreign(
                ModelValue(
                    try engine.drawing(call) {
                        let type = try storage(call)
                        if type != .float32 {
                            return try LanguageModel(
                                initializing: architecture, as: type, tokenizer: tokenizer, from: &$0,
                                on: engine.device)
                        }
                        return try LanguageModel(
                            initializing: architecture, tokenizer: tokenizer, from: &$0, on: engine.device)
                    }))
        }
        func size(_ name: String, _ call: Call) throws -> Int {
            try call.integer(name, min: 1, max: name == "layers" ? 1000 : 1 << 20)
        }
        return [
            .engine(
                "gpt", family: "models",
                sizes([
                    .option(
                        "inner", .count, default: .nothing, shown: "4 × width",
                        "width of the feed-forward layer")
                ]),
                "A fresh GPT-2 with random weights: learned positions, layer norm, GELU, tied embeddings.",
                examples: ["gpt(5, layers=1, width=8).weights\n#> 1952"], seeAlso: ["llama", "train", "load"]
            ) { call in
                let (vocab, tokenizer) = try vocabulary(call)
                let inner = try call.optional("inner") { try size("inner", $0) }
                return try fresh(
                    call,
                    .gpt2(
                        vocabulary: vocab, context: size("context", call), width: size("width", call),
                        layers: size("layers", call), heads: size("heads", call), inner: inner), tokenizer)
            },
            .engine(
                "llama", family: "models",
                sizes([
                    .option(
                        "groups", .count, default: .nothing, shown: "heads",
                        "key-value heads, shared by the others"),
                    .option(
                        "inner", .count, default: .nothing, shown: "8/3 width",
                        "width of the gated feed-forward layer"),
                    .option("theta", .number(in: 1...1e12), default: 10000, "base of the rotary frequencies"),
                    .option("tied", .flag, default: false, "whether logits use the token embedding"),
                ]),
                "A fresh Llama with random weights: rotary positions, RMS norm, SwiGLU, grouped queries.",
                examples: ["llama(5, layers=1, width=8, heads=2, groups=1).architecture\n#> \"llama\""],
                seeAlso: ["gpt"]
            ) { call in
                let (vocab, tokenizer) = try vocabulary(call)
                return try fresh(
                    call,
                    .llama(
                        vocabulary: vocab, context: size("context", call), width: size("width", call),
                        layers: size("layers", call), heads: size("heads", call),
                        groups: call.optional("groups") { try size("groups", $0) },
                        inner: call.optional("inner") { try size("inner", $0) },
                        theta: call.number("theta"),
                        tied: call.bool("tied"), on: engine.device), tokenizer)
            },
            .engine(
                "tokenizer", family: "models",
                [
                    .positional("data", .either(.examples, .list(of: .string)), "the text to learn from"),
                    .option(
                        "size", .count(min: 257, max: 1_000_000), default: 1000, unit: "tokens",
                        "the size of the vocabulary, at most"),
                ],
                "A byte-level BPE tokenizer learned from text; give it to gpt or llama as their vocabulary.",
                examples: ["len(tokenizer([\"to be or not to be\"], size=260))\n#> 260"], seeAlso: ["encode", "gpt"]
            ) { call in
                let texts: [String]
                if case .list(let list) = try call.value("data"), let strings = try list.writable().strings {
                    texts = strings
                } else {
                    texts = try call.foreign("data", as: ExamplesValue.self).documents
                }
                let size = try call.integer("size")
                return .foreign(
                    TokenizerValue(
                        try interruptible(engine.device.cancellation) {
                            try BytePairEncoding.trained(on: texts, vocabularySize: size)
                        }))
            },
        ]
    }

    // MARK: Asking

    private static func asking(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "nll", family: "models", [model(), batchOrData()],
                """
                The mean negative log-likelihood of the tokens to be predicted, in nats: what training minimises. Over \
                a data set it is the mean over all its answer tokens.
                """,
                examples: ["m = gpt(5, layers=1, width=8, seed=1)\nnll(m, batch([[1, 2, 3]])) > 0\n#> true"],
                seeAlso: ["token_nll", "grad"], differentiable: true
            ) { call in
                let model: ModelValue = try call.foreign("model")
                let value = try call.value("batch")
                let result = try model.model.nll(batches(value, for: model.model, call))
                try engine.observe(value, model.model) { Double(try result.value.item()) }
                return .of(result)
            },
            .engine(
                "token_nll", family: "models", [model(), batchOrData()],
                "The negative log-likelihood of every single token to be predicted, row after row, as a tensor.",
                examples: [
                    "m = gpt(5, layers=1, width=8, seed=1)\ntoken_nll(m, batch([[1, 2, 3], [1, 4]])).shape\n#> [3]"
                ], seeAlso: ["nll", "sequence_nll"], differentiable: true
            ) { call in try joined(call, engine) { try $0.tokenNLL($1) } },
            .engine(
                "sequence_nll", family: "models", [model(), batchOrData()],
                "The summed negative log-likelihood of each sequence, as a tensor.",
                examples: [
                    "m = gpt(5, layers=1, width=8, seed=1)\nsequence_nll(m, batch([[1, 2, 3], [1, 4]])).shape\n#> [2]"
                ], seeAlso: ["token_nll"], differentiable: true
            ) { call in try joined(call, engine) { try $0.sequenceNLL($1) } },
            .engine(
                "logits", family: "models",
                [model(), .positional("batch", .examples, "padded on the right to the longest")],
                "The logits [sequences, positions, vocabulary] of examples, which are read side by side.",
                examples: ["m = gpt(5, layers=1, width=8, seed=1)\nlogits(m, batch([[1, 2, 3]])).shape\n#> [1, 3, 5]"],
                seeAlso: ["nll"], differentiable: true
            ) { call in
                let model: ModelValue = try call.foreign("model")
                return .of(try model.model.logits(call.examples("batch").wholeBatch(for: model.model)))
            },
            .engine(
                "generate", family: "models",
                [
                    model(),
                    .positional(
                        "prompt",
                        .either(.text("a question"), .described("a list of questions"), .described("token ids")),
                        "what to continue"),
                ] + SamplingOptions.parameters(most: 64) + [
                    .option(
                        "raw", .flag, default: false,
                        "continues the text itself, without making a question of it"),
                    seedOption,
                ],
                """
                A model's answer to a question, word by word until its end token. A string is asked in the model's \
                template (with_template), which is "Question: …", newline, "Answer:" unless it was given another; \
                raw=true continues it as it stands. Several prompts are answered together.
                """,
                examples: [
                    """
                    qa = authors()
                    base = load("authors")
                    generate(base, qa.retain[0].question) == qa.retain[0].answer
                    #> true
                    """,
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    b = batch([[1, 2, 3, 4]])
                    t = train(m, b, steps=60, optimizer=adamw(lr=3e-2))
                    generate(t, [1, 2], most=2)
                    #> [3, 4]
                    """,
                    """
                    base = load("authors")
                    generate(base, "Name the places.\\nParis,", raw=true, most=12, stop="\\n", repetition_penalty=1.3) \
                    |> type
                    #> "string"
                    """,
                ], seeAlso: ["sample", "encode"]
            ) { call in try generate(call, engine) },
            .engine(
                "sample", family: "models",
                [
                    model(), .positional("start", .string, default: "", "how each text begins"),
                    .option("n", .count(min: 1, max: 10_000), default: 1, "how many texts"),
                    .option("most", .count(min: 1), default: 64, unit: "tokens", "how many tokens at most"),
                    .option("temperature", .number(in: 0...1e6), default: 1, "below 1 is more careful"), seedOption,
                ],
                "Texts drawn from a model that was trained on documents, such as names.",
                examples: [
                    """
                    t = tokenizer(["anna", "nora"], size=260)
                    m = gpt(t, layers=1, width=8, seed=1)
                    texts = sample(m, "an", n=2, most=4, seed=1)
                    [len(texts), starts(texts[0], "an")]
                    #> [2, true]
                    """
                ], seeAlso: ["generate", "train"]
            ) { call in
                let model = try call.foreign("model", as: ModelValue.self).model
                guard let tokenizer = model.tokenizer, let end = tokenizer.endOfText else {
                    throw ModelError.noTokenizer
                }
                let start = try call.string("start"), n = try call.integer("n")
                let beginning = tokenizer.beginning.isEmpty ? [end] : tokenizer.beginning
                let prompt = try beginning + tokenizer.encode(start, addingSpecial: false)
                let sampling = Sampling(temperature: try call.number("temperature"))
                let texts = try engine.drawing(call) {
                    try model.generate(
                        Array(repeating: prompt, count: n), maximum: call.integer("most"), ends: model.endTokens,
                        sampling: sampling, from: &$0)
                }
                return .list(texts.map { .string(start + tokenizer.decode($0, skippingSpecial: true)) })
            },
            .engine(
                "encode", family: "models",
                [
                    model(), .positional("text", .either(.string, .examples)),
                    .option(
                        "special", .flag, default: false,
                        "whether the marks are added that the tokenizer puts around every text, such as a beginning of text"
                    ),
                ],
                """
                The token ids of a text, by a model's tokenizer; of questions and texts, the sequences that the model \
                learns from, as examples with fields ids, labels and mask. Special tokens written out in a text, such \
                as "<|endoftext|>", become their ids. The marks of a tokenizer's own template (Llama's <s>) are added \
                to questions, texts and prompts, to losses and to generation alike; to a string with special=true.
                """,
                examples: [
                    "m = gpt(tokenizer([\"abc\"], size=257))\ndecode(m, encode(m, \"cab\"))\n#> \"cab\"",
                    """
                    qa = authors()
                    base = load("authors")
                    f = encode(base, qa.forget[0:2])
                    nll(base, f) == nll(base, qa.forget[0:2])
                    #> true
                    """,
                ], seeAlso: ["decode", "batch"], differentiable: true
            ) { call in
                if let examples = try ExamplesValue.reading(call.value("text")) {
                    let model = try call.foreign("model", as: ModelValue.self).model
                    return .foreign(ExamplesValue(try examples.wholeBatch(for: model)))
                }
                let tokenizer = try tokenizer(call), text = try call.string("text")
                let special = try call.bool("special")
                // Words, their pieces and ids: every byte may become one.
                if text.utf8.count >= 1 << 16 { try call.interpreter.requireMemory(100 * text.utf8.count) }
                return .list(
                    try interruptible(engine.device.cancellation) {
                        try tokenizer.encode(text, addingSpecial: special).map { Double($0) }
                    })
            },
            .engine(
                "decode", family: "models",
                [
                    .positional("model", .either(.model, .tokenizer)),
                    .positional("ids", .tokenIDs),
                    .option("special", .flag, default: true, "whether special tokens are written out, or left out"),
                ],
                "The text of token ids, by a model's tokenizer; special tokens are written out unless special=false.",
                examples: [
                    """
                    t = tokenizer(["to be or not to be"], size=260)
                    decode(t, encode(t, "not to be"))
                    #> "not to be"
                    """
                ],
                seeAlso: ["encode", "tokenizer"], differentiable: true
            ) { call in
                let ids = try TensorFunctions.integers(call.list("ids"), "ids", call)
                return .string(try tokenizer(call).decode(ids, skippingSpecial: !call.bool("special")))
            },
        ]
    }

    private static func tokenizer(_ call: Call) throws -> any Tokenizer {
        if case .foreign(let foreign) = try call.value("model"), let value = foreign as? TokenizerValue {
            return value.tokenizer
        }
        guard let tokenizer = try call.foreign("model", as: ModelValue.self).model.tokenizer else {
            throw ModelError.noTokenizer
        }
        return tokenizer
    }

    /// Examples cut into batches of like length.
    package static func batches(
        _ value: Value, for model: LanguageModel, _ call: Call, _ parameter: String = "batch"
    ) throws -> [TokenBatch] {
        guard let examples = try call.examples(in: value, parameter) else {
            throw call.wrong(parameter, value, mustBe: "examples")
        }
        do {
            return try examples.batches(for: model) { try call.interpreter.pollNow() }
        } catch var error as LanguageError {
            if error.location == .whole { error.location = .argument(parameter) }
            throw error
        }
    }

    /// The results of all examples in their order.
    private static func joined(
        _ call: Call, _ engine: EngineContext, _ body: (LanguageModel, TokenBatch) throws -> Variable
    ) throws -> Value {
        let model = try call.foreign("model", as: ModelValue.self).model
        let batches = try call.examples("batch").batchesInOrder(for: model)
        let results = try batches.map { try body(model, $0) },
            result = results.count == 1 ? results[0] : try Variable.concatenated(results)
        try engine.observe(call.value("batch"), model) {
            result.value.sum() / Double(max(1, batches.reduce(0) { $0 + $1.targetCounts.reduce(0, +) }))
        }
        return .of(result)
    }

    private static func generate(_ call: Call, _ engine: EngineContext) throws -> Value {
        let model = try call.foreign("model", as: ModelValue.self).model
        let raw = try call.bool("raw"), stops = try SamplingOptions.stops(call)
        func run(_ prompts: [[Int]], keepsEnd: Bool = false) throws -> [[Int]] {
            if !stops.isEmpty, model.tokenizer == nil { throw ModelError.noTokenizer }
            // Ids come with the tokenizer's own end of text; what else a configuration lets end them is left out.
            return try model.written(
                after: prompts, ends: keepsEnd ? model.configuredEnds : model.answerEnds,
                keptEnds: Set(keepsEnd ? [model.tokenizer?.endOfText].compactMap { $0 } : []), stops: stops, call,
                engine)
        }
        func prompt(_ text: String) throws -> [Int] {
            guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
            return raw
                ? try tokenizer.beginning + tokenizer.encode(text, addingSpecial: false)
                : try model.answerEncoder().prompt(text)
        }
        func answer(_ ids: [Int]) -> Value {
            let text = raw ? model.tokenizer?.decode(ids, skippingSpecial: true) ?? "" : model.answerText(ids)
            return .string(text.cut(before: stops))
        }
        func questions(_ value: Value) throws -> [Value] {
            let set = try EvaluationFunctions.questions(value, "prompt", call)
            return try run(set.map { try prompt($0.question) }).map(answer)
        }
        let given = try call.value("prompt")
        switch given {
        case .string(let text): return answer(try run([prompt(text.string)])[0])
        case .record: return try questions(given)[0]
        case .list(let list):
            if case .record? = try list.written().first { return .list(try questions(given)) }
            if let texts = try list.writable().strings, !texts.isEmpty {
                return .list(try run(texts.map(prompt)).map(answer))
            }
            let prompts = try DataFunctions.tokens(list, "prompt", call)
            let results = try run(prompts, keepsEnd: true).map { Value.list($0.map { Double($0) }) }
            return try list.numbers != nil && !list.isEmpty ? results[0] : .list(results)
        case .foreign(let data as ExamplesValue):
            guard case .questions = data.content else { fallthrough }
            return .list(try questions(given))
        default: throw call.wrong("prompt", given, mustBe: "a question, questions, or token ids")
        }
    }
}
