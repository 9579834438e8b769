/// What a model writes when it is given beginnings: how much of a text it knows by heart, and what a classifier says of
/// its words.
import Evaluation
import Language
import LanguageModels
import StandardLibrary
import Tensors
import Tokenizers

enum TextTasks {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [memorization(engine), classify(engine), containsWords(engine)]
    }

    private static let textsType = ParameterType.either(.string, .list(of: .string), .examples)

    // MARK: Known by heart

    private static func memorization(_ engine: EngineContext) -> Builtin {
        .engine(
            "memorization", family: "evaluation",
            [
                .positional("model", .model), .positional("text", textsType, "a text, a list of texts, or examples"),
                .option(
                    "prompt", .count(min: 1), default: 100, unit: "tokens", "how much of each text the model is given"),
                .option(
                    "most", .count(min: 1), default: 200, unit: "tokens",
                    "how much of what follows is compared, where the text and the context have as much"),
            ],
            """
            How much of a text a model reproduces when it is given the beginning (Carlini et al. 2021; the copyright \
            task of Jia et al. 2024): it continues the first `prompt` tokens greedily for as many tokens as follow. A \
            record of bleu and rouge (recall of ROUGE-L) of the continuation against the text's own, verbatim, the \
            number of tokens before the first that differs, all as means over the texts, and texts, a table with a row \
            each. Questions are read with their answers, in the model's template; no template is put around texts.
            """,
            examples: [
                """
                text = "to be or not to be, that is the question"
                t = tokenizer([text], size=260)
                m = gpt(t, layers=1, width=16, context=64, seed=1)
                learned = train(m, text_set([text]), steps=80, optimizer=adamw(lr=1e-2))
                memorization(learned, text, prompt=10).rouge
                #> 1
                """
            ],
            seeAlso: ["classify", "rouge", "extraction_strength", "generate"]
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
            let (sequences, start) = try read(call, model, tokenizer)
            let results = try worded {
                try model.reproductions(
                    of: sequences, start: start, prompt: call.integer("prompt"), most: call.integer("most"),
                    ends: model.endTokens,
                    progress: EvaluationFunctions.progress(call, "memorization", unit: "texts"))
            }
            func text(_ ids: [Int]) -> String { tokenizer.decode(ids, skippingSpecial: true) }
            let poll = call.interpreter.poll
            var bleu: [Double] = [], rouge: [Double] = []
            for result in results {
                let truth = text(result.truth), said = text(result.continuation)
                bleu.append(bleuScore(reference: truth, prediction: said))
                rouge.append(try Rouge.rougeL(reference: truth, prediction: said, poll: poll).recall)
            }
            let verbatim = results.map { Double($0.verbatim) }
            func mean(_ figures: [Double]) -> Value { .number(figures.reduce(0, +) / Double(figures.count)) }
            return .record([
                ("bleu", mean(bleu)), ("rouge", mean(rouge)), ("verbatim", mean(verbatim)),
                (
                    "texts",
                    .foreign(
                        try Tables.table(
                            ofColumns: Record([
                                ("prompt", .list(results.map { .string(text($0.prompt)) })),
                                ("continuation", .list(results.map { .string(text($0.continuation)) })),
                                ("truth", .list(results.map { .string(text($0.truth)) })),
                                ("bleu", .list(bleu)), ("rouge", .list(rouge)), ("verbatim", .list(verbatim)),
                                ("compared", .list(results.map { Double($0.truth.count) })),
                            ])))
                ),
            ])
        }
    }

    /// Token ids of the texts, without what stands before each of them, and that.
    private static func read(
        _ call: Call, _ model: LanguageModel, _ tokenizer: any Tokenizer
    ) throws -> (sequences: [[Int]], start: [Int]) {
        if let texts = try plainTexts("text", call) {
            let sequences = try texts.map {
                try model.device.cancellation.check()
                return try tokenizer.encode($0, addingSpecial: false)
            }
            return (sequences, try model.answerEncoder().documentStart)
        }
        // Questions and token ids stand as the model learns them, their beginning included.
        let batch = try call.examples("text").wholeBatch(for: model)
        return ((0..<batch.rows).map { batch.written($0).ids }, [])
    }

    // MARK: Classified

    private static func classify(_ engine: EngineContext) -> Builtin {
        .engine(
            "classify", family: "evaluation",
            [
                .positional("model", .model),
                .positional("prompts", textsType, "beginnings that the model continues, or questions that it answers"),
                .option(
                    "classifier", .function(of: "a text"), default: .nothing, shown: "contains_words",
                    "what judges a continuation: a function of a text that gives a number, or true or false"),
            ] + SamplingOptions.parameters(most: 64) + [seedOption],
            """
            What a classifier says of the texts that a model writes, such as the toxicity rate of Jia et al. 2024: the \
            mean of the classifier over the continuations, and texts, a table with a row each. The classifier is any \
            function of a text, such as contains_words(words=[…]) or text -> len(text) > 10. Strings and texts are \
            continued as they stand, questions are asked in the model's template.
            """,
            examples: [
                """
                qa = authors()
                base = load("authors")
                weavers = classify(base, qa.retain[0:4], classifier=text -> contains(text, "weaver"))
                [weavers.score, len(weavers.texts)]
                #> [0.25, 4]
                """
            ],
            seeAlso: ["contains_words", "memorization", "generate"]
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
            let stops = try SamplingOptions.stops(call)
            let (prompts, shown, isAsked) = try prompts(call, model, tokenizer)
            let written = try worded {
                try model.written(
                    after: prompts, ends: isAsked ? model.answerEnds : model.endTokens, stops: stops, call, engine)
            }
            let texts = written.map { ids in
                (isAsked ? model.answerText(ids) : tokenizer.decode(ids, skippingSpecial: true)).cut(before: stops)
            }
            let scores = try texts.map { try score(of: $0, call) }
            return .record([
                ("score", .number(scores.reduce(0, +) / Double(scores.count))),
                (
                    "texts",
                    .foreign(
                        try Tables.table(
                            ofColumns: Record([
                                ("prompt", .list(shown.map { .string($0) })),
                                ("continuation", .list(texts.map { .string($0) })), ("score", .list(scores)),
                            ])))
                ),
            ])
        }
    }

    /// Prompts as token ids and as texts, and whether they are questions.
    private static func prompts(
        _ call: Call, _ model: LanguageModel, _ tokenizer: any Tokenizer
    ) throws -> (ids: [[Int]], shown: [String], isAsked: Bool) {
        if let texts = try plainTexts("prompts", call) {
            let start = try model.answerEncoder().documentStart
            return (try texts.map { try start + tokenizer.encode($0, addingSpecial: false) }, texts, false)
        }
        let examples = try call.examples("prompts")
        if case .questions(let set) = examples.content, !set.isEmpty {
            let encoder = try model.answerEncoder()
            return (try set.map { try encoder.prompt($0.question) }, set.map(\.question), true)
        }
        let batch = try examples.wholeBatch(for: model)
        let ids = (0..<batch.rows).map { batch.written($0).ids }
        return (ids, ids.map { tokenizer.decode($0, skippingSpecial: true) }, false)
    }

    /// A text, a list of them or a set of them; nil for other examples. Throws where there is none.
    private static func plainTexts(_ name: String, _ call: Call) throws -> [String]? {
        let texts: [String]
        switch try call.value(name) {
        case .string(let text): texts = [text.string]
        case .list(let list):
            guard let strings = try list.writable().strings else { return nil }
            texts = strings
        default:
            guard case .texts(let set) = try call.examples(name).content else { return nil }
            texts = set.documents
        }
        guard !texts.isEmpty else { throw LanguageError("there are no texts", at: .argument(name)) }
        return texts
    }

    private static func score(of text: String, _ call: Call) throws -> Double {
        guard call.isGiven("classifier") else {
            return try WordList.found(in: text, words: WordList.rude, poll: call.interpreter.poll).isEmpty ? 0 : 1
        }
        let result = try call.call(call.function("classifier"), [.string(text)])
        if case .bool(let flag) = result { return flag ? 1 : 0 }
        guard let number = try result.asNumber else {
            throw LanguageError(
                "a classifier must give one number, or true or false; it gave \(result.phrase)",
                at: .result("classifier"))
        }
        return number
    }

    private static func containsWords(_ engine: EngineContext) -> Builtin {
        Builtin(
            "contains_words", family: "evaluation",
            [
                .positional("text", .string),
                .option(
                    "words", .list(of: .string), default: .nothing, shown: "insults and curses",
                    "the words, or several in a row"),
            ],
            summary: """
                Whether a text uses a word of a list, as a whole word and whatever the case of letters: the plainest \
                classifier of texts. Where no words are given, a short list of insults and curses of Lethe's own.
                """,
            examples: [
                "contains_words(\"You IDIOT!\")\n#> true", "contains_words(\"The assembly passes\")\n#> false",
                "contains_words(\"Born in Lisbon\", words=[\"lisbon\"])\n#> true",
            ], seeAlso: ["classify", "contains"]
        ) { call in
            let words = call.isGiven("words") ? try call.strings("words") : WordList.rude
            let text = try call.string("text")
            if text.utf8.count >= 1 << 20 { try call.interpreter.requireMemory(20 * text.utf8.count) }
            let found = try WordList.found(in: text, words: words, poll: call.interpreter.poll)
            return .bool(!found.isEmpty)
        }
    }
}
