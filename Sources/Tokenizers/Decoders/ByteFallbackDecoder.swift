// Bytes from tokens such as <0xE6>.

import Files

/// Puts the bytes of neighbouring tokens such as `<0xE6>` together. If they are not UTF-8, each becomes U+FFFD.
struct ByteFallbackDecoder: TokenDecoder {
    static let name = "ByteFallback"

    init(_: JSONNode, among _: TokenizerSteps) {}

    func decoded(_ tokens: [String]) -> [String] {
        var result: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            guard !bytes.isEmpty else { return }
            if let text = String(validating: bytes, as: UTF8.self) {
                result.append(text)
            } else {
                result += Array(repeating: "\u{FFFD}", count: bytes.count)
            }
            bytes = []
        }
        for token in tokens {
            if let byte = ByteFallbackDecoder.byte(token) {
                bytes.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    static func byte(_ token: String) -> UInt8? {
        let scalars = Array(token.utf8)
        guard scalars.count == 6, token.utf8.starts(with: "<0x".utf8), scalars[5] == UInt8(ascii: ">") else {
            return nil
        }
        return UInt8(String(decoding: scalars[3...4], as: UTF8.self), radix: 16)
    }

    /// How a vocabulary spells a byte.
    static func spelling(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.utf8.count < 2 ? "0" : "")\(digits)>"
    }
}
