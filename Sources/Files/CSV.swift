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

    /// A column as numbers, or nil where one of its values is not a number.
    public func numbers(_ name: String) -> [Double]? {
        guard let values = self[name] else { return nil }
        let numbers = values.compactMap { Double($0.trimming(while: \.properties.isWhitespace)) }
        return numbers.count == values.count ? numbers : nil
    }

    /// Reads a file. Throws where it is missing, empty, or not a table.
    public static func load(path: String) throws -> CSVTable {
        try CSVTable(text: TextFile.read(path), source: path)
    }

    /// Parses a text; `source` names it in errors, which give its line.
    public init(text: String, source: String) throws {
        var reader = CSVReader(text: text, source: source)
        guard let header = try reader.nextRecord() else {
            throw TextError("\(source) is empty: its first line should name the columns")
        }
        var seen: Set<Spelling> = []
        for name in header where !seen.insert(Spelling(name)).inserted {
            throw TextError("\(source):1: two columns are named \"\(name)\": give each its own name")
        }
        var columns: [[String]] = Array(repeating: [], count: header.count)
        while let record = try reader.nextRecord() {
            guard record.count == header.count else {
                throw TextError(
                    "\(source):\(reader.recordLine): a record of \(record.count) values in a table of \(header.count) columns: a comma inside a value needs quotes around it"
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
        throw TextError(
            "\(source):\(start): a quoted value does not end: close it with \", and write a quote inside as \"\"")
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
        throw TextError(
            "\(source):\(line): text follows a closing quote: write a quote inside a quoted value as \"\"")
    }
}
