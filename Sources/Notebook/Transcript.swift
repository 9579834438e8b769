// Recognises text copied from a session, prompts and outputs included, and gives back the cells alone.
import Language

/// A session's text as it stands on a screen or in a saved file.
public enum Transcript {
    /// What stands before the second and later lines of a cell where the terminal cannot edit several lines at once.
    public static let continuationPrompt = ".. "

    /// What stands before the first line of a cell.
    public static func prompt(cell number: Int) -> String { "\(number)> " }

    /// The cells of text that was copied from a screen or a script.
    ///
    /// Text with `3> ` prompts is taken for a session: a cell goes on as long as it is incomplete, or while it consists of
    /// assignments and another one follows, which print nothing; the lines from there to the next prompt are output and
    /// are left out. So are lines before the first prompt that a session begins with, and cells that end in `^C`.
    /// Text without prompts loses its `#> ` lines of recorded output, and nothing else.
    public static func stripped(_ text: String) -> String {
        let lines = withoutCommonIndentation(text.split(separator: "\n", omittingEmptySubsequences: false))
        guard lines.contains(where: { promptLength($0) != nil }) else {
            return lines.contains(where: isOutput) ? lines.filter { !isOutput($0) }.joined(separator: "\n") : text
        }
        var kept: [String] = []
        var cell: [Substring]?
        func finish() {
            if let cell, cell.last?.hasSuffix("^C") != true { kept += cell.map(String.init) }
            cell = nil
        }
        for line in lines where !isOutput(line) {
            if let length = promptLength(line) {
                finish()
                cell = [line.dropFirst(length)]
            } else if let open = cell {
                let next = line.hasPrefix(continuationPrompt) ? line.dropFirst(continuationPrompt.count) : line
                if goesOn(open.joined(separator: "\n"), with: next) { cell?.append(next) }
            } else if !line.hasPrefix("Lethe "), !line.hasPrefix("$ ") {
                kept.append(String(line))
            }
        }
        finish()
        return kept.joined(separator: "\n")
    }

    /// The cells of text that was typed, or pasted where a terminal does not tell: `3> x = 4` can only be a transcript, while
    /// `3> x` is a comparison.
    public static func strippedWhereSenseless(_ text: String) -> String {
        let result = stripped(text)
        return result == text || Completeness(of: text) == .invalid ? result : text
    }

    /// Whether a line belongs to the cell above it and is no output.
    private static func goesOn(_ cell: String, with line: Substring) -> Bool {
        if case .incomplete = Completeness(of: cell) { return true }
        return isAssignments(cell) && isAssignments(String(line))
    }

    /// Whether a text only binds names, which prints nothing.
    private static func isAssignments(_ text: String) -> Bool {
        guard let statements = try? Program(parsing: Source(text, origin: .cell(0))).statements, !statements.isEmpty
        else { return false }
        let utf8 = Array(text.utf8)
        return statements.allSatisfy { statement in
            let word = utf8[Int(statement.span.start)..<Int(statement.span.end)].prefix {
                $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")
            }
            return !statement.binds.isEmpty && !["for", "while", "if"].contains(String(decoding: word, as: UTF8.self))
        }
    }

    /// Lines as they were before they were indented as a whole, as quotations in documents are.
    private static func withoutCommonIndentation(_ lines: [Substring]) -> [Substring] {
        let indentation =
            lines.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        guard indentation > 0, let first = lines.first, promptLength(first.drop { $0 == " " }) != nil else {
            return lines
        }
        return lines.map { $0.dropFirst(indentation) }
    }

    private static func isOutput(_ line: Substring) -> Bool { line.hasPrefix("#> ") || line == "#>" }

    private static func promptLength(_ line: Substring) -> Int? {
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        let rest = line.dropFirst(digits.count)
        if rest.hasPrefix("> ") { return digits.count + 2 }
        return rest == ">" ? digits.count + 1 : nil
    }
}
