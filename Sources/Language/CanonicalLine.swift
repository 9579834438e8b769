// Code on one line: what is shown of a function, and what tells it from another.

/// The code of a text on one line, in canonical form: as `lethe format` sets blanks, without comments, and with `;` where
/// the end of a line ends a statement.
///
/// Texts that differ only in comments and layout have the same line, and texts with the same line mean the same.
/// - Parameter text: a program, or a function of one, without syntax errors.
func canonicalLine(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let marks = TokenMarks(tokens(of: text), bytes)
    var line: [UInt8] = [], last: Int?
    for (index, token) in marks.tokens.enumerated() {
        switch token.kind {
        case .newline, .comment, .end: continue
        default: break
        }
        if marks.beginsStatement(index) { line.append(UInt8(ascii: ";")) }
        if let last, marks.isSpaced(last, index) || line.last == UInt8(ascii: ";") { line.append(UInt8(ascii: " ")) }
        line += bytes[token.span.range]
        last = index
    }
    return String(decoding: line, as: UTF8.self)
}
