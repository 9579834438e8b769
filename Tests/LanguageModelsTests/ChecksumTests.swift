// XXH64 against its published test vectors.

import Files
import Testing

@Suite struct ChecksumTests {
    /// The buffer of the reference implementation's own checks (`xxhsum`'s sanity test).
    private static let buffer: [UInt8] = {
        var generator: UInt64 = 2_654_435_761
        return (0..<222).map { _ in
            let byte = UInt8(truncatingIfNeeded: generator >> 56)
            generator &*= 11_400_714_785_074_694_797
            return byte
        }
    }()

    private func sum(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        var sum = Checksum(seed: seed)
        bytes.withUnsafeBytes { sum.add($0) }
        return sum.value
    }

    @Test(
        arguments: [
            (0, 0, 0xEF46_DB37_51D8_E999), (0, 2_654_435_761, 0xAC75_FDA2_929B_17EF), (1, 0, 0xE934_A84A_DB05_2768),
            (1, 2_654_435_761, 0x5014_6076_43A9_B4C3), (4, 0, 0x9136_A0DC_A574_57EE), (14, 0, 0x8282_DCC4_994E_35C8),
            (14, 2_654_435_761, 0xC3BD_6BF6_3DEB_6DF0), (222, 0, 0xB641_AE8C_B691_C174),
            (222, 2_654_435_761, 0x20CB_8AB7_AE10_C14A),
        ] as [(Int, UInt64, UInt64)])
    func publishedVectors(count: Int, seed: UInt64, expected: UInt64) {
        #expect(sum(Array(Self.buffer[..<count]), seed: seed) == expected)
    }

    @Test func words() {
        #expect(sum(Array("a".utf8)) == 0xD24E_C4F1_A98C_6E5B)
        #expect(sum(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
    }

    @Test func partsMakeNoDifference() {
        for step in [1, 3, 7, 31, 32, 33, 100] {
            var parts = Checksum()
            for start in stride(from: 0, to: Self.buffer.count, by: step) {
                Array(Self.buffer[start..<min(start + step, Self.buffer.count)]).withUnsafeBytes { parts.add($0) }
            }
            #expect(parts.value == sum(Self.buffer))
        }
    }

    /// Where one text ends and the next begins counts.
    @Test func boundariesOfTextsCount() {
        #expect(Checksum(of: ["ab", "c"]).value != Checksum(of: ["a", "bc"]).value)
        #expect(Checksum(of: [""]).value != Checksum(of: [String]()).value)
    }
}
