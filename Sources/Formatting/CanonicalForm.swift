// The canonical form of a script: blanks, indentation and blank lines; never what it does.
import Language
import Notebook

/// Lays scripts out: one blank around operators and after commas, two columns a level of brackets, at most two blank
/// lines in a row. Where lines break stays the author's choice, as do comments, titles, prose and recorded output.
public enum CanonicalForm {
    /// Columns of one level.
    static let step = 2

    /// The canonical form of a script.
    ///
    /// A cell that is there to show a syntax error (`#> error:` stands below it) stays as it is.
    /// - Parameter name: the file's, for the place of a mistake.
    /// - Throws: the ``Diagnostic`` of a syntax error; a ``LanguageError`` where the result would be another program,
    ///   which is never given out.
    public static func of(_ text: String, name: String) throws -> String {
        let document = Document(text)
        var lines: [String] = []
        for stretch in stretches(of: document) {
            let source = Source(
                document.lines[stretch.lines].joined(separator: "\n"),
                origin: .file(name, firstLine: stretch.lines.lowerBound + 1))
            let program: Program
            do {
                program = try Program(parsing: source)
            } catch {
                guard stretch.isToFail else { throw error }
                lines += document.lines[stretch.lines]
                continue
            }
            let laidOut = StretchLayout(source.text).lines()
            guard let again = try? Program(parsing: Source(laidOut.joined(separator: "\n"), origin: .cell(0))),
                isSame(program, again)
            else { throw changed(name) }
            lines += laidOut
        }
        let result = ended(withoutNeedlessBlanks(lines), like: text)
        guard isSame(document, Document(result)) else { throw changed(name) }
        return result
    }

    private static func changed(_ name: String) -> LanguageError {
        LanguageError(
            "`\(name)` would mean something else in canonical form; it stays as it is",
            advice: ["this is a mistake in Lethe: please report the script"])
    }

    // MARK: Stretches

    /// Lines that are one program.
    private struct Stretch {
        let lines: Range<Int>
        /// They are there to show an error.
        let isToFail: Bool
    }

    /// A script runs as one program, but for what is there to fail.
    private static func stretches(of document: Document) -> [Stretch] {
        var result: [Stretch] = [], start = 0
        for chunk in document.chunks where chunk.expectsFailure {
            result += [
                Stretch(lines: start..<chunk.codeLines.lowerBound, isToFail: false),
                Stretch(lines: chunk.codeLines, isToFail: true),
            ]
            start = chunk.codeLines.upperBound
        }
        return result + [Stretch(lines: start..<document.lines.count, isToFail: false)]
    }

    // MARK: Lines

    /// No blank lines at either end, and at most two in a row.
    private static func withoutNeedlessBlanks(_ lines: [String]) -> [String] {
        var result: [String] = [], blanks = 0
        for line in lines {
            if line.allSatisfy(\.isWhitespace) {
                blanks += 1
                continue
            }
            if !result.isEmpty { result += Array(repeating: "", count: min(blanks, 2)) }
            blanks = 0
            result.append(line)
        }
        return result
    }

    /// The lines as a text whose lines end as the first of another does.
    private static func ended(_ lines: [String], like text: String) -> String {
        let bytes = text.utf8
        let isWindows = bytes.firstIndex(of: 10).map { $0 > bytes.startIndex && bytes[bytes.index(before: $0)] == 13 }
        let end = isWindows == true ? "\r\n" : "\n"
        return lines.map { $0 + end }.joined()
    }

    /// Whether two documents have the same cells with the same recorded output.
    private static func isSame(_ a: Document, _ b: Document) -> Bool {
        func outline(_ document: Document) -> [[String]] {
            document.chunks.filter { !$0.title.isEmpty || !$0.tags.isEmpty || !$0.expected.isEmpty }.map {
                [$0.title] + $0.tags.sorted() + ["\n"] + $0.expected
            }
        }
        return zip(outline(a), outline(b)).allSatisfy { $0.elementsEqual($1, by: { $0.utf8.elementsEqual($1.utf8) }) }
            && outline(a).count == outline(b).count
    }
}
