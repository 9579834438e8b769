/// `evaluation`: the files of open-unlearning, in which one figure a metric and one an example are kept.
import Files
import Language
import Tensors

enum EvaluationFile {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "evaluation", family: "files",
            [
                .positional("path", .path, "such as TOFU_EVAL.json"),
                .positional(
                    "results", .record, default: .nothing, shown: "reads the file",
                    "by name: numbers, or what a metric gives with details=true"),
            ],
            """
            Reads a file as open-unlearning's evaluation writes it: a record from each metric to its value (agg_value) \
            and, where there are such, its figures by_example (value_by_index, in the order of the index). With \
            results it writes one, and for a name that ends in _EVAL.json the summary beside it, in which each metric \
            is a number. It gives what the file holds.
            """,
            examples: [
                """
                evaluation("/tmp/LETHE_EVAL.json", (forget_quality=0.5, probability=(value=0.25, by_example=[0.125, \
                0.375])));
                evaluation("/tmp/LETHE_EVAL.json").probability.by_example
                #> [0.125, 0.375]
                read_json("/tmp/LETHE_SUMMARY.json").forget_quality
                #> 0.5
                """
            ], seeAlso: ["compare", "read_json", "write_json"]
        ) { call in
            if let results = try call.optional("results", { try $0.record("results") }) {
                return try write(results, call.path("path", writtenBy: engine), call)
            }
            let path = try call.path("path", readBy: engine)
            let tape = try interruptible(engine.device.cancellation) { try JSONTape.read(path) }
            var values = JSONValues(tape, call.interpreter)
            guard case .record(let record) = try values.value() else { throw wrongFile(path, "holds no object") }
            return .record(try record.fields.map { ($0.name, try reading($0.value, $0.name, path)) })
        }
    }

    private static func wrongFile(_ path: String, _ what: String) -> LanguageError {
        LanguageError(
            "`\(path)` \(what)",
            advice: ["give a file of open-unlearning: metrics by name, each with agg_value or value_by_index"],
            at: .argument("path"))
    }

    // MARK: Reading

    /// A metric of the file. A summary has bare numbers.
    private static func reading(_ value: Value, _ name: String, _ path: String) throws -> Value {
        guard case .record(let record) = value else {
            guard value.number != nil || value.isNothing else {
                throw wrongFile(path, "has \(value.phrase) as \(name)")
            }
            return .record([("value", value)])
        }
        var fields: [(String, Value)] = [("value", record["agg_value"] ?? .nothing)]
        if case .record(let byIndex)? = record["value_by_index"] {
            fields.append(contentsOf: try examples(byIndex, name, path))
        }
        // Membership attacks keep both sides apart, and the AUC.
        for field in record.fields where field.name != "agg_value" && field.name != "value_by_index" {
            if case .record = field.value {
                fields.append((field.name, try reading(field.value, field.name, path)))
            } else {
                fields.append((field.name, field.value))
            }
        }
        return .record(fields)
    }

    /// Figures by the order of their index: the first figure of each as `by_example`, all under their own names.
    private static func examples(_ record: Record, _ name: String, _ path: String) throws -> [(String, Value)] {
        let rows = try record.fields.map { field -> (index: Int, value: Value) in
            guard let index = Int(field.name) else {
                throw wrongFile(path, "has the index \"\(field.name)\" in \(name), which is no whole number")
            }
            return (index, field.value)
        }.sorted { $0.index < $1.index }
        guard let first = rows.first, case .record(let shape) = first.value else {
            return [("by_example", .list(rows.map(\.value)))]
        }
        var columns: [(String, Value)] = []
        for key in shape.fields.map(\.name) {
            columns.append((key, .list(rows.map { $0.value.record?[key] ?? .nothing })))
        }
        if let each = columns.first { columns.insert(("by_example", each.1), at: 0) }
        if rows.enumerated().contains(where: { $0.offset != $0.element.index }) {
            columns.append(("index", .list(rows.map { Double($0.index) })))
        }
        return columns
    }

    // MARK: Writing

    private static func write(_ results: Record, _ path: String, _ call: Call) throws -> Value {
        var entries: [(String, Value)] = [], summary: [(String, Value)] = []
        for field in results.fields {
            let entry: [(String, Value)]
            switch field.value {
            case .number: entry = [("agg_value", field.value)]
            case .record(let record): entry = try written(record, field.name, isWhole: true)
            default: throw unfit(field.name, "is \(field.value.phrase)")
            }
            entries.append((field.name, .record(entry)))
            // A metric without one figure for all is not in the summary, as open-unlearning has it.
            if let aggregate = entry.first?.1, aggregate.number != nil { summary.append((field.name, aggregate)) }
        }
        try save(.record(entries), path, call)
        if path.hasSuffix("_EVAL.json") {
            try save(.record(summary), path.dropLast("_EVAL.json".count) + "_SUMMARY.json", call)
        }
        return .record(try entries.map { ($0.0, try reading($0.1, $0.0, path)) })
    }

    /// A metric as the file holds it: what `reading` undoes.
    /// - Parameter isWhole: whether it is a metric, and not one side of one.
    private static func written(_ record: Record, _ name: String, isWhole: Bool) throws -> [(String, Value)] {
        let aggregate = record["value"] ?? .nothing
        guard aggregate.number != nil || aggregate.isNothing, !isWhole || record["value"] != nil else {
            throw unfit(name, "has no number `value`")
        }
        var entry: [(String, Value)] = isWhole || !aggregate.isNothing ? [("agg_value", aggregate)] : []
        var taken: Set<String> = ["value", "by_example", "index"]
        switch record["by_example"] {
        case nil, .nothing?: break
        case .list(let list)?:
            let each = try list.written()
            // Lists of as many figures are what else is known of each example.
            var columns: [(String, [Value])] = []
            for field in record.fields where !taken.contains(field.name) {
                guard case .list(let other) = field.value, other.count == each.count else { continue }
                columns.append((field.name, try other.written()))
                taken.insert(field.name)
            }
            let isNamed = columns.contains { zip($0.1, each).allSatisfy { $0.repr == $1.repr } }
            if !isNamed, each.allSatisfy({ $0.number != nil || $0.isNothing }) {
                columns.insert(("score", each), at: 0)
            }
            var indices = each.indices.map { "\($0)" }
            if case .list(let own)? = record["index"], let numbers = try own.numbers, numbers.count == each.count {
                indices = numbers.map { "\(Int(exactly: $0) ?? 0)" }
            }
            guard Set(indices).count == each.count else { throw unfit(name, "has an `index` twice") }
            if !each.isEmpty {
                entry.append(
                    (
                        "value_by_index",
                        .record(
                            each.indices.map { row in
                                let value: Value =
                                    columns.isEmpty ? each[row] : .record(columns.map { ($0.0, $0.1[row]) })
                                return (indices[row], value)
                            })
                    ))
            }
        case let other?: throw unfit(name, "has \(other.phrase) as `by_example`, not a list")
        }
        // The sides of a membership attack, and further figures.
        for field in record.fields where !taken.contains(field.name) {
            switch field.value {
            case .record(let side): entry.append((field.name, .record(try written(side, field.name, isWhole: false))))
            case .number, .nothing, .string, .bool: entry.append((field.name, field.value))
            default: break
            }
        }
        return entry
    }

    private static func unfit(_ name: String, _ what: String) -> LanguageError {
        LanguageError(
            "`\(name)` of `results` \(what)",
            advice: ["give a number, or what a metric gives with details=true"], at: .argument("results"))
    }

    private static func save(_ value: Value, _ path: String, _ call: Call) throws {
        // NaN as Python writes it, and open-unlearning with it.
        let json = try JSONValues.json(value, keepsNonFinite: true, poll: call.interpreter.poll)
        let text = try json.text(.pretty, nonFinite: .python) + "\n"
        try call.host.writing { try FileBytes.write(text, to: path) }
    }
}
