// Strings of the language: sequences of Unicode scalars, compared, found and cut by them alone.

import Foundation

/// A string as a value's payload: one reference to a text in UTF-8.
///
/// Two strings are equal where their scalars are; nothing here looks at canonical equivalence or at graphemes. A string
/// that nobody else holds grows in place. Reaching a scalar by its number takes no longer in a long string than in a
/// short one: text in ASCII is reached directly, other text through marks at every sixteenth scalar, made when first
/// needed.
public struct Text: ExpressibleByStringLiteral, CustomStringConvertible {
    private final class Storage {
        // Nothing reaches a text while it changes. Looking for that at each access, as Swift does in classes, took a
        // tenth of the time of `s = s + x`.
        @exclusivity(unchecked) var string: String
        /// Number of scalars, or -1 while nobody has asked.
        @exclusivity(unchecked) var count: Int
        /// See ``Text/isTracked``.
        @exclusivity(unchecked) var isTracked: Bool
        /// Where every sixteenth scalar begins, as far as the string went when it was last asked.
        var marks: [UInt32] = []

        init(_ string: String, count: Int = -1, isTracked: Bool = false) {
            self.string = string
            self.count = count
            self.isTracked = isTracked
        }
    }

    private var storage: Storage

    /// Bytes of the longest string that operators make.
    static let most = 1_000_000_000
    private static let markShift = 4

    public init(_ string: String) {
        if string.utf8.count == 1, let byte = string.utf8.first {
            self = Text.ascii[Int(byte)]
            return
        }
        var string = string
        string.makeContiguousUTF8()
        storage = Storage(string)
    }

    public init(stringLiteral value: String) { self.init(value) }

    private init(_ string: String, count: Int) { storage = Storage(string, count: count) }

