// A JSON text taken apart into one flat array, from which values of any kind are made.

import Glibc

/// What a JSON text holds, in order: one entry a value, an array's or object's items behind it.
///
/// Making a tree of enums takes longer than reading the text; who wants values of another kind makes them from this.
public struct JSONTape: Sendable {
    /// What an entry is.
    @frozen public enum Kind: UInt8, Sendable {
        case null, no, yes
        /// A whole number of 64 bits.
        case integer
        /// Any other number, NaN and infinities included.
        case number
        /// A whole number beyond 64 bits; its double is the nearest.
        case wideInteger
        case string
        /// A string that was written with escapes.
        case escapedString
        case array, object
    }

    /// Two words an entry: kind and payload, and a value.
    ///
    /// The payload is where a number or a string stands in the text, or where a string with escapes stands in
    /// `unescaped`, or how many items an array or members an object has; the value is the number's bits, a string's
    /// length, or the entry behind the last item.
    var words: [UInt64] = []
    let text: [UInt8]
    var unescaped: [UInt8] = []
    /// Half surrogates that `\u` escapes held, and U+FFFD stands for now.
    public internal(set) var loneSurrogates = 0
    /// The file, for messages, and the line that the text begins on.
    let origin: String?
    let firstLine: Int

    init(text: [UInt8], origin: String?, firstLine: Int) {
        self.text = text
        self.origin = origin
        self.firstLine = firstLine
    }

    /// The number of entries.
    public var count: Int { words.count / 2 }

    /// Bytes of the text.
    public var textLength: Int { text.count }

    /// Lends all entries for reading.
    public func withEntries<R>(_ body: (Entries) throws -> R) rethrows -> R {
        try words.withUnsafeBufferPointer { words in
            try text.withUnsafeBufferPointer { text in
                try unescaped.withUnsafeBufferPointer { unescaped in
                    try body(Entries(words: words, text: text, unescaped: unescaped))
                }
            }
        }
    }

    /// The entries of a tape, lent.
    @frozen public struct Entries {
        @usableFromInline let words: UnsafeBufferPointer<UInt64>
        @usableFromInline let text: UnsafeBufferPointer<UInt8>
        @usableFromInline let unescaped: UnsafeBufferPointer<UInt8>

        @usableFromInline
        init(
            words: UnsafeBufferPointer<UInt64>, text: UnsafeBufferPointer<UInt8>, unescaped: UnsafeBufferPointer<UInt8>
        ) {
            self.words = words
            self.text = text
            self.unescaped = unescaped
        }

        @inlinable
        public func kind(_ entry: Int) -> Kind { Kind(rawValue: UInt8(words[2 * entry] >> 56)) ?? .null }

        @inlinable
        func payload(_ entry: Int) -> Int { Int(words[2 * entry] & 0xFF_FFFF_FFFF_FFFF) }

        /// A whole number.
        @inlinable
        public func integer(_ entry: Int) -> Int { Int(truncatingIfNeeded: words[2 * entry + 1]) }

        /// A number that is no `integer`.
        @inlinable
        public func double(_ entry: Int) -> Double { Double(bitPattern: words[2 * entry + 1]) }

        /// The items of an array or the members of an object.
        @inlinable
        public func itemCount(_ entry: Int) -> Int { payload(entry) }

        /// The entry behind this one and all that is in it.
        @inlinable
        public func end(_ entry: Int) -> Int {
            switch kind(entry) {
            case .array, .object: Int(words[2 * entry + 1])
            default: entry + 1
            }
        }

        /// The bytes of a string or a key.
        @inlinable
        public func bytes(_ entry: Int) -> UnsafeBufferPointer<UInt8> {
            let start = payload(entry), length = Int(words[2 * entry + 1])
            return UnsafeBufferPointer(
                rebasing: (kind(entry) == .escapedString ? unescaped : text)[start..<(start + length)])
        }

        /// A string or a key.
        public func string(_ entry: Int) -> String { String(decoding: bytes(entry), as: UTF8.self) }
    }

    private func payload(_ entry: Int) -> Int { Int(words[2 * entry] & 0xFF_FFFF_FFFF_FFFF) }

