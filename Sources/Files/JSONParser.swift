// Reads JSON text (RFC 8259) from UTF-8 bytes.

extension JSON {
    /// How deeply arrays and objects may nest before a text is refused.
    public static let depthLimit = 512

    /// The value a JSON text holds.
    ///
    /// Stricter than some readers: repeated keys, lone surrogates, invalid UTF-8, numbers beyond a
    /// double's range, `NaN` and `Infinity` are errors.
    /// - Parameter origin: the file's name, for messages.
    public init(parsing text: String, origin: String? = nil) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), origin: origin)
    }

    /// The value a JSON text in UTF-8 holds; a byte order mark at its start is skipped.
    public init(parsing bytes: [UInt8], origin: String? = nil) throws(JSONError) {
        self = try JSON.parse(bytes[...], origin: origin, firstLine: 1)
    }

    /// As `init(parsing:)`, for a part of a file that begins on line `firstLine`.
    package static func parse(_ bytes: ArraySlice<UInt8>, origin: String?, firstLine: Int) throws(JSONError) -> JSON {
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSON, JSONError> in
            var parser = JSONParser(bytes: buffer)
            do throws(JSONParser.Failure) {
                return .success(try parser.document())
            } catch {
                let place = parser.place(of: error.offset)
                return .failure(
                    JSONError(
                        origin: origin, position: (firstLine - 1 + place.line, place.column), message: error.message))
            }
        }
        return try result.get()
    }
}

/// A recursive-descent parser over bytes that it does not own.
private struct JSONParser {
    struct Failure: Error {
        var offset: Int
        var message: String
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The next byte, or 0 (which no JSON text holds outside a mistake) at the end.
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func document() throws(Failure) -> JSON {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        skipSpace()
        if position == bytes.count { throw fail("expected a JSON value, but there is no text") }
        let value = try value()
        skipSpace()
        if position < bytes.count {
            throw fail("expected the end of the text after the value, found \(found())")
        }
        return value
    }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value() throws(Failure) -> JSON {
        switch next {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t") where take("true"): return .bool(true)
        case UInt8(ascii: "f") where take("false"): return .bool(false)
        case UInt8(ascii: "n") where take("null"): return .null
        default: throw fail("expected a value, found \(found())\(advice())")
        }
    }

    // MARK: Arrays and objects

    mutating func enter() throws(Failure) {
        depth += 1
        if depth > JSON.depthLimit { throw fail("nested deeper than \(JSON.depthLimit) arrays and objects") }
        position += 1
        skipSpace()
    }

    mutating func array() throws(Failure) -> JSON {
        try enter()
        var elements: [JSON] = []
        if next == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            skipSpace()
            switch next {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
                if next == UInt8(ascii: "]") {
                    throw fail("expected a value after ',', found ']': remove the last comma")
                }
            case UInt8(ascii: "]"):
                position += 1
                depth -= 1
                return .array(elements)
            default:
                throw fail("expected ',' or ']' in the array, found \(found())")
            }
        }
    }

