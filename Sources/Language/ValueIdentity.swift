// What identifies a value: its contents, by a canonical encoding that a hash takes in.

/// A hash over bytes that come bit by bit.
public protocol IdentityHash {
    mutating func add(_ bytes: UnsafeRawBufferPointer)
    /// 128 bits of what has been added so far.
    var words: (UInt64, UInt64) { get }
}

/// Identifies values by what they are made of: numbers, texts, the code of functions with what they have captured.
///
/// Two values are identified alike if and only if their contents are, however they came about and whatever they share.
/// What one value holds several times is gone through once. Names that functions read at top level are not part of the
/// function; see ``Interpreter/environment(of:)``.
public final class ValueIdentifier {
    public typealias Words = (UInt64, UInt64)
    private let makeHash: () -> any IdentityHash
    private let poll: () throws -> Void
    /// Objects gone through, kept alive so that no other gets their identity.
    private var known: [ObjectIdentifier: (object: AnyObject, words: Words)] = [:]

    /// - Parameter poll: is called now and then, and may throw to stop.
    public init(_ makeHash: @escaping () -> any IdentityHash, poll: @escaping () throws -> Void = {}) {
        self.makeHash = makeHash
        self.poll = poll
    }

    /// What identifies the parts that `body` adds.
    public func identity(_ body: (inout IdentityParts) throws -> Void) throws -> Words {
        var parts = IdentityParts(makeHash(), self)
        try body(&parts)
        return parts.words
    }

    /// What identifies an object by its parts; it is gone through once.
    fileprivate func identity(of object: AnyObject, _ body: (inout IdentityParts) throws -> Void) throws -> Words {
        if let known = known[ObjectIdentifier(object)] { return known.words }
        try poll()
        let words = try identity(body)
        known[ObjectIdentifier(object)] = (object, words)
        return words
    }
}

/// What identifies a value, part by part. Every part is told from its neighbours and from parts of other kinds.
public struct IdentityParts {
    private enum Tag: UInt8 {
        case nothing, no, yes, number, integer, text, bytes, object, list, range, record, builtin, function, foreign,
            absent, unique
    }

    /// Longer ranges are told by start, step and count.
    private static let longestWrittenRange = 100_000

    private var hash: any IdentityHash
    private let identifier: ValueIdentifier
    /// Bytes that the hash has not seen yet.
    private var buffer: [UInt8] = []

    fileprivate init(_ hash: any IdentityHash, _ identifier: ValueIdentifier) {
        self.hash = hash
        self.identifier = identifier
    }

    fileprivate var words: ValueIdentifier.Words {
        mutating get {
            flush()
            return hash.words
        }
    }

    private mutating func flush() {
        buffer.withUnsafeBytes { hash.add($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ tag: Tag) {
        if buffer.count > 4000 { flush() }
        buffer.append(tag.rawValue)
    }

    private mutating func write(_ word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { buffer.append(contentsOf: $0) }
    }

    private mutating func write(_ tag: Tag, _ word: UInt64) {
        write(tag)
        write(word)
    }

    public mutating func add(_ x: Double) { write(.number, x.bitPattern) }
    public mutating func add(_ integer: Int) { write(.integer, UInt64(bitPattern: Int64(integer))) }
    public mutating func add(_ flag: Bool) { write(flag ? .yes : .no) }

    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            write(.text, UInt64(bytes.count))
            add(raw: UnsafeRawBufferPointer(bytes))
        }
    }

    /// A text that may be missing.
    public mutating func add(_ text: String?) {
        if let text { add(text) } else { write(.absent) }
    }

    /// Memory as it lies.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        write(.bytes, UInt64(bytes.count))
        add(raw: bytes)
    }

    private mutating func add(raw bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 1000 else { return buffer.append(contentsOf: bytes) }
        flush()
        hash.add(bytes)
    }

    /// An object that several values may hold: its parts, gone through once.
    public mutating func add(object: AnyObject, _ body: (inout IdentityParts) throws -> Void) throws {
        let words = try identifier.identity(of: object, body)
        write(.object, words.0)
        write(words.1)
    }

    /// Makes the value the same as no other, whatever else is added.
    public mutating func addNothingElseIsEqual() {
        var generator = SystemRandomNumberGenerator()
        write(.unique, generator.next())
        write(generator.next())
    }

    public mutating func add(_ value: Value) throws {
        switch value {
        case .nothing: write(.nothing)
        case .bool(let flag): add(flag)
        case .number(let x): add(x)
        case .string(let text): add(text.string)
        case .list(let list):
            if let range = list.storage.progression, range.count > Self.longestWrittenRange {
                write(.range)
                add(range.start)
                add(range.step)
                return add(range.count)
            }
            try add(object: list.storage) { parts in
                parts.write(.list, UInt64(list.count))
                for item in list { try parts.add(item) }
            }
        case .record(let record):
            try add(object: record.storage) { parts in
                parts.write(.record, UInt64(record.count))
                for (name, value) in record.fields {
                    parts.add(name)
                    try parts.add(value)
                }
            }
        case .function(let function): try add(object: function) { try $0.add(function) }
        case .foreign(let foreign):
            try add(object: foreign) { parts in
                parts.write(.foreign)
                parts.add(foreign.kind)
                try foreign.identify(in: &parts)
            }
        }
    }

    /// A built-in by its name and what its options come to; a user's function by its code, however it
    /// is laid out, and what it has captured.
    private mutating func add(_ function: Function) throws {
        if let builtin = function.builtin {
            write(.builtin)
            add(builtin.name)
            for parameter in builtin.parameters { try add(optional: function.option(parameter.name)) }
            return
        }
        guard let parts = function.parts else { return addNothingElseIsEqual() }
        write(.function)
        add(canonicalLine(parts.source.text(parts.span)))
        for values in [parts.captures, parts.defaults, function.parameters.map { function.option($0.name) }] {
            write(UInt64(values.count))
            for value in values { try add(optional: value) }
        }
    }

    private mutating func add(optional value: Value?) throws {
        guard let value else { return write(.absent) }
        try add(value)
    }
}
