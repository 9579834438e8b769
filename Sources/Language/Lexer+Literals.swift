// Numbers and strings, cut at their `{…}`.

extension Lexer {
    mutating func number() {
        let start = position
        var end = position
        func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
        func digits() { while isDigit(at(end)) || (at(end) == UInt8(ascii: "_") && isDigit(at(end + 1))) { end += 1 } }
        digits()
        if at(end) == UInt8(ascii: "."), !isNameStart(at(end + 1)), at(end + 1) != UInt8(ascii: ".") {
            end += 1
            digits()
        }
        if at(end) | 0x20 == UInt8(ascii: "e") {
            let sign = at(end + 1) == UInt8(ascii: "+") || at(end + 1) == UInt8(ascii: "-") ? 2 : 1
            if isDigit(at(end + sign)) {
                end += sign
                digits()
            }
        }
        add(.number, from: start, to: end)
        if bytes[start] == UInt8(ascii: "0"), isDigit(at(start + 1)) {
            // `1,000` would be a list of 1 and 0.
            let isThousands =
                tokens.count > 2 && tokens[tokens.count - 2].kind == .comma && tokens[tokens.count - 3].kind == .number
                && end - start == 3
            report(
                "a number does not begin with 0", Span(start, end),
                note: isThousands ? "a thousand is written 1000 or 1_000" : "take the 0 out", at: start)
        }
        if isNameStart(at(end)), at(end) < 0x80 {
            var stop = end
            while stop < bytes.count, isNamePart(bytes[stop]) { stop += 1 }
            let (digits, letters) = (slice(start..<end), slice(end..<stop))
            report(
                "`\(digits)\(letters)` is neither a number nor a name", Span(start, stop),
                note: digits == "0" && "xXbBoO".contains(letters.first ?? " ")
                    ? "numbers are written in tens" : "to multiply write \(digits) * \(letters)",
                at: start)
        }
    }

    func slice(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// A string, or the rest of one after a `}`.
    mutating func string(quote: UInt8, from start: Int, resumed: Bool) {
        var end = start + 1
        while end < bytes.count {
            switch bytes[end] {
            case quote:
                add(resumed ? .stringTail : .string, from: start, to: end + 1)
                return
            case 0x0A:
                unclosedString(start, end, resumed)
                return
            case UInt8(ascii: "\\")
            where end + 2 < bytes.count && bytes[end + 1] == UInt8(ascii: "u")
                && bytes[end + 2] == UInt8(ascii: "{"):
                end += 3
            case UInt8(ascii: "\\") where end + 1 < bytes.count && bytes[end + 1] != 0x0A: end += 2
            case UInt8(ascii: "{"):
                if end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "{") {
                    end += 2
                    continue
                }
                add(resumed ? .stringMiddle : .stringHead, from: start, to: end + 1)
                stack.append(Opening(byte: UInt8(ascii: "{"), token: tokens.count - 1, quote: quote))
                return
            default: end += 1
            }
        }
        unclosedString(start, bytes.count, resumed)
    }

    mutating func unclosedString(_ start: Int, _ end: Int, _ resumed: Bool) {
        // `x'` of other languages.
        if !resumed, bytes[start] == UInt8(ascii: "'"), let last = tokens.last, start == lastEnd,
            [.name, .closeParen, .closeBracket].contains(last.kind)
        {
            report(
                "`'` does not transpose", Span(start, start + 1),
                note: "write \(last.kind == .name ? slice(last.span.range) : "x").T")
        }
        report(
            resumed ? "the string does not end after this `}`" : "this string is not closed",
            Span(start, resumed ? start + 1 : max(start + 1, end)), note: "write the closing quote", at: start)
        add(.invalid, from: start, to: min(end, bytes.count))
    }

    /// `:.3f` up to the `}`.
    mutating func formatSpec() {
        let start = position
        var end = position
        while end < bytes.count, bytes[end] != UInt8(ascii: "}"), bytes[end] != 0x0A, bytes[end] != 0x22 { end += 1 }
        add(.formatSpec, from: start, to: end)
    }
}