    /// An error about a number or string, with its line and column.
    public func error(_ entry: Int, _ message: String) -> JSONError {
        let place = JSONTape.place(of: payload(entry), in: text)
        return JSONError(origin: origin, position: (firstLine - 1 + place.line, place.column), message: message)
    }

    /// A number as it is written.
    public func spelling(_ entry: Int) -> String {
        let start = payload(entry)
        let end =
            text[start...].firstIndex { !($0 >= 0x30 && $0 <= 0x39) && ![0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }
            ?? text.count
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    /// Line and column (in characters of Unicode) of a byte, counted from 1.
    static func place(of offset: Int, in bytes: some Sequence<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
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

extension JSONTape {
    /// Takes a file's text apart. Several values, each from the start of a line on, are JSON lines, and become an array
    /// of them; so does a single line in a file named `.jsonl` or `.ndjson`.
    public static func read(_ path: String) throws -> JSONTape {
        let bytes = try FileBytes.read(path)
        try FileKind.refuse(bytes, at: path, unless: [.notebook], wanted: "a JSON file")
        let isNamedLines = [".jsonl", ".ndjson"].contains { path.lowercased().hasSuffix($0) }
        return try parse(bytes, origin: path, lines: isNamedLines ? .always : .several)
    }

    /// Whether a text may be JSON lines.
    package enum Lines { case never, several, always }

    package static func parse(
        _ text: [UInt8], origin: String?, firstLine: Int = 1, lines: Lines = .never
    ) throws(JSONError) -> JSONTape {
        var tape = JSONTape(text: text, origin: origin, firstLine: firstLine)
        let most = mostEntries(of: text, lines)
        // An array that cannot be made ends the process.
        guard let probe = malloc(16 * most) else {
            throw JSONError(
                origin: origin, position: (firstLine, 1),
                message: "reading this takes \((16 * most) >> 20) MiB of memory, more than there is; cut the file")
        }
        free(probe)
        let failure = text.withUnsafeBufferPointer { buffer -> JSONParser.Failure? in
            var parser = JSONParser(bytes: buffer)
            parser.words.reserveCapacity(2 * most)
            do throws(JSONParser.Failure) { try parser.document(lines) } catch { return error }
            tape.words = parser.words
            tape.unescaped = parser.unescaped
            tape.loneSurrogates = parser.loneSurrogates
            return nil
        }
        if let failure {
            let place = place(of: failure.offset, in: text)
            throw JSONError(
                origin: origin, position: (firstLine - 1 + place.line, place.column), message: failure.message)
        }
        return tape
    }

    /// No text of these bytes has more entries: a comma or an opening bracket before each value, a colon behind each
    /// key; and of lines one each.
    private static func mostEntries(of text: [UInt8], _ lines: Lines) -> Int {
        var isMark = [UInt8](repeating: 0, count: 256)
        for mark in [UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{")] {
            isMark[Int(mark)] = 1
        }
        if lines != .never { isMark[0x0A] = 1 }
        return isMark.withUnsafeBufferPointer { isMark in
            text.withUnsafeBufferPointer { text in
                var count = 2
                for byte in text { count += Int(isMark[Int(byte)]) }
                return count
            }
        }
    }

    /// The value of the whole text.
    package func tree() -> JSON {
        withEntries { entries in
            var next = 0
            return JSONTape.tree(entries, &next)
        }
    }

    /// The value of an entry; `next` is then the entry behind it.
    private static func tree(_ entries: Entries, _ next: inout Int) -> JSON {
        let entry = next
        next += 1
        switch entries.kind(entry) {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return .integer(entries.integer(entry))
        case .number, .wideInteger: return .number(entries.double(entry))
        case .string, .escapedString: return .string(entries.string(entry))
        case .array:
            let count = entries.itemCount(entry)
            var items: [JSON] = []
            items.reserveCapacity(count)
            for _ in 0..<count { items.append(tree(entries, &next)) }
            return .array(items)
        case .object:
            var members = NamedValues<JSON>()
            for _ in 0..<entries.itemCount(entry) {
                let key = entries.string(next)
                next += 1
                members[key] = tree(entries, &next)
            }
            return .object(members)
        }
    }
}
