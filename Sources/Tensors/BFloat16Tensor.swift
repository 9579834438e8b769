/// Numbers kept in sixteen bits each: bfloat16, the upper half of a float32.
import CKernels

/// A tensor whose numbers are kept as bfloat16 and are widened where they are used.
public struct BFloat16Tensor: Sendable {
    /// Two numbers in the memory of one.
    private var bits: Tensor
    public let shape: [Int]
    public let count: Int

    private init(bits: Tensor, shape: [Int], count: Int) {
        (self.bits, self.shape, self.count) = (bits, shape, count)
    }

    public static func zeros(_ shape: [Int], on device: Device) throws -> BFloat16Tensor {
        let count = shape.reduce(1, *)
        return BFloat16Tensor(bits: try .zeros([(count + 1) / 2], on: device), shape: shape, count: count)
    }

    /// Each number becomes one of its two neighbours, at random, so that it is right in the mean; a number that
    /// bfloat16 has stays as it is. The same `draw` gives the same bits.
    public init(_ tensor: Tensor, draw: UInt32 = 0) throws {
        let bits = try Tensor(uninitialized: [(tensor.count + 1) / 2], on: tensor.device), device = tensor.device
        self.init(bits: bits, shape: tensor.shape, count: tensor.count)
        withBits { bits in
            tensor.withReadable { x in
                device.forEachBlock(tensor.count) { lethe_narrow_bf16_at_random(x + $0, bits + $0, $0, $1, draw) }
            }
        }
    }

    public var device: Device { bits.device }
    public var bytes: Int { 2 * count }

    /// The numbers as float32, exactly.
    public func widened() throws -> Tensor {
        let result = try Tensor(uninitialized: shape, on: device)
        withBits { bits in
            result.withWritable { y in
                device.forEachBlock(count) { lethe_widen_bf16(bits + $0, y + $0, $1) }
            }
        }
        return result
    }

    /// Memory for what replaces this: its own when nobody else sees it, else new.
    package mutating func successor() throws -> BFloat16Tensor {
        bits.isUnique
            ? self
            : BFloat16Tensor(bits: try Tensor(uninitialized: bits.shape, on: device), shape: shape, count: count)
    }

    /// Lends the numbers; for writing only where nobody else sees them.
    package func withBits<R>(_ body: (UnsafeMutablePointer<UInt16>) throws -> R) rethrows -> R {
        try bits.withWritable { base in
            try body(UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt16.self))
        }
    }

    /// Lends the numbers of some for reading and those of others, not yet shared, for writing.
    package static func lend<R>(
        _ old: [BFloat16Tensor], to new: [BFloat16Tensor],
        _ body: ([UnsafeMutablePointer<UInt16>], [UnsafeMutablePointer<UInt16>]) throws -> R
    ) rethrows -> R {
        try [old.map(\.bits), new.map(\.bits)].withPointers { lent in
            func halves(_ x: [UnsafeMutablePointer<Float>]) -> [UnsafeMutablePointer<UInt16>] {
                x.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt16.self) }
            }
            return try body(halves(lent[0]), halves(lent[1]))
        }
    }
}
