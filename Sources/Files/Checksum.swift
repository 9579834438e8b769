// A checksum that is the same in every process and on every machine: it finds damage, and tells data sets apart.

/// 64 bits of the bytes put in, by multiplication and rotation. Not for secrets: who wants two texts with one sum finds them.
public struct Checksum: Sendable {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    public init() {}

    /// The sum of texts, their boundaries included.
    public init(of texts: some Sequence<String>) {
        for text in texts {
            var text = text
            text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
        }
    }

    /// The sum of numbers as they lie in memory.
    public init(of numbers: [Int32]) { numbers.withUnsafeBytes { add($0) } }

    /// Adds bytes, and how many they are.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian)
            position += 8
        }
        var rest: UInt64 = 0
        while position < bytes.count {
            rest = rest << 8 | UInt64(bytes[position])
            position += 1
        }
        mix(rest)
        mix(UInt64(bytes.count))
    }

    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
        value = value << 29 | value >> 35
    }
}
