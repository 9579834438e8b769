/// Tables in the language: columns of cells under names, rows that may have names of their own.
import Language

/// Rows and columns. What `table` makes of records has plain rows; figures of models have rows with names, which stand
/// in the first column.
public final class TableValue: Foreign {
    /// How one row's numbers are written.
    public enum Format: Sendable, Equatable {
        case significant(Int)
        case fixed(Int)
    }
    /// The columns' names, all different.
    public let names: [String]
    /// The cells, a list a column.
    public let columns: [List]
    public let rowCount: Int
    /// Whether the first column holds the rows' names: it has no head, and a column read by name is a record by them.
    public let isLabelled: Bool
    /// Whether `table.name` looks for a row of that name before it looks for a column.
    public let readsRows: Bool
    /// How each row's numbers are written; empty where all are written alike.
    public let formats: [Format]
    /// Lines below the table.
    public let notes: [String]
    /// The rows as records have their names in common.
    private let shape: Record.Shape

    /// - Parameters:
    ///   - names: the columns' names, all different.
    ///   - columns: lists of one length.
    init(
        checked names: [String], columns: [List], rowCount: Int, isLabelled: Bool = false, readsRows: Bool = false,
        formats: [Format] = [], notes: [String] = []
    ) {
        self.names = names
        self.columns = columns
        self.rowCount = rowCount
        self.isLabelled = isLabelled
        self.readsRows = readsRows
        self.formats = formats
        self.notes = notes
        shape = Record.Shape(distinct: names)
        super.init()
    }

    /// A table of parts from elsewhere; nil where they do not fit together.
    public convenience init?(
        names: [String], columns: [List], rowCount: Int, isLabelled: Bool, readsRows: Bool, formats: [Format],
        notes: [String]
    ) {
        guard names.count == columns.count, columns.allSatisfy({ $0.count == rowCount }),
            Set(names.map { Text($0) }).count == names.count, formats.isEmpty || formats.count == rowCount,
            !isLabelled || columns.first?.strings != nil, !columns.contains(where: { Tables.holdTable(.list($0)) })
        else { return nil }
        self.init(
            checked: names, columns: columns, rowCount: rowCount, isLabelled: isLabelled, readsRows: readsRows,
            formats: formats, notes: notes)
    }

    /// A table of figures.
    /// - Parameters:
    ///   - cells: `cells[row][column]`; nil where there is no such figure.
    ///   - readsColumns: whether `table.name` reads a column before a row.
    ///   - heading: what the rows' names are names of.
    public convenience init(
        rows: [String], columns: [String], cells: [[Double?]], formats: [Format]? = nil, readsColumns: Bool,
        heading: String = "name", notes: [String] = []
    ) {
        var names: [String] = []
        for name in [heading] + columns { names.append(Self.unused(name, among: names)) }
        let figures = columns.indices.map { column in
            List(cells.map { $0[column].map { .number($0) } ?? .nothing })
        }
        self.init(
            checked: names, columns: [List(rows.map { .string($0) })] + figures, rowCount: rows.count, isLabelled: true,
            readsRows: !readsColumns, formats: formats ?? [], notes: notes)
    }

    /// A name that no other column has.
    private static func unused(_ name: String, among others: [String]) -> String {
        var result = name, count = 1
        while others.contains(where: { $0.hasSameScalars(as: result) }) {
            count += 1
            result = "\(name) \(count)"
        }
        return result
    }

    public override var kind: String { "table" }
    public override var summary: String {
        let width = names.count - (isLabelled ? 1 : 0)
        return
            "table of \(rowCount) \(rowCount == 1 ? "row" : "rows") and \(width) \(width == 1 ? "column" : "columns")"
    }

    /// The same with other columns.
    func with(names: [String], columns: [List]) -> TableValue {
        TableValue(
            checked: names, columns: columns, rowCount: rowCount, isLabelled: isLabelled, readsRows: readsRows,
            formats: formats, notes: notes)
    }

    /// The same with other cells.
    public func mapping(_ cell: (Value) throws -> Value) throws -> TableValue {
        with(names: names, columns: try columns.map { List(try $0.map(cell)) })
    }

    // MARK: Rows

    public override var count: Int? { rowCount }

    /// A row as a record.
    func row(_ index: Int) -> Value { .record(Record(shape, values: columns.map { $0[index] })) }

    public override func selecting(_ places: [Int]) -> TableValue {
        TableValue(
            checked: names, columns: columns.map { column in List(places.map { column[$0] }) }, rowCount: places.count,
            isLabelled: isLabelled, readsRows: readsRows, formats: formats.isEmpty ? [] : places.map { formats[$0] },
            notes: notes)
    }

    // MARK: Names

    /// The rows' names.
    var rowNames: [String] { isLabelled ? columns[0].strings ?? [] : [] }

