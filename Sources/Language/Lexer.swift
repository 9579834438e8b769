// The lexer: bytes to tokens. Newlines inside `(` and `[` vanish here; strings are cut at their `{…}`.

struct Lexer {
    /// What the lexer found wrong: the parser reports it unless it meets something wrong before that place.
    struct Problem {
        var message: String
        var span: Span
        var note: String?
        var advice: [String] = []
        /// Where reading could not go on, which may be far behind `span`.
        var noticedAt: Int
        var isAtEndOfInput = false
    }

    /// An open bracket, or the `{` inside a string.
    struct Opening {
        var byte: UInt8
        var token: Int
        /// The quote of the string that an interpolation stands in; 0 for a bracket.
        var quote: UInt8
    }

    private(set) var tokens: ContiguousArray<Token> = []
    /// For each token that opens a bracket, the index of the token that closes it; -1 elsewhere.
    private(set) var matches: ContiguousArray<Int32> = []
    private(set) var problem: Problem?
    /// Brackets still open at the end.
    var openCount: Int { stack.count }

    let bytes: [UInt8]
    private let keepsComments: Bool
    var position = 0
    var stack: [Opening] = []
    /// Whether the next token starts a line or follows `;` (outside brackets).
    private var isStatementStart = true
    var lastEnd = -1

    init(_ bytes: [UInt8], keepsComments: Bool = false) {
        self.bytes = bytes
        self.keepsComments = keepsComments
        tokens.reserveCapacity(bytes.count / 4 + 8)
        matches.reserveCapacity(bytes.count / 4 + 8)
    }

    func byte(_ ahead: Int = 0) -> UInt8 {
        let index = position + ahead
        return index < bytes.count ? bytes[index] : 0
    }

    mutating func add(_ kind: Token.Kind, from start: Int, to end: Int) {
        tokens.append(Token(kind: kind, isGlued: start == lastEnd, span: Span(start, end)))
        matches.append(-1)
        position = end
        lastEnd = end
    }

    mutating func report(
        _ message: String, _ span: Span, note: String? = nil, advice: [String] = [], at noticed: Int? = nil,
        isAtEndOfInput: Bool = false
    ) {
        if problem == nil {
            problem = Problem(
                message: message, span: span, note: note, advice: advice, noticedAt: noticed ?? Int(span.start),
                isAtEndOfInput: isAtEndOfInput)
        }
    }

