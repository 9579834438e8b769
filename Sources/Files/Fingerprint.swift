// What identifies contents: 128 bits that are the same in every process and on every machine.

/// 128 bits of some contents. Contents with one fingerprint are taken for the same.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    public let high, low: UInt64

    public init(_ words: (UInt64, UInt64)) { (high, low) = words }

    /// The fingerprint of bytes.
    public init(of bytes: some Sequence<UInt8>) {
        var hash = FingerprintHash()
        Array(bytes).withUnsafeBytes { hash.add($0) }
        self.init(hash.words)
    }

    /// From 32 hexadecimal digits; nil for anything else.
    public init?(_ digits: String) {
        guard digits.utf8.count == 32, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init((high, low))
    }

    /// 32 hexadecimal digits.
    public var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// A fingerprint of bytes that come bit by bit: two XXH64 of different seeds. Not for secrets.
public struct FingerprintHash: Sendable {
    private var first = XXHash64(seed: 0)
    private var second = XXHash64(seed: 0x9e37_79b9_7f4a_7c15)

    public init() {}

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        // In pieces that stay in the cache for the second pass.
        var start = 0
        while start < bytes.count {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 1 << 15, bytes.count)])
            first.add(piece)
            second.add(piece)
            start += piece.count
        }
    }

    /// 128 bits of what has been added so far.
    public var words: (UInt64, UInt64) { (first.value, second.value) }
}
