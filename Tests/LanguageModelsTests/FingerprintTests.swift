// The checksum against published sums, and that pieces give what the whole gives.
import Files
import LanguageModels
import Testing

@Suite struct FingerprintTests {
    private func sum(_ text: String, seed: UInt64 = 0) -> String {
        var hash = XXHash64(seed: seed)
        Array(text.utf8).withUnsafeBytes { hash.add($0) }
        return String(hash.value, radix: 16)
    }

    /// From the reference implementation and its Python package's documentation.
    @Test func publishedSums() {
        #expect(sum("") == "ef46db3751d8e999")
        #expect(sum("a") == "d24ec4f1a98c6e5b")
        #expect(sum("abc") == "44bc2cf5ad770999")
        #expect(sum("The quick brown fox jumps over the lazy dog") == "b242d361fda71bc")
        #expect(sum("I want an unsigned 64-bit seed!") == "d4cb0a70a2b8c7c1")
        #expect(sum("I want an unsigned 64-bit seed!", seed: 1) == "ce5087f12470d961")
    }

    @Test func piecesGiveWhatTheWholeGives() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 131 ^ $0 >> 3) }
        let whole = Fingerprint(of: bytes)
        for size in [1, 7, 31, 32, 33, 64, 999] {
            var hash = FingerprintHash()
            var start = 0
            while start < bytes.count {
                Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { hash.add($0) }
                start += size
            }
            #expect(Fingerprint(hash.words) == whole, "pieces of \(size)")
        }
        #expect(Fingerprint("\(whole)") == whole)
        #expect(Fingerprint(of: bytes.dropLast()) != whole && Fingerprint(of: bytes + [0]) != whole)
        #expect(Fingerprint("12") == nil && Fingerprint(String(repeating: "+", count: 32)) == nil)
    }
}
