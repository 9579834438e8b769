// XXH64, a checksum that is the same in every process and on every machine: it finds damage, and tells data sets apart.

/// XXH64 (Yann Collet, https://github.com/Cyan4973/xxHash), taken in parts of any size.
///
/// Not for secrets, and no proof of honesty: who wants two texts with one sum finds them.
public struct Checksum: Sendable {
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    private let seed: UInt64
    /// Bytes taken in.
    private var length = 0
    /// The last bytes, fewer than a stripe.
    private var rest: [UInt8] = []

    /// Bytes that are taken in together.
    private static let stripe = 32
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    public init(seed: UInt64 = 0) {
        self.seed = seed
        lanes = (seed &+ Self.prime1 &+ Self.prime2, seed &+ Self.prime2, seed, seed &- Self.prime1)
    }

    /// The sum of texts, their boundaries included.
    public init(of texts: some Sequence<String>) {
        self.init()
        for text in texts {
            var text = text
            text.withUTF8 { bytes in
                withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { add($0) }
                add(UnsafeRawBufferPointer(bytes))
            }
        }
    }

    /// The sum of numbers as they lie in memory.
    public init(of numbers: [Int32]) {
        self.init()
        numbers.withUnsafeBytes { add($0) }
    }

    /// Adds bytes; how they are cut into parts makes no difference.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        length += bytes.count
        var position = 0
        if !rest.isEmpty {
            position = min(Self.stripe - rest.count, bytes.count)
            rest.append(contentsOf: bytes[..<position])
            guard rest.count == Self.stripe else { return }
            rest.withUnsafeBytes { takeStripe($0, 0) }
            rest.removeAll(keepingCapacity: true)
        }
        while position + Self.stripe <= bytes.count {
            takeStripe(bytes, position)
            position += Self.stripe
        }
        rest.append(contentsOf: bytes[position...])
    }

    private mutating func takeStripe(_ bytes: UnsafeRawBufferPointer, _ position: Int) {
        lanes.0 = Self.round(lanes.0, Self.word(bytes, position))
        lanes.1 = Self.round(lanes.1, Self.word(bytes, position + 8))
        lanes.2 = Self.round(lanes.2, Self.word(bytes, position + 16))
        lanes.3 = Self.round(lanes.3, Self.word(bytes, position + 24))
    }

    /// The sum of what has been added.
    public var value: UInt64 {
        var hash = seed &+ Self.prime5
        if length >= Self.stripe {
            hash =
                Self.rotate(lanes.0, 1) &+ Self.rotate(lanes.1, 7) &+ Self.rotate(lanes.2, 12)
                &+ Self.rotate(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
                hash = (hash ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
            }
        }
        hash &+= UInt64(length)
        return rest.withUnsafeBytes { Self.finish(hash, $0) }
    }

    private static func finish(_ start: UInt64, _ rest: UnsafeRawBufferPointer) -> UInt64 {
        var hash = start, position = 0
        while position + 8 <= rest.count {
            hash = rotate(hash ^ round(0, word(rest, position)), 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= rest.count {
            let half = UInt64(rest.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
            hash = rotate(hash ^ (half &* prime1), 23) &* prime2 &+ prime3
            position += 4
        }
        for byte in rest[position...] { hash = rotate(hash ^ (UInt64(byte) &* prime5), 11) &* prime1 }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* prime2, 31) &* prime1 }
    private static func rotate(_ x: UInt64, _ bits: UInt64) -> UInt64 { x << bits | x >> (64 - bits) }
    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
    }
}
