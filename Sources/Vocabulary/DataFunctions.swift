/// Data sets: built in, from files, and cut to what is to be forgotten and what retained.
import Datasets
import Language
import LanguageModels
import Tensors

enum DataFunctions {
    static func builtins(_ workshop: Workshop) -> [Builtin] {
        let data = Parameter.positional("data", "a data set or a list")
        return [
            .engine(
                "authors", family: "data", [],
                """
                Built-in data: fictitious authors, with questions and answers about each, paraphrases, false answers, and a \
                tenth of the authors to forget. A record (name, full, forget, retain, real_authors, world_facts, training, \
                training_retain).
                """,
                examples: ["qa = authors()\nlen(qa.forget) + len(qa.retain) == len(qa.full)\n#> true"], seeAlso: ["tofu", "load"]
            ) { _ in record(Authors.split()) },
            .engine(
                "tofu", family: "data",
                [
                    .positional("folder", "a string", "the folder with TOFU's .json files"),
                    .option("forget", "a string", default: "forget10", "which split is to be forgotten: forget01, forget05 or forget10"),
                ],
                """
                The TOFU benchmark (Maini et al. 2024) from a folder with its JSON-lines files, with paraphrases and false \
                answers where the files have them. A record (forget, retain, full, real_authors, world_facts).
                """, seeAlso: ["authors", "compare"]
            ) { call in record(try TOFU.load(folder: call.string("folder"), forget: call.string("forget"))) },
            .engine(
                "where", family: "data", [data, .positional("keep", "a function", "of one example; true keeps it")],
                "The examples for which a function is true.",
                examples: ["where([1, 2, 3], x -> x > 1)\n#> [2, 3]"], seeAlso: ["without", "split"]
            ) { call in
                let keep = try call.function("keep")
                func isKept(_ value: Value) throws -> Bool {
                    guard case .bool(let flag) = try call.call(keep, [value]) else {
                        throw Complaint("`where` needs a function that returns true or false", at: .argument("keep"))
                    }
                    return flag
                }
                if case .list(let list) = try call.value("data") { return .list(try list.filter(isKept)) }
                let data: DataValue = try call.foreign("data")
                let indices = try (0..<data.size).filter {
                    try isKept(data.index([.position(.number($0))]) ?? .nothing)
                }
                return .foreign(data.chosen(indices))
            },
            .engine(
                "without", family: "data",
                [.positional("data", "a data set"), .positional("others", "a data set", "what is taken away")],
                "The examples of one data set that are not in another.", seeAlso: ["where"]
            ) { call in
                let data: DataValue = try call.foreign("data"), others: DataValue = try call.foreign("others")
                switch (data.content, others.content) {
                case (.questions(let a), .questions(let b)): return .foreign(DataValue(a.without(b)))
                case (.texts(let a), .texts(let b)): return .foreign(DataValue(a.without(b)))
                default: throw Complaint("`without` needs two data sets of one kind")
                }
            },
            .engine(
                "split", family: "data",
                [data, .positional("fraction", "a number from 0 to 1", default: 0.9, "the share of the first part"), seedOption],
                "Two parts of a data set or list, drawn at random, each in its old order.",
                examples: ["a, b = split(range(10), 0.7, seed=1)\nlen(a)\n#> 7"], seeAlso: ["shuffle", "batch"]
            ) { call in
                let fraction = try call.number("fraction", in: 0...1)
                return try parts(call, workshop) { order in
                    let size = Int((fraction * Double(order.count)).rounded())
                    return [order[..<size].sorted(), order[size...].sorted()]
                }
            },
            .engine(
                "shuffle", family: "data", [data, seedOption], "The same examples in random order.",
                examples: ["len(shuffle([1, 2, 3]))\n#> 3"], seeAlso: ["split"]
            ) { call in
                guard case .list(let list) = try parts(call, workshop, { [$0] }) else { return .nothing }
                return list[0]
            },
            batch(workshop),
        ]
    }

