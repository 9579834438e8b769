// Cuts text into the words that byte-pair merges stay within: GPT-2's pattern, written as a scanner.

/// GPT-2's pattern over UTF-8 bytes:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
struct WordSplitter {
    /// What the pattern distinguishes.
    enum Kind: UInt8 {
        case letter, number, space, other
    }

    let bytes: UnsafeBufferPointer<UInt8>

    /// Calls `emit` with the byte range of each word of `range`, in order. Beginning and end of `range` count as
    /// beginning and end of the text.
    func words(in range: Range<Int>, _ emit: (Range<Int>) throws -> Void) rethrows {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = wordEnd(from: start, limit: range.upperBound)
            try emit(start..<end)
            start = end
        }
    }

    private func wordEnd(from start: Int, limit: Int) -> Int {
        let first = bytes[start]
        if first == UInt8(ascii: "'"), let end = contractionEnd(from: start, limit: limit) { return end }
        let (firstKind, length) = kind(at: start)
        if firstKind != .space { return runEnd(of: firstKind, from: start + length, limit: limit) }
        let next = start + length
        if first == 0x20, next < limit {
            let (nextKind, nextLength) = kind(at: next)
            if nextKind != .space { return runEnd(of: nextKind, from: next + nextLength, limit: limit) }
        }
        // White space: all of it at the end of the text, else all but the last character, if there are two.
        var end = next
        var last = start
        while end < limit {
            let (kind, length) = kind(at: end)
            if kind != .space { return last > start ? last : end }
            last = end
            end += length
        }
        return end
    }

    private func runEnd(of kind: Kind, from start: Int, limit: Int) -> Int {
        var end = start
        while end < limit {
            let (next, length) = self.kind(at: end)
            if next != kind { break }
            end += length
        }
        return end
    }

    private func contractionEnd(from start: Int, limit: Int) -> Int? {
        guard start + 1 < limit else { return nil }
        let second = start + 2 < limit ? bytes[start + 2] : 0
        switch bytes[start + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"): return second == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"): return second == UInt8(ascii: "l") ? start + 3 : nil
        default: return nil
        }
    }

    /// Kind and length in bytes of the character at a byte.
    private func kind(at position: Int) -> (kind: Kind, length: Int) {
        let byte = bytes[position]
        if byte < 0x80 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A: return (.letter, 1)
            case 0x30...0x39: return (.number, 1)
            case 0x09...0x0D, 0x20: return (.space, 1)
            default: return (.other, 1)
            }
        }
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        guard position + length <= bytes.count else { return (.other, bytes.count - position) }
        var code = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for i in 1..<length { code = code << 6 | UInt32(bytes[position + i] & 0x3F) }
        return (Unicode.Scalar(code).map(WordSplitter.kind) ?? .other, length)
    }

    static func kind(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: .space
        case .control: (0x09...0x0D).contains(scalar.value) || scalar.value == 0x85 ? .space : .other
        default: .other
        }
    }
}
