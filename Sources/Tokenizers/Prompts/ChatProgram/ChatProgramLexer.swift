// Cuts a chat template into what is written as it stands and the tags between.

/// A piece of a template.
enum ChatPiece {
    case text(String)
    /// `{{ … }}`
    case output([ChatToken])
    /// `{% … %}`
    case statement([ChatToken])
}

/// A word of what stands in a tag.
enum ChatToken: Equatable {
    case name(String)
    case string(String)
    case number(Int)
    /// An operator, bracket or comma.
    case sign(String)
}

/// Jinja's lexer as transformers sets it up: the new line after a block and the blanks before it on its line are left out
/// (`trim_blocks`, `lstrip_blocks`), and so is one at the end of the template.
struct ChatProgramLexer {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var pieces: [ChatPiece] = []

    static func pieces(of program: String) throws -> [ChatPiece] {
        var text = program.replacing("\r\n", with: "\n").unicodeScalars
        if text.last == "\n" { text.removeLast() }
        var lexer = ChatProgramLexer(Array(text))
        try lexer.cut()
        return lexer.pieces
    }

    private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private func at(_ offset: Int) -> Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    private func starts(_ word: String, at offset: Int) -> Bool {
        scalars[min(offset, scalars.count)...].starts(with: word.unicodeScalars)
    }

    private mutating func cut() throws {
        var text: [Unicode.Scalar] = [], stripsNext = false
        func add(_ more: [Unicode.Scalar]) {
            if !more.isEmpty { pieces.append(.text(String(String.UnicodeScalarView(more)))) }
        }
        while index < scalars.count {
            guard scalars[index] == "{", let kind = at(index + 1), "{%#".unicodeScalars.contains(kind) else {
                if stripsNext, scalars[index].properties.isWhitespace {
                    index += 1
                } else {
                    stripsNext = false
                    text.append(scalars[index])
                    index += 1
                }
                continue
            }
            stripsNext = false
            let mark = at(index + 2)
            if mark == "-" {
                while text.last?.properties.isWhitespace ?? false { text.removeLast() }
            } else if kind != "{", mark != "+" {
                Self.stripLine(&text, isFirst: pieces.isEmpty)
            }
            add(text)
            text = []
            index += mark == "-" || mark == "+" ? 3 : 2
            let close = kind == "{" ? "}}" : kind == "%" ? "%}" : "#}"
            let tokens = try kind == "#" ? comment() : self.tokens(until: close)
            if kind == "{" { pieces.append(.output(tokens)) }
            if kind == "%" { pieces.append(.statement(tokens)) }
            if at(index) == "-" {
                stripsNext = true
                index += 1 + close.count
            } else {
                let keepsLine = at(index) == "+"
                index += close.count + (keepsLine ? 1 : 0)
                if kind != "{", !keepsLine, at(index) == "\n" { index += 1 }
            }
        }
        add(text)
    }

    /// Takes blanks off the end of a text where they are all that stands on its last line.
    private static func stripLine(_ text: inout [Unicode.Scalar], isFirst: Bool) {
        let blanks = text.reversed().prefix { $0 == " " || $0 == "\t" }.count
        let rest = text.count - blanks
        if rest == 0 ? isFirst : text[rest - 1] == "\n" { text.removeLast(blanks) }
    }

    private mutating func comment() throws -> [ChatToken] {
        while index < scalars.count {
            if starts("#}", at: index) || (starts("-#}", at: index)) { return [] }
            index += 1
        }
        throw ChatProgramError("a comment does not end")
    }

    /// Words up to where the tag closes; the place is left before its `-` or `+`, or before the closing itself.
    private mutating func tokens(until close: String) throws -> [ChatToken] {
        var tokens: [ChatToken] = [], depth = 0
        while let scalar = at(index) {
            if scalar.properties.isWhitespace {
                index += 1
            } else if depth == 0,
                starts(close, at: index) || starts("-" + close, at: index) || starts("+" + close, at: index)
            {
                return tokens
            } else if scalar == "'" || scalar == "\"" {
                tokens.append(.string(try quoted(scalar)))
            } else if scalar.properties.isAlphabetic || scalar == "_" {
                tokens.append(
                    .name(taken { $0.properties.isAlphabetic || $0 == "_" || $0.properties.numericType != nil }))
            } else if ("0"..."9").contains(scalar) {
                guard let number = Int(taken { ("0"..."9").contains($0) }) else {
                    throw ChatProgramError("a number is too large")
                }
                tokens.append(.number(number))
            } else {
                let signs = ["==", "!=", "<=", ">=", "//", "**"]
                let sign = signs.first { starts($0, at: index) } ?? String(scalar)
                guard signs.contains(sign) || "+-*/%~|.,:()[]{}=<>".unicodeScalars.contains(scalar) else {
                    throw ChatProgramError("`\(sign)` is not known")
                }
                if "([{".contains(sign) { depth += 1 }
                if ")]}".contains(sign) { depth -= 1 }
                tokens.append(.sign(sign))
                index += sign.unicodeScalars.count
            }
        }
        throw ChatProgramError("a tag does not end")
    }

    private mutating func taken(while belongs: (Unicode.Scalar) -> Bool) -> String {
        let start = index
        while let scalar = at(index), belongs(scalar) { index += 1 }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func quoted(_ quote: Unicode.Scalar) throws -> String {
        var text = String.UnicodeScalarView()
        index += 1
        while let scalar = at(index) {
            index += 1
            if scalar == quote { return String(text) }
            guard scalar == "\\", let next = at(index) else {
                text.append(scalar)
                continue
            }
            index += 1
            switch next {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\\", "'", "\"": text.append(next)
            case "\n": break
            case "x", "u", "U", "N", "0"..."9", "a", "b", "f", "v":
                throw ChatProgramError("the escape \\\(next) is not known")
            default:
                text.append("\\")
                text.append(next)
            }
        }
        throw ChatProgramError("a string does not end")
    }
}
