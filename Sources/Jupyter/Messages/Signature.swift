// Who may talk to the kernel: whoever knows the key of its connection file and signs with it.
import Crypto

/// Signs the four parts of a message by HMAC-SHA256, and judges signatures.
public struct Signature: Sendable {
    /// Nil for a kernel without a key, whose messages are not signed.
    private let key: SymmetricKey?

    public init(key: [UInt8]) { self.key = key.isEmpty ? nil : SymmetricKey(data: key) }

    /// The signature of parts, in hexadecimal digits.
    public func sign(_ parts: some Sequence<[UInt8]>) -> [UInt8] {
        guard let key else { return [] }
        var code = HMAC<SHA256>(key: key)
        for part in parts { code.update(data: part) }
        return code.finalize().flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }
    }

    /// Whether a signature is that of the parts; it takes as long for any wrong one.
    public func isValid(_ signature: [UInt8], of parts: some Sequence<[UInt8]>) -> Bool {
        guard key != nil else { return true }
        let right = sign(parts)
        guard signature.count == right.count else { return false }
        return zip(signature, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Whether messages are signed at all.
    public var isRequired: Bool { key != nil }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// The signatures seen lately: a message that comes again was recorded by someone and sent once more.
struct SeenSignatures {
    private static let most = 1 << 16
    private var seen: Set<[UInt8]> = []
    private var order: [[UInt8]] = []
    private var oldest = 0

    /// Notes a signature. Returns false for one that was seen before.
    mutating func insert(_ signature: [UInt8]) -> Bool {
        guard seen.insert(signature).inserted else { return false }
        if order.count < Self.most {
            order.append(signature)
        } else {
            seen.remove(order[oldest])
            order[oldest] = signature
            oldest = (oldest + 1) % Self.most
        }
        return true
    }
}
