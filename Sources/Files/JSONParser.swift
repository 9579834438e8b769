// Reads JSON text (RFC 8259) from UTF-8 bytes.

import Glibc

extension JSON {
    /// How deeply arrays and objects may nest before a text is refused.
    public static let depthLimit = 512

    /// The value a JSON text holds.
    ///
    /// As Python does, it reads `NaN`, `Infinity` and `-Infinity`; half a surrogate pair in a `\u` escape becomes
    /// U+FFFD. Stricter than some readers: repeated keys, invalid UTF-8 and numbers beyond a double's range are errors.
    /// - Parameter origin: the file's name, for messages.
    public init(parsing text: String, origin: String? = nil) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), origin: origin)
    }

    /// The value a JSON text in UTF-8 holds; a byte order mark at its start is skipped.
    public init(parsing bytes: [UInt8], origin: String? = nil) throws(JSONError) {
        self = try JSONTape.parse(bytes, origin: origin).tree()
    }

    /// As `init(parsing:)`, for a part of a file that begins on line `firstLine`.
    static func parse(_ bytes: ArraySlice<UInt8>, origin: String?, firstLine: Int) throws(JSONError) -> JSON {
        try JSONTape.parse(Array(bytes), origin: origin, firstLine: firstLine).tree()
    }
}

/// A recursive-descent parser over bytes that it does not own; it writes the words of a ``JSONTape``.
struct JSONParser {
    struct Failure: Error {
        var offset: Int
        var message: String
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var depth = 0
    var words: [UInt64] = []
    var unescaped: [UInt8] = []
    var loneSurrogates = 0
    /// The keys of the objects around here, by the places of their words.
    private var keys: [Int] = []

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The next byte, or 0 (which no JSON text holds outside a mistake) at the end.
    @inline(__always)
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Writes an entry.
    @inline(__always)
    mutating func add(_ kind: JSONTape.Kind, _ payload: Int, _ value: UInt64) {
        words.append(UInt64(kind.rawValue) << 56 | UInt64(truncatingIfNeeded: payload))
        words.append(value)
    }

    mutating func document(_ lines: JSONTape.Lines) throws(Failure) {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        skipSpace()
        if position == bytes.count {
            if lines == .always { return add(.array, 0, 1) }
            throw fail("expected a JSON value, but there is no text")
        }
        let start = position
        try value()
        let end = position
        skipSpace()
        if position == bytes.count, lines != .always || spans(start, end) { return }
        // Another value on a line of its own: the file holds JSON lines.
        guard lines != .never, position == bytes.count || spans(end, position) && beginsValue, !spans(start, end) else {
            throw fail("expected the end of the text after the value, found \(found())")
        }
        var count = 1
        words.insert(contentsOf: [0, 0], at: 0)
        shift(from: 1)
        while position < bytes.count {
            let last = position
            try value()
            count += 1
            if spans(last, position) {
                throw fail("this value goes on over the end of its line, but the file holds one value a line")
            }
            let end = position
            skipSpace()
            guard position == bytes.count || spans(end, position) else {
                throw fail("expected the end of the line after the value, found \(found())")
            }
        }
        words[0] = UInt64(JSONTape.Kind.array.rawValue) << 56 | UInt64(count)
        words[1] = UInt64(words.count / 2)
    }

    /// Whether a line ends between two places.
    private func spans(_ start: Int, _ end: Int) -> Bool { bytes[start..<end].contains(0x0A) }