    mutating func object() throws(Failure) -> JSON {
        try enter()
        var members = NamedValues<JSON>()
        if next == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return .object(members)
        }
        while true {
            let start = position
            guard next == UInt8(ascii: "\"") else {
                throw fail("expected a key in double quotes, found \(found())")
            }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else {
                throw fail("expected ':' after the key \"\(key)\", found \(found())")
            }
            position += 1
            skipSpace()
            if members.updateValue(try value(), forKey: key) != nil {
                position = start
                throw fail("the key \"\(key)\" appears twice in the same object")
            }
            skipSpace()
            switch next {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
                if next == UInt8(ascii: "}") {
                    throw fail("expected a key after ',', found '}': remove the last comma")
                }
            case UInt8(ascii: "}"):
                position += 1
                depth -= 1
                return .object(members)
            default:
                throw fail("expected ',' or '}' in the object, found \(found())")
            }
        }
    }

    // MARK: Numbers

    mutating func number() throws(Failure) -> JSON {
        let start = position
        let negative = next == UInt8(ascii: "-")
        if negative { position += 1 }
        var mantissa: UInt64 = 0
        var digits = 0  // significant digits in `mantissa`; beyond 19 it is not used
        var scale = 0  // the value is mantissa · 10^scale
        var whole = true

        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        func add(_ byte: UInt8) {
            if digits > 0 || byte != 0x30 { digits += 1 }
            if digits <= 19 { mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30) }
        }

        guard isDigit(next) else { throw fail("expected a digit after '-', found \(found())\(advice())") }
        if next == 0x30 {
            position += 1
            if isDigit(next) { throw fail("a number may not begin with 0; write it without leading zeros") }
        }
        while isDigit(next) {
            add(next)
            position += 1
        }
        if next == UInt8(ascii: ".") {
            whole = false
            position += 1
            guard isDigit(next) else { throw fail("expected a digit after '.', found \(found())") }
            while isDigit(next) {
                add(next)
                scale -= 1
                position += 1
            }
        }
        if next | 0x20 == UInt8(ascii: "e") {
            whole = false
            position += 1
            let negativeExponent = next == UInt8(ascii: "-")
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { position += 1 }
            guard isDigit(next) else { throw fail("expected a digit in the exponent, found \(found())") }
            var exponent = 0
            while isDigit(next) {
                exponent = min(exponent * 10 + Int(next - 0x30), 1_000_000)
                position += 1
            }
            scale += negativeExponent ? -exponent : exponent
        }

        if whole, digits <= 19, let value = Int(exactly: mantissa) {
            if negative && value == 0 { return .number(-0.0) }
            return .integer(negative ? -value : value)
        }
        // Both factors are exact doubles here, so one rounding gives the nearest double (Clinger's fast path).
        if digits <= 15, scale >= -22, scale <= 22 {
            let power = JSONParser.powersOfTen[abs(scale)]
            let magnitude = scale < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .number(negative ? -magnitude : magnitude)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            position = start
            throw fail("the number \(text.prefix(40)) is beyond the range of a double")
        }
        return .number(value)
    }

    static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    // MARK: Strings

    mutating func string() throws(Failure) -> String {
        let opening = position
        position += 1
        var start = position
        var unescaped: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text: String?
                if unescaped.isEmpty {
                    text = String(validating: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
                } else {
                    unescaped.append(contentsOf: bytes[start..<position])
                    text = String(validating: unescaped, as: UTF8.self)
                }
                guard let text else {
                    position = opening
                    throw fail("this string is not valid UTF-8; save the file as UTF-8")
                }
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") {
                unescaped.append(contentsOf: bytes[start..<position])
                try escape(into: &unescaped)
                start = position
            } else if byte < 0x20 {
                throw fail("a string may not hold \(found()); write it as an escape such as \\n")
            } else {
                position += 1
            }
        }
        position = opening
        throw fail("this string has no closing '\"'")
    }

    mutating func escape(into text: inout [UInt8]) throws(Failure) {
        position += 1
        let byte = next
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code >= 0xD800 && code < 0xDC00, position + 2 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "\\"), bytes[position + 2] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexadecimal()
                if low >= 0xDC00 && low < 0xE000 { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw fail("this \\u escape is half of a surrogate pair; write the other half beside it")
            }
            text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        default:
            throw fail("expected one of \" \\ / b f n r t u after '\\', found \(found())")
        }
        position += 1
    }

    /// Four hexadecimal digits after the `u` at `position`, which moves to the last of them.
    mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            position += 1
            let byte = next
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: code = code << 4 | UInt32(byte - 0x61 + 10)
            default: throw fail("expected four hexadecimal digits after \\u, found \(found())")
            }
        }
        return code
    }

    // MARK: Errors

    mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        for i in 0..<length where bytes[position + i] != word.utf8Start[i] { return false }
        position += length
        return true
    }

    func fail(_ message: String) -> Failure {
        Failure(offset: position, message: message)
    }

    /// What stands at `position`, in words.
    func found() -> String {
        guard position < bytes.count else { return "the end of the text" }
        switch bytes[position] {
        case 0x0A, 0x0D: return "the end of the line"
        case 0x09: return "a tab"
        case 0..<0x20, 0x7F: return "the control character \(bytes[position])"
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            let word = bytes[position...].prefix { $0 < 0x80 && Character(Unicode.Scalar($0)).isLetter }
            return "'" + String(decoding: word.prefix(20), as: UTF8.self) + "'"
        default:
            let tail = String(decoding: bytes[position..<min(position + 8, bytes.count)], as: UTF8.self)
            return "'" + String(tail.unicodeScalars.prefix(1)) + "'"
        }
    }

    /// What to do about values that other languages write and JSON does not know.
    func advice() -> String {
        let tail = String(decoding: bytes[position..<min(position + 8, bytes.count)], as: UTF8.self)
        if tail.hasPrefix("NaN") || tail.hasPrefix("Infinity") { return "; JSON has no such number, write null" }
        if tail.hasPrefix("'") { return "; JSON strings stand in double quotes" }
        if tail.hasPrefix("True") || tail.hasPrefix("False") || tail.hasPrefix("None") {
            return "; JSON writes true, false, null"
        }
        return ""
    }

    /// Line and column (in characters of Unicode) of a byte, counted from 1.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
