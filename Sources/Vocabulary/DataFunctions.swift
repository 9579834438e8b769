/// Data sets: built in, from files, and cut to what is to be forgotten and what retained.
import Files
import Datasets
import Language
import LanguageModels
import Tensors

enum DataFunctions {
    /// A data set by its name.
    private static func dataset(
        _ type: any Dataset.Type, _ names: [String], _ engine: EngineContext
    ) -> Builtin {
        .engine(
            type.name, family: "data",
            type.parameters.map { parameter in
                guard let value = parameter.defaultValue else {
                    return .positional(parameter.name, .path, parameter.summary)
                }
                return .option(parameter.name, .string, default: .string(value), parameter.summary)
            },
            type.summary, examples: type.examples,
            seeAlso: names.filter { $0 != type.name } + [type.parameters.isEmpty ? "load" : "compare"]
        ) { call in
            let paths = Set(type.parameters.filter { $0.defaultValue == nil }.map(\.name))
            return .foreign(
                SuiteValue(try type.split { try paths.contains($0) ? call.path($0, readBy: engine) : call.string($0) }))
        }
    }

    static func builtins(_ engine: EngineContext) -> [Builtin] {
        let data = Parameter.positional("data", .either(.examples, .list))
        let names = engine.catalogue.datasets.map { $0.name }
        return engine.catalogue.datasets.map { dataset($0, names, engine) } + [
            .engine(
                "without", family: "data",
                [.positional("data", .examples), .positional("others", .examples, "what is taken away")],
                "The examples that are not among others.",
                examples: ["qa = authors()\nlen(without(qa.full, qa.forget)) == len(qa.retain)\n#> true"],
                seeAlso: ["where"]
            ) { call in
                let data = try call.examples("data"), others = try call.examples("others")
                switch (data.content, others.content) {
                case (.questions(let a), .questions(let b)): return .foreign(ExamplesValue(a.without(b)))
                case (.texts(let a), .texts(let b)): return .foreign(ExamplesValue(a.without(b)))
                case (.tokens(let a), .tokens(let b)):
                    func row(_ batch: TokenBatch, _ row: Int) -> [[Int]] {
                        [batch.ids(ofRow: row), batch.labels(ofRow: row)]
                    }
                    let taken = Set(b.map { batch in (0..<batch.rows).map { row(batch, $0) } } ?? [])
                    return .foreign(
                        try data.chosen(
                            a.map { batch in (0..<batch.rows).filter { !taken.contains(row(batch, $0)) } } ?? []))
                default: throw LanguageError("`without` needs examples of one kind: questions, texts or token ids")
                }
            },
            .engine(
                "split", family: "data",
                [
                    data, .positional("fraction", .number(in: 0...1), default: 0.9, "the share of the first part"),
                    seedOption,
                ],
                "Two parts of examples or a list, drawn at random, each in its old order.",
                examples: ["a, b = split(range(10), 0.7, seed=1)\nlen(a)\n#> 7"], seeAlso: ["shuffle", "batch"],
                differentiable: true
            ) { call in
                if case .string = try call.value("data") {
                    throw call.wrong(
                        "data", try call.value("data"), mustBe: "examples or a list",
                        note: "strings are cut with split_words(…)")
                }
                let fraction = try call.number("fraction")
                return try parts(call, engine) { order in
                    let size = Int((fraction * Double(order.count)).rounded())
                    return [order[..<size].sorted(), order[size...].sorted()]
                }
            },
            .engine(
                "shuffle", family: "data", [data, seedOption], "The same examples in random order.",
                examples: ["len(shuffle([1, 2, 3]))\n#> 3"], seeAlso: ["split"], differentiable: true
            ) { call in
                guard case .list(let list) = try parts(call, engine, { [$0] }) else { return .nothing }
                return list[0]
            },
            questionSet, textSet, batch(engine),
        ]
    }

    // MARK: One's own

    private static var questionSet: Builtin {
        .engine(
            "question_set", family: "data",
            [
                .positional(
                    "records", .list(of: .record),
                    """
                    each with question and answer; paraphrased_question, paraphrased_answer and false_answers if there \
                    are any
                    """
                ),
                .option("name", .string, default: "questions", "what the set is called in messages and tables"),
            ],
            "One's own questions and answers as examples.",
            examples: [
                "question_set([(question=\"Who?\", answer=\"Nobody.\")])\n#> questions: 1 question\n#>   Who? — Nobody."
            ],
            seeAlso: ["text_set", "read_json", "scores"]
        ) { call in
            let examples = try call.list("records").enumerated().map { position, item -> QuestionAnswer in
                func error(_ what: String) -> LanguageError {
                    LanguageError(
                        "example \(position) of `records` \(what)", advice: ["write (question=\"…\", answer=\"…\")"],
                        at: .argument("records"))
                }
                guard case .record(let record) = item else { throw error("is \(item.phrase), not a record") }
                func text(_ name: String) throws -> String? {
                    switch record[name] {
                    case .string(let text)?: return text.string
                    case nil, .nothing?: return nil
                    case let other?: throw error("has \(other.phrase) as `\(name)`, not a string")
                    }
                }
                guard let question = try text("question"), let answer = try text("answer") else {
                    throw error("lacks a question or an answer")
                }
                let wrong: [String]
                switch record["false_answers"] {
                case nil, .nothing?: wrong = []
                case .list(let list)?:
                    guard let strings = list.strings else {
                        throw error("has `false_answers` that are not all strings")
                    }
                    wrong = strings
                case let other?: throw error("has \(other.phrase) as `false_answers`, not a list of strings")
                }
                return QuestionAnswer(
                    question: question, answer: answer, paraphrasedQuestion: try text("paraphrased_question"),
                    paraphrasedAnswer: try text("paraphrased_answer"), falseAnswers: wrong)
            }
            return .foreign(ExamplesValue(QuestionSet(name: try call.string("name"), examples: examples)))
        }
    }

