// Memory that a tensor lends stays its own until the closure returns, though nobody mentions the tensor any more.
import Tensors
import Testing

@Suite struct LentMemoryTests {
    private let device = Device(threads: 1)
    private static let count = 4096

    /// A tensor that only the caller's expression holds.
    private func passing(_ value: Float) throws -> Tensor {
        try Tensor(repeating: value, shape: [Self.count], on: device)
    }

    /// New tensors take the buffers that the pool has: none of them is the lent one.
    private func expectHeld(_ lent: UnsafePointer<Float>, _ value: Float) throws {
        let others = try (0..<8).map { _ in try passing(-1) }
        #expect((0..<Self.count).allSatisfy { lent[$0] == value })
        #expect(others.allSatisfy { other in other.withReadable { $0 != lent } })
    }

    @Test func aBufferDoesNotReturnToThePoolWhileItIsLent() throws {
        try passing(1).withReadable { try expectHeld($0, 1) }
        try passing(2).withWritable { try expectHeld($0, 2) }
        try [passing(3), passing(4)].withPointers { lent in
            try expectHeld(lent[0], 3)
            try expectHeld(lent[1], 4)
        }
        try lend(passing(5), passing(6), to: passing(7)) { a, b, y in
            try expectHeld(a, 5)
            try expectHeld(b, 6)
            try expectHeld(y, 7)
        }
        try Optional(passing(8)).withReadable { if let lent = $0 { try expectHeld(lent, 8) } }
    }

    @Test func afterwardsItDoes() throws {
        let address = try passing(1).withReadable { UInt(bitPattern: $0) }
        let other = try passing(2)
        #expect(other.withReadable { UInt(bitPattern: $0) } == address)
    }
}
