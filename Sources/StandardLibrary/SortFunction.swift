// `sort`: lists by their items or by what a function gives of them, tables by columns.
import Language

enum SortFunction {
    static var builtin: Builtin {
        Builtin(
            "sort", family: "lists",
            [
                .positional("items", .either(.list, .described("a table")), "numbers, or strings"),
                .option(
                    "by", .either(.function, .string, .list(of: .string)), default: .nothing, shown: "x -> x",
                    "gives what items are compared by; of records and of a table's rows, fields by name"),
                .option("descending", .flag, default: false, "largest first"),
                .option("key", .function, default: .nothing, shown: "none", "another name of by="),
            ],
            summary: """
                The items in ascending order; equal ones keep their order. A table is sorted by columns, the first \
                one first; rows without a value come last.
                """,
            examples: [
                "sort([3, 1, 2])\n#> [1, 2, 3]", "sort([\"bb\", \"a\"], by=len, descending=true)\n#> [\"bb\", \"a\"]",
                "t = table(rate=[1, 2], loss=[5, 4])\nsort(t, by=\"loss\").rate\n#> [2, 1]",
            ], seeAlso: ["reverse", "table"]
        ) { call in
            let given = try call.value("items"), descending = try call.bool("descending")
            let items: [Value], places: [Int]
            let by = try call.value("by"), key = try call.value("key")
            guard by.isNothing || key.isNothing else {
                throw LanguageError("`by` and `key` of `sort` are one option; give one of them", at: .argument("key"))
            }
            switch key.isNothing ? by : key {
            case .string(let name): (items, places) = try sorted(given, by: [name.string], descending, call)
            case .list: (items, places) = try sorted(given, by: call.strings("by"), descending, call)
            case .nothing:
                if let foreign = given.foreign, try foreign.selecting([]) != nil {
                    throw LanguageError(
                        "`sort` needs by= for \(foreign.phrase)", note: "write by=\"…\", a column's name")
                }
                items = try call.interpreter.items(of: given)
                places = try order(of: items, descending, call)
            default:
                let by = try call.function(key.isNothing ? "by" : "key")
                items = try call.interpreter.items(of: given)
                var apply = call.interpreter.repeated(by)
                places = try order(
                    of: call.interpreter.written(items.count) { try apply(items[$0]) }, descending, call)
            }
            if let part = try given.foreign?.selecting(places) { return .foreign(part) }
            return .list(places.map { items[$0] })
        }
    }

    /// Items in the order of fields by name, what has none behind the others.
    private static func sorted(
        _ given: Value, by names: [String], _ descending: Bool, _ call: Call
    ) throws -> (items: [Value], places: [Int]) {
        if let count = given.foreign?.count, count >= 1 << 16 {
            // A record of each row, its keys, and places twice.
            try call.interpreter.requireMemory(400 * count)
        }
        let items = try call.interpreter.items(of: given)
        var places = Array(items.indices)
        // Equal ones keep their order: the last name first.
        for name in names.reversed() {
            let keys = try items.enumerated().map { index, item in
                try call.interpreter.poll(index)
                return try key(item, name)
            }
            let (missing, present) = (places.filter { isMissing(keys[$0]) }, places.filter { !isMissing(keys[$0]) })
            places = try order(of: present.map { keys[$0] }, descending, call).map { present[$0] } + missing
        }
        return (items, places)
    }

    private static func key(_ item: Value, _ name: String) throws -> Value {
        let names: [String]
        switch item {
        case .record(let record):
            if let value = record[name] { return value }
            names = record.keys
        case .foreign(let foreign):
            if let value = try foreign.field(name) { return value }
            names = foreign.fieldNames
        default:
            throw LanguageError(
                "`by` names a field; an item is \(item.phrase)", note: "write by=x -> …", at: .argument("by"))
        }
        throw LanguageError(
            "there is no `\(name)` to sort by; there are \(listed(names))",
            note: suggestion(for: name, among: names).map { "did you mean \"\($0)\"?" }, at: .argument("by"))
    }

    private static func isMissing(_ value: Value) -> Bool {
        if case .number(let x) = value { return x.isNaN }
        return value.isNothing
    }

    /// The positions of values in their order.
    private static func order(of keys: [Value], _ descending: Bool, _ call: Call) throws -> [Int] {
        let poll = call.interpreter.poll
        if keys.count >= 1 << 19 { try call.interpreter.requireMemory(64 * keys.count) }
        if let order = try Value.order(ofNumbers: keys, descending: descending, poll: poll) { return order }
        if let order = try Text.order(of: keys, descending: descending, poll: poll) { return order }
        var turn = 0
        return try keys.indices.sorted { a, b in
            turn &+= 1
            try poll(turn)
            return try precedes(descending ? keys[b] : keys[a], descending ? keys[a] : keys[b], call)
        }
    }

    private static func precedes(_ a: Value, _ b: Value, _ call: Call) throws -> Bool {
        var equalPairs: Set<[ObjectIdentifier]> = []
        return try order(a, b, call, &equalPairs) < 0
    }

    /// Less than, equal to or greater than 0. Lists are compared item by item; pairs found equal are not compared
    /// again, since lists may share parts.
    private static func order(
        _ a: Value, _ b: Value, _ call: Call, _ equalPairs: inout Set<[ObjectIdentifier]>
    ) throws -> Int {
        if case .number(let x) = a, case .number(let y) = b {
            return x < y || (y.isNaN && !x.isNaN) ? -1 : y < x || (x.isNaN && !y.isNaN) ? 1 : 0
        }
        if case .list(let x) = a, case .list(let y) = b {
            if x.identity == y.identity { return 0 }
            let pair = x.isNested && y.isNested ? [x.identity, y.identity] : []
            if !pair.isEmpty, equalPairs.contains(pair) { return 0 }
            for index in 0..<min(x.count, y.count) {
                try call.interpreter.poll(index + 1)
                let order = try order(x[index], y[index], call, &equalPairs)
                if order != 0 { return order }
            }
            if x.count != y.count { return x.count < y.count ? -1 : 1 }
            if !pair.isEmpty { equalPairs.insert(pair) }
            return 0
        }
        switch (a, b) {
        case (.string(let x), .string(let y)): return x < y ? -1 : y < x ? 1 : 0
        case (.number, .bool), (.bool, .number), (.bool, .bool), (.foreign, _), (_, .foreign):
            if try call.interpreter.truth(of: try call.interpreter.operate(.less, a, b)) { return -1 }
            return try call.interpreter.truth(of: try call.interpreter.operate(.less, b, a)) ? 1 : 0
        default:
            let kinds = a.kind == b.kind ? "two \(a.kind)s" : "\(withArticle(a.kind)) and \(withArticle(b.kind))"
            throw LanguageError(
                "`sort` cannot tell which of \(kinds) comes first", note: "by= says what to compare",
                at: .argument("items"))
        }
    }
}
