// Records: names and values of their fields.
import Language

public enum RecordFunctions {
    static var builtins: [Builtin] { [keys, has, toRecord, merge] }

    private static var keys: Builtin {
        Builtin(
            "keys", family: "records",
            [
                .positional(
                    "record", .either(.record, .described("a model"), .described("a data set")), "what has fields")
            ],
            summary: "The names of a record's fields in order.", examples: ["keys((a=1, b=2))\n#> [\"a\", \"b\"]"],
            seeAlso: ["has", "to_record"]
        ) { call in
            if case .foreign(let foreign) = try call.value("record") { return .list(foreign.keys.map { .string($0) }) }
            return .list(try call.record("record").keys.map { .string($0) })
        }
    }

    private static var has: Builtin {
        Builtin(
            "has", family: "records",
            [.positional("record", .record, "the record"), .positional("name", .string, "the name of a field")],
            summary: "Whether a record, a model or the like has a field of that name.",
            examples: ["has((a=1), \"b\")\n#> false"], seeAlso: ["keys"]
        ) { call in
            let name = try call.string("name")
            if case .foreign(let foreign) = try call.value("record") {
                return .bool(foreign.keys.contains { $0.hasSameScalars(as: name) })
            }
            return .bool(try call.record("record")[name] != nil)
        }
    }

    private static var toRecord: Builtin {
        Builtin(
            "to_record", family: "records",
            [
                .positional("names", .list(of: .string), "the fields' names"),
                .positional("values", .list, "their values"),
            ],
            summary: "A record from names and values.", examples: ["to_record([\"a\", \"b\"], [1, 2])\n#> (a=1, b=2)"],
            seeAlso: ["keys"]
        ) { call in
            // A name is kept in two lists and two tables while the record is made.
            let count = try call.sequence("names").count
            if count >= 1 << 14 { try call.interpreter.requireMemory(400 * count) }
            let names = try call.strings("names")
            let values = try call.interpreter.items(of: try call.value("values"))
            guard names.count == values.count else {
                throw LanguageError(
                    "`to_record` was given \(names.count) names and \(values.count) values", at: .argument("values"))
            }
            let record = Record(Array(zip(names, values)))
            guard record.count == names.count else {
                var seen: Set<String> = []
                let twice = names.first { !seen.insert($0).inserted } ?? ""
                throw LanguageError(
                    "`to_record` was given the name \(Value.string(twice).repr) twice",
                    note: "group(table, by=…) gathers what shares a name; merge(a, b) lets the later win",
                    at: .argument("names"))
            }
            return .record(record)
        }
    }

    private static var merge: Builtin {
        Builtin(
            "merge", family: "records",
            [.positional("first", .record, "the record"), .positional("second", .record, "what is added to it")],
            summary: "The fields of two records together; the second one's win.",
            examples: ["merge((a=1, b=2), (b=3, c=4))\n#> (a=1, b=3, c=4)"], seeAlso: ["to_record"],
            mergesInto: { $0.add($1) }, body: merged)
    }

    /// What `merge` gives of two records.
    public static func merged(_ call: Call) throws -> Value {
        var result = try call.record("first")
        let more = try call.record("second"), count = result.count + more.count
        if count >= 1 << 14 { try call.interpreter.requireMemory(200 * count) }
        result.add(more)
        return .record(result)
    }
}
