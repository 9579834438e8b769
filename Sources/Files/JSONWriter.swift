// Writes a JSON value as text.

extension JSON {
    /// How a value is laid out.
    public enum Style: Sendable {
        /// One line without spaces.
        case compact
        /// One member or element a line, two spaces a level, as `json.dumps(value, indent=2)` writes.
        case pretty
    }

    /// What becomes of a number that JSON cannot hold.
    public enum NonFinite: Sendable {
        /// An error that names where it is.
        case refused
        /// `null`.
        case null
        /// `NaN`, `Infinity` and `-Infinity`, as Python writes and reads them.
        case python
    }

    /// This value as JSON text. Numbers have the fewest digits that read back as the same double;
    /// characters outside ASCII stand as they are.
    /// - Parameter isStopped: is asked now and then whether to give up.
    /// - Throws: `JSONError` for NaN or an infinity, where they are refused, and where it was stopped.
    public func text(
        _ style: Style = .compact, nonFinite: NonFinite = .refused, isStopped: @escaping () -> Bool = { false }
    ) throws(JSONError) -> String {
        var writer = JSONWriter(style: style, nonFinite: nonFinite, isStopped: isStopped)
        try writer.write(self, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

private struct JSONWriter {
    let style: JSON.Style
    let nonFinite: JSON.NonFinite
    var bytes: [UInt8] = []
    /// The keys and indices that lead to the value being written.
    var path: [String] = []

    let isStopped: () -> Bool

    init(style: JSON.Style, nonFinite: JSON.NonFinite, isStopped: @escaping () -> Bool) {
        self.style = style
        self.nonFinite = nonFinite
        self.isStopped = isStopped
    }

    mutating func write(_ value: JSON, level: Int) throws(JSONError) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .number(let number):
            if number.isFinite {
                append(number.description)
            } else if nonFinite == .null {
                append("null")
            } else if nonFinite == .python {
                append(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
            } else {
                let place = path.isEmpty ? "the value" : path.joined()
                throw JSONError(message: "\(place) is \(number), which JSON cannot hold")
            }
        case .string(let text): write(text)
        case .array(let elements):
            append("[")
            for (index, element) in elements.enumerated() {
                if index & 0xFFFF == 0xFFFF, isStopped() { throw JSONError(message: "writing was stopped") }
                if index > 0 { append(",") }
                newline(level + 1)
                path.append("[\(index)]")
                try write(element, level: level + 1)
                path.removeLast()
            }
            if !elements.isEmpty { newline(level) }
            append("]")
        case .object(let members):
            append("{")
            var first = true
            for (key, member) in members {
                if !first { append(",") }
                first = false
                newline(level + 1)
                write(key)
                append(style == .pretty ? ": " : ":")
                path.append(path.isEmpty ? key : ".\(key)")
                try write(member, level: level + 1)
                path.removeLast()
            }
            if !members.isEmpty { newline(level) }
            append("}")
        }
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func newline(_ level: Int) {
        guard style == .pretty else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { source in
            // What needs no escape is copied as a whole.
            var start = 0
            for (index, byte) in source.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: source[start..<index])
                start = index + 1
                switch byte {
                case UInt8(ascii: "\""): append("\\\"")
                case UInt8(ascii: "\\"): append("\\\\")
                case 0x0A: append("\\n")
                case 0x0D: append("\\r")
                case 0x09: append("\\t")
                case 0x08: append("\\b")
                case 0x0C: append("\\f")
                default: append("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
                }
            }
            bytes.append(contentsOf: source[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
