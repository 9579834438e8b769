// Reads the header of a GGUF file piece by piece, believing no length that the file is too short for.

/// A place in a file that moves on with what is read.
struct GGUFCursor {
    let file: OpenFile
    /// Of the next byte.
    private(set) var offset = 0
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    /// Arrays within arrays, at most.
    private static let depth = 8

    init(_ file: OpenFile) { self.file = file }

    /// Bytes that follow.
    var rest: Int { file.size - offset }

    func truncated(_ what: String) -> FileError {
        wrong("the file is truncated, or damaged: it ends within \(what)")
    }

    func wrong(_ message: String) -> FileError {
        FileError(path: file.path, message: message + "; download or copy it again")
    }

    /// Calls `body` with the next `count` bytes.
    private mutating func next<Result>(
        _ count: Int, _ what: @autoclosure () -> String, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(FileError) -> Result {
        guard count <= rest else { throw truncated(what()) }
        let end = bufferStart + buffer.count
        if offset < bufferStart || offset + count > end {
            buffer = try file.bytes(min(rest, max(count, 1 << 16)), at: offset)
            bufferStart = offset
        }
        let start = offset - bufferStart
        offset += count
        return buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
    }

    mutating func integer<T: FixedWidthInteger>(
        _ type: T.Type, _ what: @autoclosure () -> String
    ) throws(FileError) -> T {
        try next(MemoryLayout<T>.size, what()) { T(littleEndian: $0.loadUnaligned(as: T.self)) }
    }

    /// A length or a count of things that take at least `size` bytes each.
    mutating func count(of size: Int, _ what: @autoclosure () -> String) throws(FileError) -> Int {
        let count = try integer(UInt64.self, what())
        guard let length = Int(exactly: count), length <= rest / size else {
            throw wrong("the file is truncated, or damaged: \(what()) claims a length of \(count)")
        }
        return length
    }

    mutating func string(_ what: @autoclosure () -> String) throws(FileError) -> String {
        let length = try count(of: 1, what())
        guard let text = try next(length, what(), { String(validating: $0, as: UTF8.self) }) else {
            throw wrong("the file is damaged: \(what()) is not UTF-8")
        }
        return text
    }

    mutating func kind(_ what: @autoclosure () -> String) throws(FileError) -> GGUFKind {
        let code = try integer(UInt32.self, what())
        guard let kind = GGUFKind(rawValue: code) else {
            throw wrong("the file is damaged: \(what()) is a value of the kind \(code), which does not exist")
        }
        return kind
    }

    mutating func value(_ kind: GGUFKind, _ what: @autoclosure () -> String) throws(FileError) -> GGUFValue {
        switch kind {
        case .string: return .string(try string(what()))
        case .array: return .array(try array(what(), depth: 1))
        default: return try next(kind.size ?? 1, what()) { GGUFValue(kind, $0) }
        }
    }

    private mutating func array(_ what: @autoclosure () -> String, depth: Int) throws(FileError) -> GGUFArray {
        guard depth <= Self.depth else {
            throw wrong("\(what()) holds arrays in arrays, more than \(Self.depth) deep")
        }
        let kind = try kind(what()), count = try count(of: kind.least, what())
        switch kind {
        case .string:
            var texts: [String] = []
            texts.reserveCapacity(count)
            for _ in 0..<count { texts.append(try string(what())) }
            return GGUFArray(texts)
        case .array:
            var arrays: [GGUFArray] = []
            for _ in 0..<count { arrays.append(try array(what(), depth: depth + 1)) }
            return GGUFArray(arrays)
        default:
            return GGUFArray(kind, bytes: try next(count * (kind.size ?? 1), what()) { Array($0) })
        }
    }
}