    private var figureNames: [String] { isLabelled ? Array(names.dropFirst()) : names }
    public override var keys: [String] { readsRows ? rowNames : figureNames }
    public override var fieldNames: [String] {
        let own = keys.filter(isName)
        return own.contains("columns") ? own : own + ["columns"]
    }

    /// The position of a column.
    func position(ofColumn name: String) -> Int? { names.firstIndex { $0.hasSameScalars(as: name) } }

    /// A column, or a row of that name; nil where there is neither.
    public override func field(_ name: String) throws -> Value? {
        let found =
            try readsRows ? row(named: name) ?? column(named: name) : column(named: name) ?? row(named: name)
        return found ?? (name == "columns" ? .list(names.map { .string($0) }) : nil)
    }

    /// A column: a list, or where the rows have names a record by these.
    private func column(named name: String) throws -> Value? {
        guard let at = position(ofColumn: name) else { return nil }
        guard isLabelled, at > 0 else { return .list(columns[at]) }
        return .record(try fields(zip(rowNames, columns[at]), "rows"))
    }

    private func row(named name: String) throws -> Value? {
        let places = rowNames.indices.filter { rowNames[$0].hasSameScalars(as: name) }
        guard let at = places.first else { return nil }
        guard places.count == 1 else {
            throw LanguageError(
                "\(places.count) rows of this table are called \(Value.string(name).repr)",
                note: "t[\(at)] is the first of them; map(t, r -> …) goes through all", at: .field)
        }
        return .record(try fields(zip(names, columns).dropFirst().map { ($0, $1[at]) }, "columns"))
    }

    /// Cells by the names of their rows or columns, as fields are called.
    /// - Throws: `LanguageError` where two have one name, so that one of them would be lost.
    private func fields(_ cells: some Sequence<(String, Value)>, _ kind: String) throws -> Record {
        var record = Record([])
        for (name, value) in cells {
            let key = Self.key(name)
            guard record[key] == nil else {
                throw LanguageError(
                    "two \(kind) of this table would be the field `\(key)`, so that one of them would be lost",
                    note: "t[i] is a row by its place, and map(t, r -> r[\"…\"]) a column as a list", at: .field)
            }
            record[key] = value
        }
        return record
    }

    /// A name with underscores for blanks and hyphens, as fields are called.
    private static func key(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber ? Character($0.lowercased()) : "_" })
    }

    public override func hint(forField name: String) -> String? {
        switch name {
        case "sort", "sort_values": "write sort(t, by=\"column\")"
        case "groupby", "group_by": "write group(t, by=\"column\")"
        case "to_csv": "write write_csv(t, path)"
        case "to_latex": "write latex(t)"
        case "to_json": "write write_json(t, path)"
        case "iloc", "loc": "write t[i], t[a:b] or t[i, \"column\"]"
        case "head": "write t[:5]"
        case "tail": "write t[-5:]"
        case "rows": "write to_list(t)"
        case "shape": "write len(t), and len(t.columns)"
        default: nil
        }
    }

    public override func index(_ indices: [Index]) throws -> Value? { try items(indices) }
    public override func settingIndex(_ indices: [Index], to value: Value) throws -> Foreign? {
        try settingItems(indices, to: value)
    }
    public override func settingField(_ name: String, to value: Value) throws -> Foreign? {
        try setting(column: name, to: value, at: .field)
    }

    /// `a + b`: the rows of both.
    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        guard op == .add, case .foreign(let right as TableValue) = other else { return nil }
        return .foreign(Tables.joined(self, right))
    }

    // MARK: As a value

    public override func describe(width: Int, digits: Int) -> String { shortText(width: width, digits: digits) }
    public override func describeAll(width: Int, digits: Int) -> String { wholeText(width: width, digits: digits) }
    public override func table(digits: Int) -> [[String]]? { texts(digits: digits) }

    public override var plain: Value? { .list((0..<rowCount).map(row)) }
    public override var repr: String {
        let cells = Value.record(Array(zip(names, columns.map { .list($0) }))).repr
        return isLabelled ? "table(\(cells), row_names=\(Value.string(names[0]).repr))" : "table(\(cells))"
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TableValue, names.count == other.names.count, rowCount == other.rowCount else {
            return false
        }
        return zip(names, other.names).allSatisfy { $0.hasSameScalars(as: $1) }
            && zip(columns, other.columns).allSatisfy { Value.list($0).hasSameContents(as: .list($1)) }
    }

    public override func identify(in parts: inout IdentityParts) throws {
        parts.add(isLabelled)
        parts.add(readsRows)
        for (name, column) in zip(names, columns) {
            parts.add(name)
            try parts.add(.list(column))
        }
        for note in notes { parts.add(note) }
    }

    public override var isTracked: Bool { columns.contains { Value.list($0).holdsTracked } }
    public override var innerValues: [Value] { columns.map { .list($0) } }
    public override var nestingDepth: UInt32 { Value.depth(holding: innerValues) }
    public override var byteCount: Int? { columns.reduce(64) { $0 + Value.list($1).byteCount } }
}