    mutating func run() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        while position < bytes.count { step() }
        add(.end, from: bytes.count, to: bytes.count)
        if let open = stack.last {
            let span = tokens[open.token].span
            if open.quote != 0 {
                reportUnclosedInterpolation(span)
            } else {
                let sign = String(decoding: [open.byte], as: UTF8.self)
                report(
                    "`\(sign)` is not closed", span, note: "no `\(closer(of: open.byte))` follows it",
                    at: bytes.count, isAtEndOfInput: true)
            }
        }
    }

    private mutating func reportUnclosedInterpolation(_ span: Span) {
        report(
            "`{` in a string is not closed", Span(Int(span.end) - 1, Int(span.end)), note: "no `}` follows it",
            advice: ["for a brace in a string write {{"], at: bytes.count)
    }

    private mutating func step() {
        let c = bytes[position]
        switch c {
        case 0x20, 0x09, 0x0D:
            position += 1
            return
        case 0x0A:
            newline()
            return
        case UInt8(ascii: "#"):
            comment()
            return
        default: break
        }
        if isStatementStart, stack.isEmpty, command(c) { return }
        isStatementStart = false
        if isNameStart(c) {
            name()
        } else if isDigit(c) || (c == UInt8(ascii: ".") && isDigit(byte(1)) && !followsOperand) {
            number()
        } else if c == UInt8(ascii: "\"") || c == UInt8(ascii: "'") {
            string(quote: c, from: position, resumed: false)
        } else {
            symbol(c)
        }
    }

    /// Whether a `.` here reads a field.
    private var followsOperand: Bool {
        guard lastEnd == position, let last = tokens.last else { return false }
        switch last.kind {
        case .name, .closeParen, .closeBracket, .closeBrace, .string, .stringTail: return true
        default: return false
        }
    }

    private mutating func newline() {
        let start = position
        position += 1
        isStatementStart = true
        // Inside round and square brackets, and inside a string's braces, a line break is a blank.
        if let open = stack.last, open.byte != UInt8(ascii: "{") || open.quote != 0 { return }
        if let last = tokens.last, last.kind == .newline { return }
        if pipeFollows() { return }
        add(.newline, from: start, to: start + 1)
    }

    /// Whether the next line that is not empty or a comment starts with `|>`, which continues this one.
    private func pipeFollows() -> Bool {
        var index = position
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0D, 0x0A: index += 1
            case UInt8(ascii: "#"):
                while index < bytes.count, bytes[index] != 0x0A { index += 1 }
            case UInt8(ascii: "|"): return index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: ">")
            default: return false
            }
        }
        return false
    }

    private mutating func comment() {
        let start = position
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        if keepsComments { add(.comment, from: start, to: position) }
    }

    /// A line that acts on the session, when one starts here.
    private mutating func command(_ first: UInt8) -> Bool {
        var end = position
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        switch first {
        case UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "!"): break
        default:
            // `train?`: a name and nothing but `?` behind it.
            guard isNameStart(first) else { return false }
            var index = position
            while index < end, isNamePart(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
            while index < end, bytes[index] == 0x20 { index += 1 }
            guard index < end, bytes[index] == UInt8(ascii: "?") else { return false }
            while index < end, bytes[index] == UInt8(ascii: "?") { index += 1 }
            guard bytes[index..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return false }
        }
        while end > position, [0x20, 0x09, 0x0D].contains(bytes[end - 1]) { end -= 1 }
        add(.command, from: position, to: end)
        return true
    }

    private mutating func name() {
        let start = position
        var end = position
        var packed: UInt64 = 0
        var isASCII = true
        while end < bytes.count, isNamePart(bytes[end]) {
            if bytes[end] >= 0x80 { isASCII = false }
            if end - start < 8 { packed |= UInt64(bytes[end]) << UInt64(8 * (end - start)) }
            end += 1
        }
        if !isASCII, let stop = firstNonLetter(start..<end) {
            if stop > start {
                add(.name, from: start, to: stop)
            } else {
                strangeCharacter(at: start)
            }
            return
        }
        add(end - start <= 8 ? keywordKind(packed) : .name, from: start, to: end)
    }

    /// Byte offset of the first character that no name may hold.
    private func firstNonLetter(_ range: Range<Int>) -> Int? {
        var offset = range.lowerBound
        for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars {
            let fits = offset == range.lowerBound ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue
            if scalar.value >= 0x80, !fits { return offset }
            offset += UTF8.width(scalar)
        }
        return nil
    }

    /// What to do about a character that nobody sees, such as comes along with text from a web page.
    private static func invisible(_ scalar: Unicode.Scalar) -> String? {
        let code = "U+" + String(scalar.value, radix: 16, uppercase: true)
        switch scalar.properties.generalCategory {
        case .format, .privateUse, .surrogate, .unassigned: return "delete it (\(code)), or type the line anew"
        case .control: return nil
        case .spaceSeparator, .lineSeparator, .paragraphSeparator:
            return "this is a space of another kind (\(code)); type a plain one"
        default:
            return scalar.properties.isDefaultIgnorableCodePoint ? "delete it (\(code)), or type the line anew" : nil
        }
    }

    private mutating func strangeCharacter(at start: Int) {
        var length = 1
        while start + length < bytes.count, bytes[start + length] & 0xC0 == 0x80 { length += 1 }
        let text = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
        let advice: String? =
            switch text {
            case "“", "”", "„", "«", "»", "’", "‘": "strings stand between \" and \""
            case "−", "–", "—": "did you mean `-`?"
            case "×", "·", "∗", "⋅": "did you mean `*`?"
            case "√": "write sqrt(x)"
            case "∞": "write inf"
            case "²": "write ^2"
            case "³": "write ^3"
            case "∈": "did you mean `in`?"
            case "…": "three points have no meaning; write what they stand for"
            case "÷": "did you mean `/`?"
            case "≤": "did you mean `<=`?"
            case "≥": "did you mean `>=`?"
            case "≠": "did you mean `!=`?"
            case "→": "did you mean `->`?"
            case "\u{A0}": "this is a no-break space; type a plain one"
            default: text.unicodeScalars.first.flatMap(Self.invisible)
            }
        let shown =
            text.unicodeScalars.first.map {
                $0.value < 0x20 || $0.value == 0x7F || $0.value == 0xA0 || Self.invisible($0) != nil
            } ?? true
            ? "this invisible character" : "`\(text)`"
        report("\(shown) has no meaning here", Span(start, start + length), note: advice)
        add(.invalid, from: start, to: start + length)
    }

    private mutating func symbol(_ c: UInt8) {
        let start = position
        let next = byte(1)
        func one(_ kind: Token.Kind) -> (Token.Kind, Int) { (kind, 1) }
        func beforeAssign(_ kind: Token.Kind, else single: Token.Kind) -> (Token.Kind, Int) {
            next == UInt8(ascii: "=") ? (kind, 2) : (single, 1)
        }
        let (kind, length): (Token.Kind, Int)
        switch c {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
            stack.append(Opening(byte: c, token: tokens.count, quote: 0))
            (kind, length) = one(c == 0x28 ? .openParen : c == 0x5B ? .openBracket : .openBrace)
            if c == 0x7B { isStatementStart = true }
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            close(c)
            return
        case UInt8(ascii: "+"): (kind, length) = next == c ? (.wrong, 2) : beforeAssign(.plusAssign, else: .plus)
        case UInt8(ascii: "-"):
            (kind, length) = next == UInt8(ascii: ">") ? (.arrow, 2) : beforeAssign(.minusAssign, else: .minus)
        case UInt8(ascii: "*"): (kind, length) = next == c ? (.wrong, 2) : beforeAssign(.starAssign, else: .star)
        case UInt8(ascii: "/"): (kind, length) = next == c ? (.wrong, 2) : beforeAssign(.slashAssign, else: .slash)
        case UInt8(ascii: "%"): (kind, length) = beforeAssign(.percentAssign, else: .percent)
        case UInt8(ascii: "^"): (kind, length) = beforeAssign(.caretAssign, else: .caret)
        case UInt8(ascii: "@"): (kind, length) = beforeAssign(.atAssign, else: .at)
        case UInt8(ascii: "="):
            (kind, length) =
                next == UInt8(ascii: ">")
                ? (.wrong, 2)
                : next == c ? (byte(2) == c ? (.wrong, 3) : (.equal, 2)) : (.assign, 1)
        case UInt8(ascii: "!"): (kind, length) = beforeAssign(.notEqual, else: .wrong)
        case UInt8(ascii: "<"):
            (kind, length) =
                next == UInt8(ascii: "-") && byte(2) == 0x20 ? (.wrong, 2) : beforeAssign(.lessOrEqual, else: .less)
        case UInt8(ascii: ">"): (kind, length) = beforeAssign(.greaterOrEqual, else: .greater)
        case UInt8(ascii: "|"):
            (kind, length) = next == UInt8(ascii: ">") ? (.pipe, 2) : next == c ? (.wrong, 2) : (.wrong, 1)
        case UInt8(ascii: "&"): (kind, length) = (.wrong, next == c ? 2 : 1)
        case UInt8(ascii: "?"), UInt8(ascii: "~"), UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\\"):
            (kind, length) = (.wrong, 1)
        case UInt8(ascii: "."): (kind, length) = one(.dot)
        case UInt8(ascii: ","): (kind, length) = one(.comma)
        case UInt8(ascii: ";"):
            (kind, length) = one(.semicolon)
            isStatementStart = true
        case UInt8(ascii: ":"):
            if let open = stack.last, open.quote != 0 {
                formatSpec()
                return
            }
            (kind, length) = next == UInt8(ascii: "=") ? (.wrong, 2) : (.colon, 1)
        default:
            strangeCharacter(at: start)
            return
        }
        add(kind, from: start, to: start + length)
    }

    private mutating func close(_ c: UInt8) {
        guard let open = stack.last else {
            let sign = slice(position..<(position + 1))
            report("`\(sign)` closes nothing", Span(position, position + 1), note: "take it out or open it before")
            add(closeKind(c), from: position, to: position + 1)
            return
        }
        if open.quote != 0, c == UInt8(ascii: "}") {
            stack.removeLast()
            string(quote: open.quote, from: position, resumed: true)
            return
        }
        if closer(of: open.byte).utf8.first != c {
            let span = tokens[open.token].span
            report(
                "`\(slice((Int(span.end) - 1)..<Int(span.end)))` is not closed",
                Span(Int(span.end) - 1, Int(span.end)),
                note: "it needs a `\(closer(of: open.byte))` before the `\(slice(position..<(position + 1)))`",
                at: position)
        }
        stack.removeLast()
        matches[open.token] = Int32(tokens.count)
        add(closeKind(c), from: position, to: position + 1)
    }
}

private func closer(of open: UInt8) -> String {
    switch open {
    case UInt8(ascii: "("): ")"
    case UInt8(ascii: "["): "]"
    default: "}"
    }
}

private func closeKind(_ byte: UInt8) -> Token.Kind {
    switch byte {
    case UInt8(ascii: ")"): .closeParen
    case UInt8(ascii: "]"): .closeBracket
    default: .closeBrace
    }
}

/// The keyword that a word spells, else a name. No keyword is longer than eight bytes, so a word is compared as one
/// number.
private func keywordKind(_ packed: UInt64) -> Token.Kind { packedKeywords[packed] ?? .name }

private let packedKeywords: [UInt64: Token.Kind] = Dictionary(
    uniqueKeysWithValues: Keyword.allCases.map { word in
        (word.rawValue.utf8.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, word.kind)
    })
