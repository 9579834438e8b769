// What a GGUF file says beside its tensors: numbers, texts, and arrays of them.

/// The kinds of values, by their numbers in a file.
public enum GGUFKind: UInt32, Sendable, CaseIterable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of a value whose size does not vary.
    var size: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }

    /// The fewest bytes a value takes in a file: a length for a text, a kind and a length for an array.
    var least: Int { size ?? (self == .string ? 8 : 12) }
}

/// One value of a file's metadata.
public enum GGUFValue: Sendable, Equatable {
    case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
    case uint64(UInt64), int64(Int64), float32(Float), float64(Double)
    case bool(Bool)
    case string(String)
    case array(GGUFArray)

    public var kind: GGUFKind {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .uint64: .uint64
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .bool: .bool
        case .string: .string
        case .array: .array
        }
    }

    /// A whole number that a machine word holds.
    public var integer: Int? {
        switch self {
        case .uint8(let x): Int(x)
        case .int8(let x): Int(x)
        case .uint16(let x): Int(x)
        case .int16(let x): Int(x)
        case .uint32(let x): Int(x)
        case .int32(let x): Int(x)
        case .uint64(let x): Int(exactly: x)
        case .int64(let x): Int(x)
        default: nil
        }
    }

    /// Any number; whole numbers beyond 2⁵³ rounded.
    public var number: Double? {
        switch self {
        case .float32(let x): Double(x)
        case .float64(let x): x
        case .uint64(let x): Double(x)
        default: integer.map { Double($0) }
        }
    }

    public var bool: Bool? { if case .bool(let x) = self { x } else { nil } }
    public var string: String? { if case .string(let x) = self { x } else { nil } }
    public var array: GGUFArray? { if case .array(let x) = self { x } else { nil } }

    /// In a message: "the number 3", "a text".
    public var phrase: String {
        switch self {
        case .bool(let x): "\(x)"
        case .string(let text): "the text \"\(text.prefix(40))\(text.count > 40 ? "…" : "")\""
        case .array(let array): "an array of \(array.count) values"
        case .float32(let x): "the number \(x)"
        case .float64(let x): "the number \(x)"
        case .uint64(let x): "the number \(x)"
        default: "the number \(integer ?? 0)"
        }
    }
}

/// Values of one kind, kept as tightly as the file has them.
public struct GGUFArray: Sendable, Equatable {
    /// What its elements are.
    public let kind: GGUFKind
    private let storage: Storage

    private enum Storage: Sendable, Equatable {
        case numbers([UInt8])
        case strings([String])
        case arrays([GGUFArray])
    }

    /// Numbers or truth values as little-endian bytes.
    init(_ kind: GGUFKind, bytes: [UInt8]) { (self.kind, storage) = (kind, .numbers(bytes)) }

    public init(_ strings: [String]) { (kind, storage) = (.string, .strings(strings)) }

    public init(_ arrays: [GGUFArray]) { (kind, storage) = (.array, .arrays(arrays)) }

    public init(_ numbers: [Int32]) { self.init(.int32, bytes: Self.bytes(numbers)) }

    public init(_ numbers: [Float]) { self.init(.float32, bytes: Self.bytes(numbers)) }

    private static func bytes<T>(_ numbers: [T]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    public var count: Int {
        switch storage {
        case .numbers(let bytes): bytes.count / max(1, kind.size ?? 1)
        case .strings(let texts): texts.count
        case .arrays(let arrays): arrays.count
        }
    }

    /// An element; the index is one of ``count``.
    public subscript(index: Int) -> GGUFValue {
        switch storage {
        case .strings(let texts): return .string(texts[index])
        case .arrays(let arrays): return .array(arrays[index])
        case .numbers(let bytes):
            let size = kind.size ?? 1
            return bytes[(index * size)..<((index + 1) * size)].withUnsafeBytes { GGUFValue(kind, $0) }
        }
    }

    /// Its elements, if they are texts.
    public var strings: [String]? { if case .strings(let texts) = storage { texts } else { nil } }

    /// Its elements, if they are whole numbers.
    public var integers: [Int]? {
        guard case .numbers = storage else { return nil }
        let values = (0..<count).compactMap { self[$0].integer }
        return values.count == count ? values : nil
    }

    /// Its elements, if they are numbers.
    public var numbers: [Double]? {
        guard case .numbers = storage else { return nil }
        let values = (0..<count).compactMap { self[$0].number }
        return values.count == count ? values : nil
    }

    /// Appends the elements as a file has them.
    func write(to bytes: inout [UInt8]) {
        switch storage {
        case .numbers(let own): bytes += own
        case .strings(let texts): for text in texts { bytes.append(length: text) }
        case .arrays(let arrays):
            for array in arrays {
                bytes.append(integer: array.kind.rawValue)
                bytes.append(integer: UInt64(array.count))
                array.write(to: &bytes)
            }
        }
    }
}

extension GGUFValue {
    /// A value of a kind that has a size, from as many little-endian bytes.
    init(_ kind: GGUFKind, _ bytes: UnsafeRawBufferPointer) {
        func load<T: FixedWidthInteger>(_ type: T.Type) -> T { T(littleEndian: bytes.loadUnaligned(as: type)) }
        switch kind {
        case .uint8: self = .uint8(load(UInt8.self))
        case .int8: self = .int8(load(Int8.self))
        case .uint16: self = .uint16(load(UInt16.self))
        case .int16: self = .int16(load(Int16.self))
        case .uint32: self = .uint32(load(UInt32.self))
        case .int32: self = .int32(load(Int32.self))
        case .uint64: self = .uint64(load(UInt64.self))
        case .int64: self = .int64(load(Int64.self))
        case .float32: self = .float32(Float(bitPattern: load(UInt32.self)))
        case .float64: self = .float64(Double(bitPattern: load(UInt64.self)))
        case .bool, .string, .array: self = .bool(load(UInt8.self) != 0)
        }
    }

    /// Appends the value, without its kind, as a file has it.
    func write(to bytes: inout [UInt8]) {
        switch self {
        case .uint8(let x): bytes.append(x)
        case .int8(let x): bytes.append(UInt8(bitPattern: x))
        case .uint16(let x): bytes.append(integer: x)
        case .int16(let x): bytes.append(integer: x)
        case .uint32(let x): bytes.append(integer: x)
        case .int32(let x): bytes.append(integer: x)
        case .uint64(let x): bytes.append(integer: x)
        case .int64(let x): bytes.append(integer: x)
        case .float32(let x): bytes.append(integer: x.bitPattern)
        case .float64(let x): bytes.append(integer: x.bitPattern)
        case .bool(let x): bytes.append(x ? 1 : 0)
        case .string(let text): bytes.append(length: text)
        case .array(let array):
            bytes.append(integer: array.kind.rawValue)
            bytes.append(integer: UInt64(array.count))
            array.write(to: &bytes)
        }
    }
}

extension [UInt8] {
    /// Appends a number, its lowest byte first.
    mutating func append<T: FixedWidthInteger>(integer: T) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a text behind its length in bytes.
    mutating func append(length text: String) {
        append(integer: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
