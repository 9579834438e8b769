// Tables made of records, of columns, and of other tables.
import Language

public enum Tables {
    /// A value as a table: a table, a list of records, or a record of lists; nil when it is none of these.
    public static func reading(
        _ value: Value, _ interpreter: Interpreter, at place: LanguageError.Location
    ) throws -> TableValue? {
        switch value {
        case .record(let record): try table(ofColumns: record, at: place)
        case .list(let list): try table(ofRecords: list, interpreter, at: place)
        case .foreign(let table as TableValue): table
        case .foreign(let foreign) where foreign.count != nil:
            try table(ofRecords: List(interpreter.items(of: value)), interpreter, at: place)
        default: nil
        }
    }

    /// A table of records: the union of their names in the order in which they are first met; what one lacks is none.
    static func table(
        ofRecords records: List, _ interpreter: Interpreter, at place: LanguageError.Location
    ) throws
        -> TableValue
    {
        var names: [String] = [], positions: [Text: Int] = [:], columns: [[Value]] = []
        for (row, item) in try records.writable().enumerated() {
            try interpreter.poll(row)
            guard case .record(let record) = item else {
                throw LanguageError(
                    "a table is made of records, or of lists by name; item \(row) is \(item.phrase)", at: place)
            }
            try interpreter.requireRoom(forItems: row * names.count)
            for (name, cell) in zip(record.keys, record.values) {
                let key = Text(name)
                if let position = positions[key] {
                    columns[position].append(cell)
                } else {
                    positions[key] = names.count
                    names.append(name)
                    columns.append(Array(repeating: .nothing, count: row) + [cell])
                }
            }
            for position in columns.indices where columns[position].count <= row { columns[position].append(.nothing) }
        }
        return try table(names, columns.map { List($0) }, rows: records.count, at: place)
    }

    /// A table of columns by name: lists of one length; any other value stands in every row.
    public static func table(
        ofColumns record: Record, at place: LanguageError.Location = .whole
    ) throws -> TableValue {
        let lists = record.fields.compactMap { field in field.value.list.map { (name: field.name, list: $0) } }
        let count = lists.first?.list.count ?? (record.isEmpty ? 0 : 1)
        if let other = lists.first(where: { $0.list.count != count }) {
            throw LanguageError(
                """
                the columns of a table are of one length; `\(lists[0].name)` is of \(count), `\(other.name)` of \
                \(other.list.count)
                """,
                at: place)
        }
        let columns = try record.values.map { value in
            try value.list?.writable() ?? List(Array(repeating: value, count: count))
        }
        return try table(record.keys, columns, rows: count, at: place)
    }

    private static func table(
        _ names: [String], _ columns: [List], rows: Int, at place: LanguageError.Location
    ) throws -> TableValue {
        do {
            for column in columns { try refuseTables(in: .list(column)) }
        } catch let error as LanguageError {
            throw LanguageError(error.message, advice: error.advice, at: place)
        }
        return TableValue(checked: names, columns: columns, rowCount: rows)
    }

    /// A table in the cell of another could share parts without end.
    static func refuseTables(in value: Value) throws {
        guard holdTable(value) else { return }
        throw LanguageError(
            "a cell of a table cannot hold a table", advice: ["keep tables in a record, or in a list beside it"])
    }

    static func holdTable(_ value: Value) -> Bool {
        var seen: Set<ObjectIdentifier> = []
        return holdsTable(value, &seen)
    }

    private static func holdsTable(_ value: Value, _ seen: inout Set<ObjectIdentifier>) -> Bool {
        switch value {
        case .foreign(let foreign): return foreign is TableValue
        case .list(let list):
            // Long ranges and lists of numbers are gone through without being written out.
            guard seen.insert(list.identity).inserted, list.count > 0 else { return false }
            for item in list {
                switch item {
                case .list, .record, .foreign: if holdsTable(item, &seen) { return true }
                default: continue
                }
            }
            return false
        case .record(let record):
            return seen.insert(record.identity).inserted && record.values.contains { holdsTable($0, &seen) }
        default: return false
        }
    }

    /// The rows of two tables; what one of them has no column for is none.
    static func joined(_ a: TableValue, _ b: TableValue) -> TableValue {
        var names = a.names, columns = a.columns.map { $0 }
        for (name, column) in zip(b.names, b.columns) {
            if let at = a.position(ofColumn: name) {
                columns[at].append(contentsOf: column)
            } else {
                names.append(name)
                columns.append(List(Array(repeating: .nothing, count: a.rowCount)))
                columns[columns.count - 1].append(contentsOf: column)
            }
        }
        let total = a.rowCount + b.rowCount
        for at in columns.indices where columns[at].count < total {
            columns[at].append(contentsOf: List(Array(repeating: .nothing, count: b.rowCount)))
        }
        func formats(_ table: TableValue) -> [TableValue.Format] {
            table.formats.isEmpty ? Array(repeating: .significant(4), count: table.rowCount) : table.formats
        }
        let isPlain = a.formats.isEmpty && b.formats.isEmpty
        return TableValue(
            checked: names, columns: columns, rowCount: total,
            isLabelled: a.isLabelled && b.isLabelled
                && a.names[0].hasSameScalars(as: b.names[0]), readsRows: a.readsRows,
            formats: isPlain ? [] : formats(a) + formats(b), notes: a.notes + b.notes.filter { !a.notes.contains($0) })
    }
}

extension TableValue {
    /// The same with the rows named by one of the columns, which comes first.
    func named(by column: Int) -> TableValue {
        let order = [column] + columns.indices.filter { $0 != column }
        return TableValue(
            checked: order.map { names[$0] }, columns: order.map { columns[$0] }, rowCount: rowCount, isLabelled: true,
            formats: formats, notes: notes)
    }
}
