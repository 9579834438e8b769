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

    /// Converts little-endian elements to float32: exactly from the 16- and 8-bit formats, rounded to nearest from
    /// the wider ones.
    package func decode(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
        func copy<T>(_ type: T.Type, _ convert: (T) -> Float) {
            for i in 0..<min(target.count, bytes.count / size) {
                target[i] = convert(bytes.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: type))
            }
        }
        switch self {
        case .float64: copy(Double.self) { Float($0) }
        case .float32: copy(Float.self) { $0 }
        case .float16: copy(UInt16.self) { ElementType.float(half: $0) }
        case .bfloat16: copy(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: copy(Int64.self) { Float($0) }
        case .int32: copy(Int32.self) { Float($0) }
        case .int16: copy(Int16.self) { Float($0) }
        case .int8: copy(Int8.self) { Float($0) }
        case .uint64: copy(UInt64.self) { Float($0) }
        case .uint32: copy(UInt32.self) { Float($0) }
        case .uint16: copy(UInt16.self) { Float($0) }
        case .uint8: copy(UInt8.self) { Float($0) }
        case .bool: copy(UInt8.self) { $0 == 0 ? 0 : 1 }
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
    private static func float(half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7FFF) << 13
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
        return Float(bitPattern: scaled | special | UInt32(half & 0x8000) << 16)
    }
}
