// Strings in JSON: eight bytes at a time up to what ends or interrupts them, and the escapes.

extension JSONParser {
    mutating func string() throws(Failure) {
        let opening = position
        position += 1
        var start = position, isASCII = true, isEscaped = false
        let begin = unescaped.count
        while true {
            position = endOfPlainText(from: position, &isASCII)
            guard position < bytes.count else { break }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                if isEscaped { unescaped.append(contentsOf: bytes[start..<position]) }
                let isValid =
                    isASCII
                    || (isEscaped
                        ? unescaped.withUnsafeBufferPointer {
                            UTF8Check.isValid(UnsafeBufferPointer(rebasing: $0[begin...]))
                        }
                        : UTF8Check.isValid(UnsafeBufferPointer(rebasing: bytes[start..<position])))
                guard isValid else {
                    position = opening
                    throw fail("this string is not valid UTF-8; save the file as UTF-8")
                }
                if isEscaped {
                    add(.escapedString, begin, UInt64(unescaped.count - begin))
                } else {
                    add(.string, start, UInt64(position - start))
                }
                position += 1
                return
            }
            guard byte == UInt8(ascii: "\\") else {
                throw fail("a string may not hold \(found()); write it as an escape such as \\n")
            }
            isEscaped = true
            unescaped.append(contentsOf: bytes[start..<position])
            try escape()
            start = position
        }
        position = opening
        throw fail("this string has no closing '\"'")
    }

    /// Where a quotation mark, a backslash or a control character comes next, eight bytes at a time.
    @inline(__always)
    private func endOfPlainText(from start: Int, _ isASCII: inout Bool) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101, tops: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(bytes)
        var position = start
        while position + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            // A byte's top bit is set where the byte is zero; above the first such byte others may be, too.
            let quote = word ^ ones &* 0x22, backslash = word ^ ones &* 0x5C
            var marks = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
            marks &= tops
            let ends = marks == 0 ? 8 : marks.trailingZeroBitCount >> 3
            if isASCII, word & tops != 0, (word & tops).trailingZeroBitCount >> 3 < ends { isASCII = false }
            position += ends
            if ends < 8 { return position }
        }
        while position < raw.count {
            let byte = raw[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return position }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        return position
    }

    mutating func escape() throws(Failure) {
        position += 1
        let byte = next
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code >= 0xD800 && code < 0xDC00, position + 2 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "\\"), bytes[position + 2] == UInt8(ascii: "u")
            {
                let before = position
                position += 2
                let low = try hexadecimal()
                if low >= 0xDC00 && low < 0xE000 {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    // The next escape is a character of its own.
                    position = before
                }
            }
            // No string holds half a surrogate pair; Python reads and writes such texts.
            if Unicode.Scalar(code) == nil { loneSurrogates += 1 }
            if let encoded = UTF8.encode(Unicode.Scalar(code) ?? "\u{FFFD}") { unescaped.append(contentsOf: encoded) }
        default:
            throw fail("expected one of \" \\ / b f n r t u after '\\', found \(found())")
        }
        position += 1
    }

    /// Four hexadecimal digits after the `u` at `position`, which moves to the last of them.
    mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            position += 1
            let byte = next
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: code = code << 4 | UInt32(byte - 0x61 + 10)
            default: throw fail("expected four hexadecimal digits after \\u, found \(found())")
            }
        }
        return code
    }
}