    /// Whether a value may begin here.
    private var beginsValue: Bool {
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "I"):
            true
        default: false
        }
    }

    /// Ends of arrays and objects after one more entry has been put in front.
    private mutating func shift(from first: Int) {
        for entry in first..<(words.count / 2) {
            let kind = UInt8(words[2 * entry] >> 56)
            if kind == JSONTape.Kind.array.rawValue || kind == JSONTape.Kind.object.rawValue {
                words[2 * entry + 1] += 1
            }
        }
    }

    @inline(__always)
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value() throws(Failure) {
        switch next {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t") where take("true"): add(.yes, 0, 0)
        case UInt8(ascii: "f") where take("false"): add(.no, 0, 0)
        case UInt8(ascii: "n") where take("null"): add(.null, 0, 0)
        case UInt8(ascii: "N"), UInt8(ascii: "I"):
            let start = position
            guard let number = notFinite() else { throw fail("expected a value, found \(found())\(advice())") }
            add(.number, start, number.bitPattern)
        default: throw fail("expected a value, found \(found())\(advice())")
        }
    }

    /// What Python writes for numbers that are not finite.
    mutating func notFinite() -> Double? {
        if take("NaN") { return .nan }
        return take("Infinity") ? .infinity : nil
    }

    // MARK: Arrays and objects

    mutating func enter() throws(Failure) {
        depth += 1
        if depth > JSON.depthLimit { throw fail("nested deeper than \(JSON.depthLimit) arrays and objects") }
        position += 1
        skipSpace()
    }

    /// Ends the array or object whose entry is at that place of the words.
    mutating func leave(_ kind: JSONTape.Kind, _ place: Int, count: Int) {
        position += 1
        depth -= 1
        words[place] = UInt64(kind.rawValue) << 56 | UInt64(truncatingIfNeeded: count)
        words[place + 1] = UInt64(words.count / 2)
    }

    mutating func array() throws(Failure) {
        let place = words.count
        add(.array, 0, 0)
        try enter()
        if next == UInt8(ascii: "]") { return leave(.array, place, count: 0) }
        var count = 0
        while true {
            try value()
            count += 1
            skipSpace()
            switch next {
            case UInt8(ascii: ","):
                position += 1
                skipSpace()
                if next == UInt8(ascii: "]") {
                    throw fail("expected a value after ',', found ']': remove the last comma")
                }
            case UInt8(ascii: "]"): return leave(.array, place, count: count)
            default:
                throw fail("expected ',' or ']' in the array, found \(found())")
            }
        }
    }

    mutating func object() throws(Failure) {
        let place = words.count
        add(.object, 0, 0)
        try enter()
        if next == UInt8(ascii: "}") { return leave(.object, place, count: 0) }
        let first = keys.count
        var known: Set<Spelling> = []
        while true {
            guard next == UInt8(ascii: "\"") else {
                throw fail("expected a key in double quotes, found \(found())")
            }
            let start = position, entry = words.count
            try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else {
                throw fail("expected ':' after the key \"\(text(of: entry))\", found \(found())")
            }
            position += 1
            skipSpace()
            try value()
            if !isNew(entry, from: first, &known) {
                position = start
                throw fail("the key \"\(text(of: entry))\" appears twice in the same object")
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
                let count = keys.count - first
                keys.removeLast(count)
                return leave(.object, place, count: count)
            default:
                throw fail("expected ',' or '}' in the object, found \(found())")
            }
        }
    }

    /// Whether a key is none of its object's, which are those from `first` on; it is one from now on.
    private mutating func isNew(_ place: Int, from first: Int, _ known: inout Set<Spelling>) -> Bool {
        defer { keys.append(place) }
        // Few keys are compared with each other, many are hashed.
        if keys.count - first < 16 {
            for index in first..<keys.count where isSame(place, keys[index]) { return false }
            return true
        }
        if known.isEmpty { for key in keys[first...] { known.insert(Spelling(text(of: key))) } }
        return known.insert(Spelling(text(of: place))).inserted
    }

    /// The bytes of the string whose words are at that place.
    private func span(_ place: Int) -> (isEscaped: Bool, start: Int, count: Int) {
        (
            UInt8(words[place] >> 56) == JSONTape.Kind.escapedString.rawValue, Int(words[place] & 0xFF_FFFF_FFFF_FFFF),
            Int(words[place + 1])
        )
    }

    private func isSame(_ place: Int, _ other: Int) -> Bool {
        guard words[place + 1] == words[other + 1] else { return false }
        let (a, b) = (span(place), span(other))
        if !a.isEscaped, !b.isEscaped, let base = bytes.baseAddress {
            return memcmp(base + a.start, base + b.start, a.count) == 0
        }
        return text(of: place).isSpelled(text(of: other))
    }

    private func text(of place: Int) -> String {
        let (isEscaped, start, count) = span(place)
        return isEscaped
            ? String(decoding: unescaped[start..<(start + count)], as: UTF8.self)
            : String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<(start + count)]), as: UTF8.self)
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
        if ["nan", "inf", "Inf"].contains(where: { tail.hasPrefix($0) }) { return "; write NaN, Infinity or null" }
        if tail.hasPrefix("'") { return "; JSON strings stand in double quotes" }
        if tail.hasPrefix("True") || tail.hasPrefix("False") || tail.hasPrefix("None") {
            return "; JSON writes true, false, null"
        }
        return ""
    }
}
