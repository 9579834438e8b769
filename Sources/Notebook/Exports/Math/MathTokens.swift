// A formula of LaTeX cut into commands, braces, signs and letters.

/// A piece of a formula.
enum MathToken: Equatable {
    /// `\frac`, `\,`; without the backslash.
    case command(String)
    case open, close
    case superscript, `subscript`
    /// `&` and `\\` of a matrix.
    case cell, row
    case character(Character)
    /// Digits with a decimal point or thousands between them.
    case number(String)
    /// Blanks, which only `\text{…}` shows.
    case blank

    static func all(of source: String) -> [MathToken] {
        var tokens: [MathToken] = [], rest = Array(source)[...]
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let next = rest.popFirst() else {
                    tokens.append(.character("\\"))
                    break
                }
                if next == "\\" {
                    tokens.append(.row)
                } else if next.isASCII, next.isLetter {
                    var name = String(next)
                    while let letter = rest.first, letter.isASCII, letter.isLetter {
                        name.append(letter)
                        rest.removeFirst()
                    }
                    // `\operatorname*` puts its limits as `\operatorname` does.
                    if name == "operatorname", rest.first == "*" { rest.removeFirst() }
                    tokens.append(.command(name))
                } else {
                    tokens.append(.command(next.isWhitespace ? " " : String(next)))
                }
            case "{": tokens.append(.open)
            case "}": tokens.append(.close)
            case "^": tokens.append(.superscript)
            case "_": tokens.append(.subscript)
            case "&": tokens.append(.cell)
            // A comment goes to the end of its line.
            case "%": rest = rest.drop { !$0.isNewline }
            case _ where character.isWhitespace:
                if tokens.last != .blank { tokens.append(.blank) }
            case "0"..."9":
                var number = String(character)
                while let digit = rest.first {
                    let goesOn = rest.dropFirst().first.map { $0.isASCII && $0.isNumber } ?? false
                    guard digit.isASCII, digit.isNumber || digit == "." && goesOn else { break }
                    number.append(digit)
                    rest.removeFirst()
                }
                tokens.append(.number(number))
            default: tokens.append(.character(character))
            }
        }
        return tokens
    }

    /// As it was written.
    var source: String {
        switch self {
        case .command(let name): "\\" + name
        case .open: "{"
        case .close: "}"
        case .superscript: "^"
        case .subscript: "_"
        case .cell: "&"
        case .row: "\\\\"
        case .character(let character): String(character)
        case .number(let digits): digits
        case .blank: " "
        }
    }
}