    /// Text of bytes that are UTF-8 already, such as a part of another text.
    public init(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        // Strings of one scalar are made by the million when a text is taken apart.
        if bytes.count == 1, bytes[0] < 0x80 {
            self = Text.ascii[Int(bytes[0])]
        } else {
            storage = Storage(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Text written byte by byte into memory of that size; `body` gives how many bytes it wrote, which must be UTF-8.
    public init(capacity: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Int) rethrows {
        storage = Storage(try String(unsafeUninitializedCapacity: capacity, initializingUTF8With: body))
    }

    /// The strings of one ASCII character. They are never changed: this table holds each of them too.
    private nonisolated(unsafe) static let ascii: UnsafeMutablePointer<Text> = {
        let table = UnsafeMutablePointer<Text>.allocate(capacity: 128)
        for byte in 0..<128 {
            (table + byte).initialize(to: Text(String(Unicode.Scalar(UInt8(byte))), count: 1))
        }
        return table
    }()

    /// The characters.
    public var string: String { storage.string }
    public var description: String { storage.string }
    public var isEmpty: Bool { storage.string.isEmpty }
    public var utf8Count: Int { storage.string.utf8.count }

    /// Number of scalars.
    public var count: Int {
        if storage.count < 0 { storage.count = withBytes(countScalars) }
        return storage.count
    }

    /// Whether it was written of a number that a derivative follows: what is read or counted of it would lose that
    /// derivative. Its parts, and what they are put into, are so too.
    public var isTracked: Bool { storage.isTracked }

    /// The same characters, written of a number that a derivative follows or not.
    public func tracked(_ flag: Bool = true) -> Text {
        guard flag != storage.isTracked else { return self }
        var text = self
        text.storage = Storage(storage.string, count: storage.count, isTracked: flag)
        return text
    }

    /// A part of this text.
    @inline(__always)
    func part(_ text: Text) -> Text { storage.isTracked ? text.tracked() : text }

    /// Whether every scalar is one byte.
    public var isASCII: Bool { count == utf8Count }

    /// The text's UTF-8.
    public func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
        // In place, without counting references: a text whose UTF-8 lies together is not changed by that.
        try storage.string.withUTF8(body)
    }

    /// Adds a text at the end: in place where nobody else holds this one.
    public mutating func append(_ other: Text) {
        if isKnownUniquelyReferenced(&storage) {
            if storage.count >= 0 { storage.count += other.count }
            storage.string += other.storage.string
            if other.storage.isTracked { storage.isTracked = true }
        } else {
            var string = ""
            string.reserveCapacity(utf8Count + other.utf8Count)
            string += storage.string
            string += other.storage.string
            storage = Storage(string, isTracked: storage.isTracked || other.storage.isTracked)
        }
    }

    // MARK: Parts

    /// The byte at which a scalar begins; `count` gives the end.
    func offset(ofScalar position: Int) -> Int {
        if isASCII { return position }
        if position >= count { return utf8Count }
        return withBytes { bytes in
            var offset = 0, rest = position
            if position >= 1 << Self.markShift {
                extendMarks(bytes)
                offset = Int(storage.marks[position >> Self.markShift])
                rest = position & (1 << Self.markShift - 1)
            }
            while rest > 0 {
                offset += scalarLength(bytes[offset])
                rest -= 1
            }
            return offset
        }
    }

    private func extendMarks(_ bytes: UnsafeBufferPointer<UInt8>) {
        let needed = (count - 1) >> Self.markShift + 1
        guard storage.marks.count < needed else { return }
        var marks = storage.marks
        marks.reserveCapacity(needed)
        if marks.isEmpty { marks.append(0) }
        var offset = Int(marks[marks.count - 1])
        while marks.count < needed {
            for _ in 0..<(1 << Self.markShift) { offset += scalarLength(bytes[offset]) }
            marks.append(UInt32(truncatingIfNeeded: offset))
        }
        storage.marks = marks
    }

    /// How many scalars stand before a byte.
    func scalars(before offset: Int) -> Int {
        isASCII ? offset : withBytes { countScalars(UnsafeBufferPointer(rebasing: $0[..<offset])) }
    }

    /// The scalar at a position from 0, as a text.
    public subscript(position: Int) -> Text {
        let start = offset(ofScalar: position)
        return withBytes { bytes in
            part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[start..<(start + scalarLength(bytes[start]))])))
        }
    }

    /// `count` scalars from `first` on, every `step`-th of them, also backwards.
    func slice(from first: Int, count: Int, step: Int, poll: (Int) throws -> Void) rethrows -> Text {
        part(try untracked(from: first, count: count, step: step, poll: poll))
    }

    private func untracked(from first: Int, count: Int, step: Int, poll: (Int) throws -> Void) rethrows -> Text {
        if count == 0 { return "" }
        if step == 1 {
            if count == self.count { return self }
            let start = offset(ofScalar: first), end = offset(ofScalar: first + count)
            return withBytes { Text(utf8: UnsafeBufferPointer(rebasing: $0[start..<end])) }
        }
        if isASCII {
            return try withBytes { bytes in
                try Text(capacity: count) { target in
                    for index in 0..<count {
                        try poll(index)
                        target[index] = bytes[first + index * step]
                    }
                    return count
                }
            }
        }
        return try withBytes { bytes in
            // A scalar takes four bytes at most, and all of them no more than the text, however often one looks.
            try Text(capacity: min(4 * count, bytes.count)) { target in
                var written = 0, offset = offset(ofScalar: first)
                for index in 0..<count {
                    try poll(index)
                    if index > 0 {
                        if step == -1 {
                            repeat { offset -= 1 } while bytes[offset] & 0xC0 == 0x80
                        } else {
                            offset = self.offset(ofScalar: first + index * step)
                        }
                    }
                    for byte in bytes[offset..<(offset + scalarLength(bytes[offset]))] {
                        target[written] = byte
                        written += 1
                    }
                }
                return written
            }
        }
    }

    /// The scalars in the opposite order.
    public func reversed(poll: (Int) throws -> Void) rethrows -> Text {
        try slice(from: count - 1, count: count, step: -1, poll: poll)
    }

    /// The text without what follows its first so many scalars: all of it where it is no longer.
    public func prefix(_ length: Int) -> Text {
        utf8Count <= length ? self : slice(from: 0, count: min(length, count), step: 1) { _ in }
    }
}

extension Text {
    /// A text seen where it stands in memory, without counting references, which took most of the time of reading many
    /// short texts. Whoever looks keeps the text alive and unchanged meanwhile.
    struct Borrowed {
        private let storage: Unmanaged<Storage>

        @inline(__always)
        init(_ place: UnsafePointer<Text>) {
            storage = UnsafeRawPointer(place).assumingMemoryBound(to: Unmanaged<Storage>.self).pointee
        }

        var utf8Count: Int { storage._withUnsafeGuaranteedRef { $0.string.utf8.count } }
        var isTracked: Bool { storage._withUnsafeGuaranteedRef { $0.isTracked } }

        @inline(__always)
        func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
            try storage._withUnsafeGuaranteedRef { try $0.string.withUTF8(body) }
        }

        /// The scalar at a position from 0 of a text of which every scalar is one byte; nil for any other.
        @inline(__always)
        func asciiScalar(at position: Int) -> Text? {
            let byte: UInt8? = storage._withUnsafeGuaranteedRef { storage in
                guard !storage.isTracked else { return nil }
                return storage.string.withUTF8 { $0.count == storage.count ? $0[position] : nil }
            }
            return byte.map { Text.ascii[Int($0)] }
        }

