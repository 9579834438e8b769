// Tables of the language in a workspace file.
import Files
import Language
import StandardLibrary

extension ValueWriter {
    mutating func describe(_ table: TableValue, _ depth: Int) throws(NotStorable) -> JSON {
        var columns: [JSON] = []
        for column in table.columns { columns.append(try json(.list(column), depth + 1)) }
        return [
            "kind": "table", "names": .array(table.names.map { .string($0) }), "cells": .array(columns),
            "rows": .integer(table.rowCount), "labelled": .bool(table.isLabelled),
            "formats": .array(
                table.formats.map { format in
                    switch format {
                    case .significant(let digits): ["significant", .integer(digits)]
                    case .fixed(let places): ["fixed", .integer(places)]
                    }
                }),
            "reads_rows": .bool(table.readsRows), "notes": .array(table.notes.map { .string($0) }),
        ]
    }
}

extension ValueReader {
    func table(_ node: JSONNode) throws -> TableValue {
        let formats = try node["formats"].elements().map { node -> TableValue.Format in
            let digits = try Self.part(node, 1).integer(in: 0...100)
            return try Self.part(node, 0).string() == "fixed" ? .fixed(digits) : .significant(digits)
        }
        let columns = try node["cells"].elements().map { node -> List in
            guard case .list(let list) = try value(node) else { throw node.error("is no list") }
            return list
        }
        guard
            let table = TableValue(
                names: try strings(node["names"]), columns: columns,
                rowCount: try node["rows"].integer(in: 0...List.most),
                isLabelled: try node["labelled"].bool(), readsRows: try node["reads_rows"].bool(), formats: formats,
                notes: try strings(node["notes"]))
        else { throw node.error("is a table of other sizes than it says") }
        return table
    }
}
