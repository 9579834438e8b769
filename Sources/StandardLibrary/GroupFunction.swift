// `group`: the rows of a table that share something, apart or summed up.
import Language

extension TableFunctions {
    static var group: Builtin {
        Builtin(
            "group", family: "tables",
            [
                .positional("table", .table, "what is divided"),
                .option(
                    "by", .either(.string, .list(of: .string)), default: .nothing, shown: "column", "what rows share"),
                .option(
                    "with", .either(.function, .list(of: .function)), default: .nothing,
                    "sums a column of numbers up: mean, [mean, std], xs -> max(xs)"),
            ],
            summary: """
                The rows of a table that have the same values in one or more columns, as a record of tables. With a \
                function, a table with one row a group: what they share, how many rows there are, and what the \
                function gives of each column of numbers; missing ones are left out.
                """,
            examples: [
                """
                t = table(method=["ga", "npo", "ga"], rise=[2, 1, 4])
                group(t, by="method", with=mean)
                #> method  rows  rise
                #> ga         2     3
                #> npo        1     1
                """,
                "t = table(method=[\"ga\", \"npo\", \"ga\"], x=[2, 1, 4])\ngroup(t, by=\"method\").ga.x\n#> [2, 4]",
            ], seeAlso: ["table", "sort", "mean"]
        ) { call in
            let table = try call.foreign("table", as: TableValue.self)
            let by = try names(call).map { try table.known(column: $0, at: .argument("by")) }
            let groups = try groups(of: table, by: by, call)
            guard let functions = try functions(call) else {
                return .record(try record(of: groups, in: table, by: by, call))
            }
            return .foreign(try summary(of: table, groups, by: by, functions, call))
        }
    }

    /// Groups by what they share, as it is shown.
    /// - Throws: `LanguageError` where two are shown alike, such as the number 1 and the string "1".
    private static func record(of groups: [[Int]], in table: TableValue, by: [Int], _ call: Call) throws -> Record {
        var record = Record([])
        for (index, places) in groups.enumerated() {
            try call.interpreter.poll(index)
            if index & 0xFFFF == 0 { try call.interpreter.requireMemory(1000 << 16) }
            let shared = by.map { table.columns[$0][places[0]] }
            let name = shared.map { $0.plain(width: 1000, digits: 17) }.joined(separator: ", ")
            guard record[name] == nil else {
                throw LanguageError(
                    """
                    two groups would be the field \(Value.string(name).repr): what they share differs, but is shown \
                    alike; one of them is \(shared.map(\.repr).joined(separator: ", "))
                    """,
                    note: "group(t, by=…, with=…) tells them apart; or change the column first: t.x = map(repr, t.x)",
                    at: .argument("by"))
            }
            record[name] = .foreign(table.selecting(places))
        }
        return record
    }

    private static func names(_ call: Call) throws -> [String] {
        switch try call.value("by") {
        case .string(let name): return [name.string]
        case .nothing: throw LanguageError("`group` needs by=, the name of a column")
        default: return try call.strings("by")
        }
    }

    private static func functions(_ call: Call) throws -> [Function]? {
        switch try call.value("with") {
        case .nothing: return nil
        case .function(let function): return [function]
        default:
            return try call.list("with").map { value in
                guard case .function(let function) = value else {
                    throw call.wrong("with", value, mustBe: "a function, or a list of them")
                }
                return function
            }
        }
    }

    /// The rows that share all of some columns, groups in the order in which they begin.
    private static func groups(of table: TableValue, by columns: [Int], _ call: Call) throws -> [[Int]] {
        var groups: [[Int]] = [], known: [Int: [Int]] = [:]
        for row in 0..<table.rowCount {
            try call.interpreter.poll(row)
            // Where each row is a group of its own.
            if row & 0xFFFF == 0 { try call.interpreter.requireMemory(400 << 16) }
            let key = columns.map { table.columns[$0][row] }
            let hash = Value.list(key).hash
            let same = try known[hash]?.first { group in
                try zip(columns, key).allSatisfy { column, cell in
                    try isSame(table.columns[column][groups[group][0]], cell, call)
                }
            }
            if let same {
                groups[same].append(row)
            } else {
                known[hash, default: []].append(groups.count)
                groups.append([row])
            }
        }
        return groups
    }

    /// Rows without a number are of one group.
    private static func isSame(_ a: Value, _ b: Value, _ call: Call) throws -> Bool {
        if case .number(let x) = a, case .number(let y) = b, x.isNaN, y.isNaN { return true }
        return try call.interpreter.equal(a, b)
    }

    private static func summary(
        of table: TableValue, _ groups: [[Int]], by: [Int], _ functions: [Function], _ call: Call
    ) throws -> TableValue {
        let figures = table.columns.indices.filter { column in
            !by.contains(column) && !(table.isLabelled && column == 0) && table.isNumeric(column)
        }
        var names = by.map { table.names[$0] }
        var columns = by.map { column in List(groups.map { table.columns[column][$0[0]] }) }
        func add(_ name: String, _ cells: [Value]) {
            var unique = name, count = 1
            while names.contains(unique) {
                count += 1
                unique = "\(name) \(count)"
            }
            names.append(unique)
            columns.append(List(cells))
        }
        add("rows", groups.map { .number($0.count) })
        for column in figures {
            for (number, function) in functions.enumerated() {
                let cells = try groups.map { places -> Value in
                    let present = places.map { table.columns[column][$0] }.filter { !$0.isNothing }
                    return present.isEmpty ? .nothing : try call.call(function, [.list(present)])
                }
                let name = table.names[column]
                add(functions.count == 1 ? name : "\(name) \(function.name ?? "\(number + 1)")", cells)
            }
        }
        try columns.forEach { try Tables.refuseTables(in: .list($0)) }
        return TableValue(checked: names, columns: columns, rowCount: groups.count)
    }
}