        /// Sets the field of this name to a number, where the record has it and nobody else holds the record.
        @inline(__always)
        func setNumber(in record: inout Record, to x: Double) -> Bool {
            storage._withUnsafeGuaranteedRef { !$0.isTracked && record.replace($0.string, by: x) }
        }

        /// Less than, equal to or greater than 0, as the first byte that differs says.
        @inline(__always)
        func compare(_ other: Borrowed) -> Int { withBytes { a in other.withBytes { compareBytes(a, $0) } } }

        @inline(__always)
        static func == (a: Borrowed, b: Borrowed) -> Bool {
            a.storage.toOpaque() == b.storage.toOpaque()
                || a.storage._withUnsafeGuaranteedRef { a in
                    b.storage._withUnsafeGuaranteedRef { a.string.hasSameScalars(as: $0.string) }
                }
        }
    }
}

extension Text: Hashable, Comparable {
    public static func == (a: Text, b: Text) -> Bool {
        a.storage === b.storage || a.storage.string.hasSameScalars(as: b.storage.string)
    }

    /// The order of the code points.
    public static func < (a: Text, b: Text) -> Bool { a.compare(b) < 0 }

    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Less than, equal to or greater than 0, as the first byte that differs says.
    private func compare(_ other: Text) -> Int { withBytes { a in other.withBytes { compareBytes(a, $0) } } }
}

/// Less than, equal to or greater than 0, as the first byte that differs says.
@inline(__always)
private func compareBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    let shared = min(a.count, b.count)
    guard shared > 0, let first = a.baseAddress, let second = b.baseAddress else { return a.count - b.count }
    let order = memcmp(first, second, shared)
    return order == 0 ? a.count - b.count : Int(order)
}

/// Bytes of the scalar that begins with this byte.
@inline(__always)
func scalarLength(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

/// Number of scalars in UTF-8: of the bytes that do not go on one.
private func countScalars(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    for byte in bytes { count &+= byte & 0xC0 == 0x80 ? 0 : 1 }
    return count
}

extension String {
    /// Whether another text has the same Unicode scalars, which `==` does not ask.
    @inline(__always)
    public func hasSameScalars(as other: String) -> Bool {
        isSameObject(as: other) || !(isShort && other.isShort) && hasSameBytes(as: other)
    }

    /// Whether the text is its own two words, as up to fifteen bytes are: two of these are equal only where the words
    /// are. Looked up once how the standard library marks them; where it does not so, none counts as short.
    @inline(__always)
    private var isShort: Bool { unsafeBitCast(self, to: (UInt64, UInt64).self).1 & String.shortMark != 0 }
    private static let shortMark: UInt64 = {
        func isMarked(_ text: String) -> Bool { unsafeBitCast(text, to: (UInt64, UInt64).self).1 & 1 << 61 != 0 }
        func isInWords(_ text: String) -> Bool {
            withUnsafeBytes(of: text) { words in text.utf8.elementsEqual(words.prefix(text.utf8.count)) }
        }
        let short = ["", "a", "é", "0123456789", "fifteen letters"], long = String(repeating: "a", count: 16)
        let isSo = short.allSatisfy { isMarked($0) && isInWords($0) } && !isMarked(long) && !isMarked(long + "é")
        return isSo ? 1 << 61 : 0
    }()

    /// Whether another text is the same in memory, as the names in a program and in its records mostly are: a short
    /// text is its own two words, a longer one a reference. A field is reached twice as fast as by comparing bytes.
    @inline(__always)
    func isSameObject(as other: String) -> Bool {
        unsafeBitCast(self, to: (UInt64, UInt64).self) == unsafeBitCast(other, to: (UInt64, UInt64).self)
    }

    @inline(never)
    private func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        var a = self, b = other
        return a.withUTF8 { a in
            b.withUTF8 { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return true }
                return memcmp(first, second, a.count) == 0
            }
        }
    }
}

/// A string between double quotes with its special characters escaped. With `doublesBraces` the language reads the same
/// string back; without, braces stay as they are, for the eye.
public func quoted(_ text: String, doublesBraces: Bool = false) -> String {
    // Most strings have nothing to escape; their bytes say so quickly.
    let isPlain = text.utf8.allSatisfy {
        switch $0 {
        case 0x00..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): false
        case UInt8(ascii: "{"), UInt8(ascii: "}"): !doublesBraces
        default: true
        }
    }
    if isPlain { return visible("\"\(text)\"") }
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "{" where doublesBraces: result += "{{"
        case "}" where doublesBraces: result += "}}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return visible(result + "\"")
}
