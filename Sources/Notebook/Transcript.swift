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
    /// Text with `3> ` prompts, or those of another program (``PromptStyle``), is taken for a session: a cell goes on
    /// as long as it is incomplete, or while it consists of assignments and another one follows, which print nothing;
    /// the lines from there to the next prompt are output and are left out. So are lines before the first prompt that a
    /// session begins with, and cells that end in `^C`. Text without prompts loses its `#> ` lines of recorded output,
    /// and nothing else.
    ///
    /// What goes on with an open bracket or string is code, whatever it looks like.
    public static func stripped(_ text: String) -> String {
        let lines = withoutCommonIndentation(text.allLines)
        guard lines.contains(where: { isOutput($0) || PromptStyle.of($0) != nil }) else { return text }
        var reader = Reader()
        for line in lines { reader.read(line) }
        return reader.text
    }

    /// The cells of text that was typed, or pasted where a terminal does not tell: `3> x = 4` can only be a transcript,
    /// while `3> x` is a comparison.
    public static func strippedWhereSenseless(_ text: String) -> String {
        // Half a comparison is a slip, and no line from R.
        if text.hasPrefix("> "), !text.hasLineBreak { return text }
        let result = stripped(text)
        return result == text || Completeness(of: text) == .invalid ? result : text
    }

    /// Goes through the lines of a text once.
    private struct Reader {
        private var kept: [Substring] = []
        /// The cell being read; without prompts, the code since what was known to be whole.
        private var cell: [Substring] = []
        private var style: PromptStyle?

        var text: String { (kept + open).joined(separator: "\n") }

        /// The lines of the cell being read, unless the user gave it up.
        private var open: [Substring] { isGivenUp ? [] : cell }
        private var isGivenUp: Bool { cell.last?.hasSuffix("^C") ?? false }
        private var isIncomplete: Bool {
            if case .incomplete = Completeness(of: cell.joined(separator: "\n")) { return !isGivenUp }
            return false
        }

        private mutating func finish() {
            kept += open
            cell = []
        }

        mutating func read(_ line: Substring) {
            guard let style else { return readCode(line) }
            // Lethe's prompt could be a comparison, and others' could not be code in an open cell.
            if let rest = style.withoutPrompt(line), style != .lethe || !isIncomplete {
                finish()
                cell = [rest]
            } else if let next = style.continued(line) {
                if style != .lethe || goesOn(with: next) { cell.append(next) }
            } else if goesOn(with: line), !(Transcript.isOutput(line) && !isIncomplete) {
                cell.append(line)
            }
        }

        /// A line before the first prompt.
        private mutating func readCode(_ line: Substring) {
            let found = PromptStyle.of(line)
            guard found != nil || Transcript.isOutput(line), !isIncomplete else {
                cell.append(line)
                return
            }
            if let found {
                // What a session begins with.
                cell.removeAll { $0.hasPrefix("Lethe ") || $0.hasPrefix("$ ") }
                style = found
                read(line)
            } else {
                finish()
            }
        }

        /// Whether a line belongs to the cell above it and is no output.
        private func goesOn(with line: Substring) -> Bool {
            isIncomplete
                || style == .lethe && Transcript.isAssignments(cell.joined(separator: "\n"))
                    && Transcript.isAssignments(String(line))
        }
    }

    /// Whether a text only binds names, which prints nothing.
    fileprivate static func isAssignments(_ text: String) -> Bool {
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
        guard indentation > 0, let first = lines.first, PromptStyle.of(first.drop { $0 == " " }) != nil else {
            return lines
        }
        return lines.map { $0.dropFirst(indentation) }
    }

    fileprivate static func isOutput(_ line: Substring) -> Bool { line.hasPrefix("#> ") || line == "#>" }
}
