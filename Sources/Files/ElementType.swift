// The number formats of checkpoint files, and their conversion to and from float32.

/// How a tensor's numbers are stored. The raw value is the format's name in a safetensors header.
public enum ElementType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// The name in a Hugging Face configuration (`dtype`), for the formats that models are saved in.
    public var configurationName: String? {
        switch self {
        case .float64: "float64"
        case .float32: "float32"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        default: nil
        }
    }

    /// The format of that name in a Hugging Face configuration: `float32`, `float16`, `bfloat16`, `float64`.
    public init?(configurationName: String) {
        guard let match = ElementType.allCases.first(where: { $0.configurationName == configurationName }) else {
            return nil
        }
        self = match
    }

    /// Converts little-endian elements to float32: exactly from the 8- and 16-bit formats and from whole numbers that
    /// float32 holds, rounded to nearest from float64.
    /// - Returns: the index of the first element that float32 cannot hold: a whole number that it would change, a
    ///   float64 beyond its range.
    func decode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) -> Int? {
        let count = min(target.count, bytes.count / size)
        func copy<T>(_ type: T.Type, _ convert: (T) -> Float) {
            for i in 0..<count {
                target[i] = convert(bytes.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: type))
            }
        }
        func copyWhole<T: FixedWidthInteger>(_ type: T.Type) -> Int? {
            let exact: T = 1 << 24
            var misfit: Int?
            for i in 0..<count {
                let number = T(littleEndian: bytes.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: type))
                let float = Float(number)
                target[i] = float
                // Beyond 2^24 only every second, fourth, … whole number is a float32.
                if number > exact || T.isSigned && number < 0 &- exact, misfit == nil, T(exactly: float) != number {
                    misfit = i
                }
            }
            return misfit
        }
        switch self {
        case .float64:
            var misfit: Int?
            for i in 0..<count {
                let number = bytes.loadUnaligned(fromByteOffset: i &* 8, as: Double.self)
                target[i] = Float(number)
                if target[i].isInfinite, number.isFinite, misfit == nil { misfit = i }
            }
            return misfit
        case .float32: copy(Float.self) { $0 }
        case .float16: copy(UInt16.self) { ElementType.float(half: $0) }
        case .bfloat16: copy(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: return copyWhole(Int64.self)
        case .int32: return copyWhole(Int32.self)
        case .int16: copy(Int16.self) { Float($0) }
        case .int8: copy(Int8.self) { Float($0) }
        case .uint64: return copyWhole(UInt64.self)
        case .uint32: return copyWhole(UInt32.self)
        case .uint16: copy(UInt16.self) { Float($0) }
        case .uint8: copy(UInt8.self) { Float($0) }
        case .bool: copy(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
        return nil
    }

    /// One element as it is written in a message.
    func text(_ bytes: UnsafeRawBufferPointer, at index: Int) -> String {
        func load<T>(_ type: T.Type) -> T { bytes.loadUnaligned(fromByteOffset: index * size, as: type) }
        return switch self {
        case .float64: "\(load(Double.self))"
        case .int64: "\(load(Int64.self))"
        case .uint64: "\(load(UInt64.self))"
        case .int32: "\(load(Int32.self))"
        case .uint32: "\(load(UInt32.self))"
        default: "a number"
        }
    }

    /// One element as a double, for the formats that float32 may not hold; nil where a double would change it.
    func double(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Double? {
        func load<T>(_ type: T.Type) -> T { bytes.loadUnaligned(fromByteOffset: index * size, as: type) }
        return switch self {
        case .float64: load(Double.self)
        case .int64: Double(exactly: load(Int64.self))
        case .uint64: Double(exactly: load(UInt64.self))
        case .int32: Double(load(Int32.self))
        case .uint32: Double(load(UInt32.self))
        default: nil
        }
    }

    /// Converts float32 to 16-bit elements, rounding to nearest, ties to even.
    /// - Returns: the index of the first finite number that the format cannot hold, or nil.
    package func encode(_ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<UInt16>) -> Int? {
        for i in source.indices {
            if self == .float16 {
                let half = Float16(source[i])
                if half.isInfinite && source[i].isFinite { return i }
                target[i] = half.bitPattern
            } else {
                let bits = source[i].bitPattern
                let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
                if source[i].isFinite && rounded & 0x7F80 == 0x7F80 { return i }
                // A NaN must not round up to an infinity or to zero.
                target[i] = UInt16(truncatingIfNeeded: source[i].isNaN ? bits >> 16 | 0x40 : rounded)
            }
        }
        return nil
    }

    /// The float32 of half-precision bits, without branches, so that loops vectorise: the exponent's bias is
    /// corrected by a multiplication, which also normalises subnormal numbers.
    static func float(half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7FFF) << 13
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
        return Float(bitPattern: scaled | special | UInt32(half & 0x8000) << 16)
    }
}
