// Parts of a table: `t[3]`, `t["loss"]`, `t[0:5, "loss"]`, `t[[2, 0]]`, and setting columns and cells.
import Language

extension TableValue {
    /// `t[i]`, `t[a:b]`, `t["loss"]`, `t[i, "loss"]`
    func items(_ indices: [Index]) throws -> Value {
        guard let first = indices.first, indices.count <= 2 else {
            throw LanguageError("a table has rows and columns; this index has \(indices.count)", at: .index(2))
        }
        guard indices.count == 2 else { return try part(first) }
        guard case .position(let chosen) = indices[1] else {
            throw LanguageError(
                "a table's columns are chosen by name", note: "write t[a:b, \"name\"]", at: .index(1))
        }
        guard case .string(let name) = chosen else { return try selecting(columns: chosen, axis: 1).part(first) }
        let column = columns[try known(column: name.string, at: .index(1))]
        switch first {
        case .position(.string(let row)):
            guard let at = rowNames.firstIndex(where: { $0.hasSameScalars(as: row.string) }) else {
                throw unknown(row.string, "row", among: rowNames, at: .index(0))
            }
            return column[at]
        case .position(let value):
            if let places = try places(value) { return .list(places.map { column[$0] }) }
            return column[try place(value)]
        case .slice(let slice): return .list(slice.indices(count: rowCount).map { column[$0] })
        }
    }

    /// What one index gives: a row as a record, a column, or some of the rows or columns as a table.
    private func part(_ index: Index) throws -> Value {
        switch index {
        case .slice(let slice): return .foreign(selecting(Array(slice.indices(count: rowCount))))
        case .position(.string(let name)):
            if let found = try field(name.string), name.string != "columns" || keys.contains("columns") { return found }
            throw unknown(name.string, readsRows ? "row" : "column", among: keys, at: .index(0))
        case .position(.list(let list)) where !list.isEmpty && list.strings != nil:
            return .foreign(try selecting(columns: .list(list), axis: 0))
        case .position(let value):
            if let places = try places(value) { return .foreign(selecting(places)) }
            return row(try place(value))
        }
    }

    private func places(_ value: Value) throws -> [Int]? {
        try Selection(value)?.places(among: rowCount, of: "a table", axis: 0)
    }

    private func place(_ value: Value) throws -> Int {
        guard let x = try value.asNumber else {
            throw LanguageError(
                "a table's rows are chosen by number, its columns by name; this is \(value.phrase)", at: .index(0))
        }
        return try Selection.places([x]).places(among: rowCount, of: "a table", axis: 0)[0]
    }

    func unknown(
        _ name: String, _ what: String, among names: [String], at location: LanguageError.Location
    ) -> LanguageError {
        LanguageError(
            "the table has no \(what) \"\(name)\"; it has \(listed(names))",
            note: suggestion(for: name, among: names).map { "did you mean \"\($0)\"?" }, at: location)
    }

    /// The position of a column that there must be.
    func known(column name: String, at location: LanguageError.Location) throws -> Int {
        guard let at = position(ofColumn: name) else {
            throw unknown(name, "column", among: names, at: location)
        }
        return at
    }

    /// Some of the columns, in the order given; rows keep their names.
    func selecting(columns chosen: Value, axis: Int) throws -> TableValue {
        guard case .list(let list) = chosen, let wanted = list.strings else {
            throw LanguageError("a table's columns are chosen by name; this is \(chosen.phrase)", at: .index(axis))
        }
        return try selecting(columns: wanted, at: .index(axis))
    }

    func selecting(columns wanted: [String], at location: LanguageError.Location) throws -> TableValue {
        var places = isLabelled ? [0] : [Int]()
        for name in wanted {
            let at = try known(column: name, at: location)
            if !places.contains(at) { places.append(at) }
        }
        return with(names: places.map { names[$0] }, columns: places.map { columns[$0] })
    }

    // MARK: Setting

    /// `t.ratio = […]`: a column, new or in the place of the old one; a single value stands in every row.
    func setting(
        column name: String, to value: Value, at location: LanguageError.Location
    ) throws -> TableValue {
        try Tables.refuseTables(in: value)
        var column = List(Array(repeating: value, count: rowCount))
        if case .list(let list) = value {
            guard list.count == rowCount else {
                throw LanguageError(
                    "a column of this table has \(rowCount) items, one a row; this list has \(list.count)", at: location
                )
            }
            column = try list.writable()
        }
        var (names, columns) = (names, columns)
        if let at = position(ofColumn: name) {
            columns[at] = column
        } else {
            names.append(name)
            columns.append(column)
        }
        return with(names: names, columns: columns)
    }

    func settingItems(_ indices: [Index], to value: Value) throws -> TableValue {
        if indices.count == 1, case .position(.string(let name)) = indices[0] {
            return try setting(column: name.string, to: value, at: .index(0))
        }
        guard indices.count == 2, case .position(let row) = indices[0], case .position(.string(let name)) = indices[1]
        else {
            throw LanguageError(
                "of a table columns and cells are set", note: "write t.name = […], or t[i, \"name\"] = …", at: .left)
        }
        try Tables.refuseTables(in: value)
        let at = try known(column: name.string, at: .index(1))
        var columns = columns
        columns[at].replace(at: try place(row), with: value)
        return with(names: names, columns: columns)
    }
}
