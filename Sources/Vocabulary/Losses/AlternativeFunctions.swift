/// Other answers for `po` and `dpo`: refusals, and answers that the model itself gives.
import Datasets
import Evaluation
import Files
import Language
import LanguageModels
import Tensors

enum AlternativeFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { [refusals(engine), generated(engine)] }

    static var builtInRefusals: Value { .list(Refusals.all.map { .string($0) }) }

    private static func refusals(_ engine: EngineContext) -> Builtin {
        .engine(
            "refusals", family: "data",
            [
                .positional(
                    "path", .path, default: .nothing, shown: "the built-in ones", "a text file, one refusal a line")
            ],
            """
            Answers that say nothing, "I don't know" in \(Refusals.all.count) wordings, as a list of strings: what po \
            and dpo teach in place of what is to be forgotten. From a file they are its lines that are not empty.
            """,
            examples: ["len(refusals())\n#> \(Refusals.all.count)"],
            seeAlso: ["po", "dpo", "generate_alternatives"], differentiable: true
        ) { call in
            guard !(try call.value("path")).isNothing else { return builtInRefusals }
            let path = try call.path("path", readBy: engine), text = try TextFile.read(path)
            let lines = text.split(whereSeparator: \.isNewline).map { line in
                String(line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
            }.filter { !$0.isEmpty }
            guard !lines.isEmpty else {
                throw LanguageError(
                    "\(path) holds no refusals; write one a line", at: .argument("path"))
            }
            return .list(lines.map { .string($0) })
        }
    }

    private static func generated(_ engine: EngineContext) -> Builtin {
        .engine(
            "generate_alternatives", family: "data",
            [
                .positional("model", .model, "who answers"),
                .positional("data", .data, "the questions, with the answers to avoid"),
                .option("temperature", .number(in: 0.01...1e6), default: 1, "below 1 is more careful, above 1 wilder"),
                .option(
                    "attempts", .count(min: 1, max: 1000), default: 8, "draws a question, until an answer is another"),
                .option("most", .count(min: 1, max: 1_000_000), default: 64, unit: "tokens", "how many tokens at most"),
                .option("instruction", .string, default: "", "put before each question"),
                seedOption,
            ],
            """
            The same questions with other answers, drawn from the model itself: alternatives for dpo in the manner of \
            AltPO (Mekala et al. 2024), which keeps a model's own style. An answer that comes out as the true one, or \
            empty, is drawn again, hotter each time; one that never differs becomes a refusal.
            """,
            examples: [
                """
                qa = authors()
                base = load("authors")
                others = generate_alternatives(base, qa.forget[0:2], temperature=2, most=16, seed=1)
                print(len(others), others[0].question == qa.forget[0].question, others[0].answer == qa.forget[0].answer)
                #> 2 true false
                """
            ], seeAlso: ["refusals", "dpo", "generate"]
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let data = try call.examples("data")
            guard case .questions(let set) = data.content else {
                throw call.wrong("data", try call.value("data"), mustBe: "questions with answers")
            }
            let temperature = try call.number("temperature"), attempts = try call.integer("attempts")
            let most = try call.integer("most"), instruction = try call.string("instruction")
            let encoder = try model.answerEncoder(), ends = model.answerEnds
            var answers = [String?](repeating: nil, count: set.count)
            try engine.drawing(call) { generator in
                var drawing = generator
                for attempt in 0..<attempts {
                    let open = answers.indices.filter { answers[$0] == nil }
                    let sampling = Sampling(temperature: temperature * (1 + 0.25 * Double(attempt)))
                    for start in stride(from: 0, to: open.count, by: 16) {
                        if call.isInterrupted { throw Language.Interruption() }
                        call.host.progress(
                            "generate_alternatives", done: set.count - open.count + start, total: set.count, note: "")
                        let rows = Array(open[start..<min(start + 16, open.count)])
                        let prompts = try rows.map { try encoder.prompt(instruction + set[$0].question) }
                        let drawn = try model.generate(
                            prompts, maximum: most, ends: ends, sampling: sampling, from: &drawing)
                        for (row, ids) in zip(rows, drawn) {
                            let text = model.answerText(ids)
                            if !text.isEmpty, text != set[row].answer { answers[row] = text }
                        }
                    }
                }
                for row in answers.indices where answers[row] == nil {
                    answers[row] = Refusals.all[drawing.below(Refusals.all.count)]
                }
                generator = drawing
            }
            call.host.progress("generate_alternatives", done: set.count, total: set.count, note: "")
            let examples = zip(set.examples, answers).map {
                QuestionAnswer(
                    question: $0.question, answer: $1 ?? "", paraphrasedQuestion: nil, paraphrasedAnswer: nil,
                    falseAnswers: [])
            }
            return .foreign(ExamplesValue(QuestionSet(name: "\(set.name), other answers", examples: examples)))
        }
    }
}