    /// `batch(data, n)` draws examples; `batch(ids, labels=, mask=)` makes a batch of token ids.
    private static func batch(_ workshop: Workshop) -> Builtin {
        .engine(
            "batch", family: "data",
            [
                .positional("data", "a data set, or lists of token ids", "what to take from"),
                .positional("size", "a whole number", default: 16, "how many examples to draw"),
                .option("labels", "lists of token ids", default: .nothing, shown: "the ids", "-100 where nothing is to be predicted"),
                .option("mask", "lists of 1 and 0", default: .nothing, shown: "all ones", "0 where a sequence is padded on the right"),
                seedOption,
            ],
            """
            Some examples of a data set, drawn at random without repetition; or, from lists of token ids, a batch as models \
            read it, with Hugging Face's labels (a token's own id where it is to be predicted, -100 elsewhere).
            """,
            examples: ["len(batch(authors().forget, 4))\n#> 4", "batch([[1, 2, 3], [4, 5]]).targets\n#> 3"], seeAlso: ["nll", "split"]
        ) { call in
            if case .list(let rows) = try call.value("data") {
                let ids = try tokens(rows, "data", call)
                let labels = try call.optional("labels") { try tokens($0.list("labels"), "labels", call) }
                if let mask = try call.optional("mask", { try tokens($0.list("mask"), "mask", call) }) {
                    return .foreign(BatchValue(try TokenBatch(ids, labels: labels, mask: mask)))
                }
                return .foreign(BatchValue(try TokenBatch(ids, labels: labels)))
            }
            let data: DataValue = try call.foreign("data"), size = try call.integer("size", min: 1)
            let order = try workshop.drawing(call) { generator in try generator.permutation(data.size) { try call.interpreter.pollNow() } }
            return .foreign(data.chosen(Array(order.prefix(size))))
        }
    }

    static func tokens(_ rows: List, _ name: String, _ call: Call) throws -> [[Int]] {
        // One sequence may be given without its outer brackets.
        if let numbers = rows.numbers, !rows.isEmpty { return [try whole(numbers, name, call)] }
        return try rows.map { row in
            guard case .list(let inner) = row, let numbers = inner.numbers else {
                throw call.wrong(name, row, mustBe: "lists of whole numbers")
            }
            return try whole(numbers, name, call)
        }
    }

    private static func whole(_ numbers: [Double], _ name: String, _ call: Call) throws -> [Int] {
        try numbers.map { x in
            guard let id = Int(exactly: x), abs(x) < 1e9 else { throw call.wrong(name, .number(x), mustBe: "whole numbers") }
            return id
        }
    }

    private static func parts(_ call: Call, _ workshop: Workshop, _ cut: ([Int]) -> [[Int]]) throws -> Value {
        func order(_ count: Int) throws -> [Int] {
            try call.interpreter.requireRoom(forItems: count)
            return try workshop.drawing(call) { generator in
                var moving = generator
                let order = try moving.permutation(count) { try call.interpreter.pollNow() }
                generator = moving
                return order
            }
        }
        if case .list(let list) = try call.value("data") {
            return .list(try cut(try order(list.count)).map { part in
                .list(try call.interpreter.written(part.count) { list[part[$0]] })
            })
        }
        let data: DataValue = try call.foreign("data")
        return .list(cut(try order(data.size)).map { .foreign(data.chosen($0)) })
    }

    private static func record(_ split: QuestionSplit) -> Value {
        var fields: [(String, Value)] = [
            ("name", .string(split.name)), ("full", .foreign(DataValue(split.full))),
            ("forget", .foreign(DataValue(split.forget))), ("retain", .foreign(DataValue(split.retain))),
            ("real_authors", .foreign(DataValue(split.realAuthors))), ("world_facts", .foreign(DataValue(split.worldFacts))),
        ]
        if let training = split.training { fields.append(("training", .foreign(DataValue(training)))) }
        if let retain = split.trainingRetain { fields.append(("training_retain", .foreign(DataValue(retain)))) }
        return .record(fields)
    }
}