    private static var textSet: Builtin {
        .engine(
            "text_set", family: "data",
            [
                .positional("texts", .list(of: .string), "one document each"),
                .option("name", .string, default: "texts", "what the set is called in messages and tables"),
            ],
            "One's own texts as examples.",
            examples: ["text_set([\"to be\", \"not to be\"]).vocab\n#> tokenizer of 7 tokens"],
            seeAlso: ["question_set", "load"]
        ) { call in
            .foreign(ExamplesValue(TextSet(name: try call.string("name"), documents: try call.strings("texts"))))
        }
    }

    /// `batch(data, n)` draws examples; `batch(ids, labels=, mask=)` makes a batch of token ids.
    private static func batch(_ engine: EngineContext) -> Builtin {
        .engine(
            "batch", family: "data",
            [
                .positional("data", .described("examples, or lists of token ids"), "what to take from"),
                .positional("size", .count(min: 1), default: 16, "how many examples to draw"),
                .option(
                    "labels", .described("lists of token ids"), default: .nothing, shown: "the ids",
                    "-100 where nothing is to be predicted"),
                .option(
                    "mask", .described("lists of 1 and 0"), default: .nothing, shown: "all ones",
                    "0 where a sequence is padded"),
                seedOption,
            ],
            """
            Some of the examples, drawn at random without repetition; or, from lists of token ids, examples as models \
            read them, with Hugging Face's labels (a token's own id where it is to be predicted, -100 elsewhere).
            """,
            examples: ["len(batch(authors().forget, 4))\n#> 4", "batch([[1, 2, 3], [4, 5]]).targets\n#> 3"],
            seeAlso: ["nll", "split"]
        ) { call in
            if case .list(let rows) = try call.value("data"), try ExamplesValue.reading(call.value("data")) == nil {
                guard !call.isGiven("size") else {
                    throw LanguageError(
                        "`size` draws from examples, and these are lists of token ids, which make one batch whole",
                        advice: ["write batch(batch(ids), n) to draw n of them"], at: .argument("size"))
                }
                let ids = try tokens(rows, "data", call)
                let labels = try call.optional("labels") { try tokens($0.list("labels"), "labels", call) }
                if let mask = try call.optional("mask", { try tokens($0.list("mask"), "mask", call) }) {
                    return .foreign(ExamplesValue(try TokenBatch(ids, labels: labels, mask: mask)))
                }
                return .foreign(ExamplesValue(try TokenBatch(ids, labels: labels)))
            }
            let data = try call.examples("data"), size = try call.integer("size")
            for name in ["labels", "mask"] where try !call.value(name).isNothing {
                throw LanguageError(
                    "`\(name)` goes with lists of token ids; these are examples, which have theirs",
                    advice: ["give the ids themselves: batch([[1, 2, 3]], \(name)=…)"], at: .argument(name))
            }
            let order = try engine.drawing(call) { generator in
                try generator.permutation(data.size) { try call.interpreter.pollNow() }
            }
            return .foreign(try data.chosen(Array(order.prefix(size))))
        }
    }

    static func tokens(_ rows: List, _ name: String, _ call: Call) throws -> [[Int]] {
        // One sequence may be given without its outer brackets.
        if let numbers = try rows.numbers, !rows.isEmpty { return [try whole(numbers, name, call)] }
        var total = 0
        return try call.interpreter.written(rows.count) { index in
            let row = rows[index]
            if case .list(let inner) = row {
                // Rows may share their numbers; written out they are as many as they are.
                total += Swift.min(inner.count, List.most)
                if total & ~0xFFFFF != (total - inner.count) & ~0xFFFFF {
                    try call.interpreter.requireRoom(forItems: total)
                    try call.interpreter.pollNow()
                }
            }
            guard case .list(let inner) = row, let numbers = try inner.numbers else {
                throw call.wrong(name, row, mustBe: "lists of whole numbers")
            }
            return try whole(numbers, name, call)
        }
    }

    private static func whole(_ numbers: [Double], _ name: String, _ call: Call) throws -> [Int] {
        try numbers.map { x in
            guard let id = Int(exactly: x), abs(x) <= Double(Int32.max) else {
                throw call.wrong(name, .number(x), mustBe: "whole numbers up to \(Int32.max)")
            }
            guard id >= 0 || name != "data" else {
                throw call.wrong(
                    name, .number(x), mustBe: "token ids, which count from 0",
                    note: "what is not to be predicted is -100 in labels=, not in the ids")
            }
            return id
        }
    }

    private static func parts(_ call: Call, _ engine: EngineContext, _ cut: ([Int]) -> [[Int]]) throws -> Value {
        func order(_ count: Int) throws -> [Int] {
            try call.interpreter.requireRoom(forItems: count)
            return try engine.drawing(call) { generator in
                var moving = generator
                let order = try moving.permutation(count) { try call.interpreter.pollNow() }
                generator = moving
                return order
            }
        }
        if case .list(let list) = try call.value("data") {
            return .list(
                try cut(try order(list.count)).map { part in
                    .list(try call.interpreter.written(part.count) { list[part[$0]] })
                })
        }
        let data = try call.examples("data")
        return .list(try cut(try order(data.size)).map { .foreign(try data.chosen($0)) })
    }
}
