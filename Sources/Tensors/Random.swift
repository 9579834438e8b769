/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC 2011). Draw k of a stream is a function of the seed
/// and k alone, so a session can be replayed and undone.

public struct RandomGenerator: Equatable, Sendable, RandomNumberGenerator {
    public let seed: UInt64
    /// Position in the stream; the state that undo and replay restore.
    public private(set) var counter: UInt64 = 0
    private var spare: UInt64?

    public init(seed: UInt64) { self.seed = seed }

    /// The generator of a seed after so many 64-bit words have been drawn.
    public init(seed: UInt64, position: UInt64) {
        self.seed = seed
        counter = position / 2
        if position % 2 == 1 { _ = next() }
    }

    /// 64-bit words drawn since the seed: with it all of the state.
    public var position: UInt64 { 2 &* counter &- (spare == nil ? 0 : 1) }  // the last word of all is number 2^64 - 1

    /// An independent stream named by `index`, without moving this one.
    public func stream(_ index: UInt64) -> RandomGenerator {
        let words = RandomGenerator.philox(seed, index, 0x5851_f42d_4c95_7f2d)
        return RandomGenerator(seed: words.0)
    }

    /// Two 64-bit words for a counter of 128 bits.
    package static func philox(_ key: UInt64, _ low: UInt64, _ high: UInt64) -> (UInt64, UInt64) {
        var c0 = UInt32(truncatingIfNeeded: low), c1 = UInt32(truncatingIfNeeded: low >> 32)
        var c2 = UInt32(truncatingIfNeeded: high), c3 = UInt32(truncatingIfNeeded: high >> 32)
        var k0 = UInt32(truncatingIfNeeded: key), k1 = UInt32(truncatingIfNeeded: key >> 32)
        for _ in 0..<10 {
            let p0 = UInt64(c0) * 0xd251_1f53, p1 = UInt64(c2) * 0xcd9e_8d57
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
            )
            k0 &+= 0x9e37_79b9
            k1 &+= 0xbb67_ae85
        }
        return (UInt64(c0) | UInt64(c1) << 32, UInt64(c2) | UInt64(c3) << 32)
    }

    public mutating func next() -> UInt64 {
        if let word = spare {
            spare = nil
            return word
        }
        let words = RandomGenerator.philox(seed, counter, 0)
        counter &+= 1
        spare = words.1
        return words.0
    }

    /// Uniform in [0, 1), 53 bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box–Muller, cosine branch; one draw uses two uniforms).
    public mutating func normal() -> Double {
        let u = 1 - uniform(), v = uniform()
        return (-2 * Glibc.log(u)).squareRoot() * Glibc.cos(2 * .pi * v)
    }

    /// A whole number in 0 ..< bound; bound must be positive.
    public mutating func below(_ bound: Int) -> Int {
        Int((uniform() * Double(max(1, bound))).rounded(.down))
    }

    /// 0 ..< count in random order (Fisher–Yates).
    public mutating func permutation(_ count: Int) -> [Int] { permutation(count) {} }

    /// The same; `poll` is called now and then, and what it throws ends the work.
    public mutating func permutation(_ count: Int, poll: () throws -> Void) rethrows -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(max(0, count))
        for i in 0..<max(0, count) {
            if i & 0xFFFF == 0 { try poll() }
            order.append(i)
        }
        for i in stride(from: order.count - 1, to: 0, by: -1) {
            if i & 0xFFFF == 0 { try poll() }
            order.swapAt(i, below(i + 1))
        }
        return order
    }
}

extension Tensor {
    /// Elements drawn from N(0, deviation²).
    public static func normal(
        _ shape: [Int], deviation: Float = 1, from generator: inout RandomGenerator, on device: Device
    ) throws -> Tensor {
        try drawn(shape, from: &generator, on: device) { Float($0.normal()) * deviation }
    }

    /// Elements drawn uniformly from [0, 1).
    public static func uniform(
        _ shape: [Int], from generator: inout RandomGenerator, on device: Device
    ) throws -> Tensor {
        // Rounding to float32 must not reach 1.
        try drawn(shape, from: &generator, on: device) { Float($0.next() >> 40) * 0x1p-24 }
    }

    /// Elements drawn one after the other. A user who stops it leaves the generator where it was.
    private static func drawn(
        _ shape: [Int], from generator: inout RandomGenerator, on device: Device,
        _ draw: (inout RandomGenerator) -> Float
    ) throws -> Tensor {
        var moving = generator
        let tensor = try Tensor(shape: shape, on: device) { buffer in
            for start in stride(from: 0, to: buffer.count, by: 65_536) {
                try device.cancellation.check()
                for i in start..<min(start + 65_536, buffer.count) { buffer[i] = draw(&moving) }
            }
        }
        generator = moving
        return tensor
    }
}

import Glibc
