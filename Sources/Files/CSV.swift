// Reads tables of comma-separated values (RFC 4180).

/// A table with named columns, all values still text.
public struct CSVTable: Hashable, Sendable {
    /// The names of the first record.
    public let names: [String]
    /// One list of values a column, as long as there are records after the first.
    public let columns: [[String]]

    /// How many records there are, the header not counted.
    public var rowCount: Int { columns.first?.count ?? 0 }

    /// The values of a column, or nil where there is none of that name.
    public subscript(name: String) -> [String]? {
        names.firstIndex { $0.isSpelled(name) }.map { columns[$0] }
    }

    /// A column as numbers, or nil where one of its values is text, or a number that would not be kept as it is
    /// written.
    ///
    /// Numbers are written as programs write them: `12`, `-0.5`, `1e-05`, `nan`, `inf`. Text are hexadecimal digits
    /// (`0x1F`), leading zeros (`007`), separators (`1,234`), an exponent without sign (`12e4`, which no program
    /// writes; a commit's name is such), whole numbers that no double holds, and what is beyond a double's range.
    public func numbers(_ name: String) -> [Double]? {
        guard let values = self[name] else { return nil }
        var numbers: [Double] = []
        numbers.reserveCapacity(values.count)
        for value in values {
            guard let number = CSVTable.number(value) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// The number that a cell is.
    static func number(_ cell: String) -> Double? {
        var cell = cell
        return cell.withUTF8 { bytes -> Double? in
            func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
            guard let first = bytes.firstIndex(where: { !isSpace($0) }),
                let last = bytes.lastIndex(where: { !isSpace($0) })
            else { return nil }
            let text = UnsafeBufferPointer(rebasing: bytes[first...last])
            if text[0] | 0x20 >= UInt8(ascii: "a") || text.count > 1 && text[1] | 0x20 >= UInt8(ascii: "i") {
                return notFinite(String(decoding: text, as: UTF8.self).lowercased())
            }
            guard let (value, form) = DecimalNumber.parse(text), value.isFinite, value != 0 || form.isZero,
                !form.hasLeadingZero
            else { return nil }
            if form.hasExponent { return form.hasSignedExponent || form.hasPoint ? value : nil }
            if !form.hasPoint, form.digits > 15, !isExact(text, value) { return nil }
            return value
        }
    }

    private static func notFinite(_ word: String) -> Double? {
        switch word {
        case "nan", "+nan", "-nan": .nan
        case "inf", "+inf", "infinity", "+infinity": .infinity
        case "-inf", "-infinity": -.infinity
        default: nil
        }
    }

    /// Whether a whole number is just this double.
    private static func isExact(_ text: UnsafeBufferPointer<UInt8>, _ value: Double) -> Bool {
        guard let whole = Int(String(decoding: text, as: UTF8.self)) else { return false }
        return Int(exactly: value) == whole
    }

    /// Reads a file. Throws where it is missing, empty, or not a table.
    public static func load(path: String) throws -> CSVTable {
        let bytes = try FileBytes.read(path)
        try FileKind.refuse(bytes, at: path, wanted: "a CSV table")
        return try CSVTable(text: TextFile.text(bytes, path), source: path)
    }

    /// Parses a text; `source` names it in errors, which give its line.
    public init(text: String, source: String) throws {
        var reader = CSVReader(text: text, source: source)
        guard let header = try reader.nextRecord() else {
            throw FileError(path: source, message: "this file is empty; its first line should name the columns")
        }
        var seen: Set<Spelling> = []
        for name in header where !seen.insert(Spelling(name)).inserted {
            throw FileError(path: "\(source):1", message: "two columns are named \"\(name)\": give each its own name")
        }
        var columns: [[String]] = Array(repeating: [], count: header.count)
        while let record = try reader.nextRecord() {
            guard record.count == header.count else {
                throw FileError(
                    path: "\(source):\(reader.recordLine)",
                    message: """
                        a record of \(record.count) values in a table of \(header.count) columns: a comma inside a \
                        value needs quotes around it
                        """
                )
            }
            for (column, value) in record.enumerated() { columns[column].append(value) }
        }
        names = header
        self.columns = columns
    }
}

/// Takes a text apart, record by record.
private struct CSVReader {
    private let bytes: [UInt8]
    private let source: String
    private var position = 0
    private var line = 1
    /// The line on which the last record began.
    private(set) var recordLine = 1

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(text: String, source: String) {
        bytes = Array(text.utf8)
        self.source = source
    }

    /// The values of the next record, or nil at the end. Blank lines are skipped.
    mutating func nextRecord() throws -> [String]? {
        while position < bytes.count, bytes[position] == Self.newline || bytes[position] == Self.carriageReturn {
            if bytes[position] == Self.newline { line += 1 }
            position += 1
        }
        guard position < bytes.count else { return nil }
        recordLine = line
        var values: [String] = []
        while true {
            values.append(try nextValue())
            guard position < bytes.count, bytes[position] == Self.comma else { break }
            position += 1
        }
        return values
    }

    private mutating func nextValue() throws -> String {
        guard position < bytes.count, bytes[position] == Self.quote else { return plainValue() }
        let start = line
        var value: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                if position < bytes.count, bytes[position] == Self.quote {
                    position += 1
                } else {
                    try expectEndOfValue()
                    return String(decoding: value, as: UTF8.self)
                }
            }
            if byte == Self.newline { line += 1 }
            value.append(byte)
        }
        throw FileError(
            path: "\(source):\(start)",
            message: "a quoted value does not end: close it with \", and write a quote inside as \"\"")
    }

    private mutating func plainValue() -> String {
        let start = position
        while position < bytes.count, !endsValue(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func endsValue(_ byte: UInt8) -> Bool {
        byte == Self.comma || byte == Self.newline || byte == Self.carriageReturn
    }

    private func expectEndOfValue() throws {
        guard position < bytes.count, !endsValue(bytes[position]) else { return }
        throw FileError(
            path: "\(source):\(line)",
            message: "text follows a closing quote: write a quote inside a quoted value as \"\"")
    }
}
