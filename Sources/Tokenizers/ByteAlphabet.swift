// The characters by which byte-level vocabularies spell the 256 bytes.

/// GPT-2's spelling of bytes: printable bytes of Latin-1 stand for themselves, the others for U+0100 onwards, so that
/// a space is `Ġ`.
enum ByteAlphabet {
    /// The scalar of each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                return Unicode.Scalar(UInt8(byte))
            }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? " "
        }
    }()

    /// The byte of each scalar below U+0144, or nil.
    private static let bytes: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = UInt8(byte) }
        return table
    }()

    /// How a vocabulary spells a byte.
    static func spelling(_ byte: UInt8) -> String { String(Character(scalars[Int(byte)])) }

    /// How a vocabulary spells bytes.
    static func spelling(of bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.lazy.map { scalars[Int($0)] }))
    }

    /// Appends the bytes that a token spells.
    /// - Returns: whether it spells any; one with characters of no byte appends nothing.
    static func append(_ token: String, to result: inout [UInt8]) -> Bool {
        let count = result.count
        for scalar in token.unicodeScalars {
            guard scalar.value < 0x144, let byte = bytes[Int(scalar.value)] else {
                result.removeSubrange(count...)
                return false
            }
            result.append(byte)
        }
        return true
    }
}
