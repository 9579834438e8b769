// XXH64, a published checksum (Yann Collet, https://github.com/Cyan4973/xxHash), over bytes that come bit by bit.

/// XXH64 of the bytes added so far.
public struct XXHash64: Sendable {
    private static let p1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let p2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let p3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let p4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let p5: UInt64 = 0x27d4_eb2f_1656_67c5
    /// Bytes that are taken in at once.
    private static let stripe = 32

    private let seed: UInt64
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    /// Less than a stripe that waits for more.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    public init(seed: UInt64 = 0) {
        self.seed = seed
        lanes = (seed &+ Self.p1 &+ Self.p2, seed &+ Self.p2, seed, seed &- Self.p1)
    }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let taken = min(Self.stripe - rest.count, bytes.count)
            rest += bytes.prefix(taken)
            bytes = bytes.dropFirst(taken)
            guard rest.count == Self.stripe else { return }
            rest.withUnsafeBytes { takeStripes($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count / Self.stripe * Self.stripe
        takeStripes(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
        rest += bytes.dropFirst(whole)
    }

    /// Takes in bytes whose number is a multiple of a stripe.
    private mutating func takeStripes(_ bytes: UnsafeRawBufferPointer) {
        var (a, b, c, d) = lanes
        var place = 0
        while place < bytes.count {
            a = Self.round(a, Self.word(bytes, place))
            b = Self.round(b, Self.word(bytes, place + 8))
            c = Self.round(c, Self.word(bytes, place + 16))
            d = Self.round(d, Self.word(bytes, place + 24))
            place += Self.stripe
        }
        lanes = (a, b, c, d)
    }

    /// The sum of all bytes added so far; more may follow.
    public var value: UInt64 {
        var sum: UInt64
        if count >= UInt64(Self.stripe) {
            let (a, b, c, d) = lanes
            sum = Self.rotated(a, 1) &+ Self.rotated(b, 7) &+ Self.rotated(c, 12) &+ Self.rotated(d, 18)
            for lane in [a, b, c, d] { sum = (sum ^ Self.round(0, lane)) &* Self.p1 &+ Self.p4 }
        } else {
            sum = seed &+ Self.p5
        }
        sum &+= count
        rest.withUnsafeBytes { bytes in
            var place = 0
            while place + 8 <= bytes.count {
                sum = Self.rotated(sum ^ Self.round(0, Self.word(bytes, place)), 27) &* Self.p1 &+ Self.p4
                place += 8
            }
            if place + 4 <= bytes.count {
                let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                sum = Self.rotated(sum ^ UInt64(half) &* Self.p1, 23) &* Self.p2 &+ Self.p3
                place += 4
            }
            while place < bytes.count {
                sum = Self.rotated(sum ^ UInt64(bytes[place]) &* Self.p5, 11) &* Self.p1
                place += 1
            }
        }
        sum = (sum ^ sum >> 33) &* Self.p2
        sum = (sum ^ sum >> 29) &* Self.p3
        return sum ^ sum >> 32
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inline(__always)
    private static func rotated(_ x: UInt64, _ bits: UInt64) -> UInt64 { x << bits | x >> (64 - bits) }

    @inline(__always)
    private static func round(_ sum: UInt64, _ word: UInt64) -> UInt64 { rotated(sum &+ word &* p2, 31) &* p1 }
}
