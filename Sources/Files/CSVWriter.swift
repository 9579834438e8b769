// Writes tables of comma-separated values (RFC 4180).

/// The text of a table, record by record.
public struct CSVWriter {
    public private(set) var text = ""

    public init() {}

    /// Adds a record: the columns' names first, then a value a column; nil for none.
    public mutating func add(_ values: [String?]) {
        let cells = values.map { $0.map(CSVWriter.cell) ?? "" }
        // A line without anything would be no record.
        text += (cells.count == 1 && cells[0].isEmpty ? "\"\"" : cells.joined(separator: ",")) + "\n"
    }

    /// Quoted where it would be read as something else.
    private static func cell(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { byte in
            byte != UInt8(ascii: ",") && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\n")
                && byte != UInt8(ascii: "\r")
        }
        if isPlain, !value.isEmpty { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

extension CSVTable {
    /// A column as numbers and empty cells, or nil where it holds anything else, or no number.
    public func figures(_ name: String) -> [Double?]? {
        guard let values = self[name], values.contains(where: { !$0.isEmpty }) else { return nil }
        var figures: [Double?] = []
        figures.reserveCapacity(values.count)
        for value in values {
            guard value.isEmpty || CSVTable.number(value) != nil else { return nil }
            figures.append(value.isEmpty ? nil : CSVTable.number(value))
        }
        return figures
    }
}
