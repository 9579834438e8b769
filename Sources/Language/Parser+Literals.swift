// Literals: numbers, strings with escapes, strings with values in them.

import Foundation

extension Parser {
    /// - Throws: a diagnostic where a double cannot hold it: a script that says 9007199254740993 means no other number.
    func number(_ token: Token) throws -> Double {
        let bytes = source.utf8[token.span.range]
        // Most numbers are short and whole.
        if bytes.count <= 15, bytes.allSatisfy(isDigit) {
            return Double(bytes.reduce(0) { $0 * 10 + Int($1 &- 0x30) })
        }
        var text = String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        if text.hasSuffix(".") { text += "0" }
        let x = Double(text) ?? strtod(text, nil)
        if let loss = lossOfNumber(text, as: x) {
            throw error(
                "this number \(loss)", token.span,
                note: x.isInfinite ? "infinity is written inf" : "write it as a string, or \(x) for the nearest number")
        }
        return x
    }

    /// The characters of a string token without its first and last bytes, escapes replaced.
    func unescaped(_ token: Token, from first: Int, dropping last: Int) throws -> String {
        let range = (Int(token.span.start) + first)..<max(Int(token.span.start) + first, Int(token.span.end) - last)
        let bytes = source.utf8[range]
        if !bytes.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = source.utf8[at]
            let next = at + 1 < range.upperBound ? source.utf8[at + 1] : 0
            at += 1
            if (byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")), next == byte {
                result.append(byte)
                at += 1
            } else if byte == UInt8(ascii: "\\") {
                at += 1
                switch next {
                case UInt8(ascii: "n"): result.append(0x0A)
                case UInt8(ascii: "t"): result.append(0x09)
                case UInt8(ascii: "r"): result.append(0x0D)
                case UInt8(ascii: "e"): result.append(0x1B)
                case UInt8(ascii: "0"): result.append(0)
                case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                    result.append(next)
                case UInt8(ascii: "u"): at = try scalar(from: at, before: range.upperBound, into: &result)
                default:
                    throw error(
                        "`\\\(String(decoding: [next], as: UTF8.self))` has no meaning in a string", Span(at - 2, at),
                        note: "for a backslash write \\\\")
                }
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `\u{1F600}`, from the brace; returns where it ends.
    private func scalar(from start: Int, before end: Int, into result: inout [UInt8]) throws -> Int {
        var at = start
        if at < end, source.utf8[at] == UInt8(ascii: "{") {
            at += 1
            let digits = source.utf8[at..<end].prefix { $0 != UInt8(ascii: "}") }
            if at + digits.count < end, let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            {
                result += Array(String(Character(scalar)).utf8)
                return at + digits.count + 1
            }
        }
        throw error("a character is written \\u{1F600}", Span(start - 2, min(end, start + 1)))
    }

    /// `"a{x:.2f}b"`, from its head.
    mutating func interpolation() throws -> Expr {
        let start = token.span
        var pieces: [Expr.Piece] = []
        var children: [Expr] = []
        func literal(_ text: String) { if !text.isEmpty { pieces.append(.text(text)) } }
        literal(try unescaped(advance(), from: 1, dropping: 1))
        while true {
            if kind == .stringTail || kind == .stringMiddle {
                throw error(
                    "nothing stands between { and }", Span(token.span.start - 1, token.span.start + 1),
                    note: "for a brace in a string write {{")
            }
            let value = try expressions()
            children.append(value)
            var spec: FormatSpec?
            if kind == .formatSpec {
                let token = advance()
                let text = String(text(token).dropFirst())
                spec = FormatSpec(text)
                if spec == nil {
                    throw error(
                        "`\(text)` is no format", token.span,
                        note: "write {x:.3f}, {x:8.2e}, {name:<10}; widths and places go up to \(FormatSpec.widest)")
                }
            }
            pieces.append(.value(value, spec))
            switch kind {
            case .stringMiddle: literal(try unescaped(advance(), from: 1, dropping: 1))
            case .stringTail:
                literal(try unescaped(advance(), from: 1, dropping: 1))
                return try make(.interpolation(pieces), start.union(lastSpan), children)
            default: throw expected("`}`", note: "for a brace in a string write {{")
            }
        }
    }
}
