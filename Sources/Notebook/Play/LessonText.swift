// What a lesson shows, laid out for a window: prose filled, code with its long lines broken between words.
import Language

struct LessonText {
    /// Columns that there are.
    let width: Int
    let isUnicode: Bool

    /// What stands before a stop, and the stop, as lines.
    func lines(_ lesson: Lesson) -> [String] {
        var texts = lesson.prose.map { prose(lesson.document.chunks[$0]) }.filter { !$0.isEmpty }.map { "\n" + $0 }
        switch lesson.stop {
        case .end: texts.append(sentence("\nThat was \(lesson.path); its names stay."))
        case .code(let index):
            texts += [head(lesson, index, "Enter runs it"), code(lesson.document.chunks[index].source)]
        case .exercise(let index, let solutions):
            let chunk = lesson.document.chunks[index]
            texts += [head(lesson, index, "your turn"), code(chunk.source)]
            if !chunk.expected.isEmpty {
                texts.append(output(chunk.expected.map(Document.recorded).joined(separator: "\n")))
            }
            let shows = solutions.isEmpty ? "" : "; :play show has a solution"
            texts.append(
                sentence("Write what is missing, so that this prints what stands below it; Enter checks it\(shows)."))
        case .solution(let indices):
            texts += [
                head(lesson, indices[0], "your turn"),
                sentence("Try it in cells of your own; Enter goes on with the lesson's own solution."),
            ]
        }
        return texts.flatMap { $0.allLines.map(String.init) }
    }

    func sentence(_ text: String) -> String {
        text.allLines.map { wrapped(String($0), to: width).joined(separator: "\n") }.joined(separator: "\n")
    }

    func code(_ text: String) -> String { TextLayout.code(text.trimmingNewlines, width: width) }

    /// What is printed is not broken.
    func output(_ text: String) -> String {
        text.trimmingNewlines.allLines.map { "    \($0)" }.joined(separator: "\n")
    }

    private func head(_ lesson: Lesson, _ index: Int, _ what: String) -> String {
        let title = lesson.document.chunks[index].title
        let start = "\(lesson.number)/\(lesson.count) \(isUnicode ? "·" : "-")"
        let words = start + (title.isEmpty ? "" : " " + title) + " (\(what))"
        if displayWidth(words) + 2 > width {
            // What to do is not broken.
            let pieces = [start] + title.split(separator: " ").map(String.init) + ["(\(what))"]
            return "\n" + wrapped(pieces, separator: " ", to: width).joined(separator: "\n")
        }
        let rule = String(repeating: isUnicode ? "─" : "-", count: max(1, min(width, 72) - displayWidth(words) - 1))
        return "\n\(words) \(rule)"
    }

    // MARK: Prose

    /// Words without the marks of emphasis; code keeps its own. Where there are links, formulas or comments they stay as
    /// they were written.
    static func plain(_ words: String) -> String {
        guard words.contains(where: { "*_\\".contains($0) }),
            !["$", "](", "<http", "<!--"].contains(where: { words.contains($0) })
        else { return words }
        let marks = [
            ("<em>", ""), ("</em>", ""), ("<strong>", ""), ("</strong>", ""), ("<code>", "`"), ("</code>", "`"),
            ("<br>", ""), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&"),
        ]
        return marks.reduce(MarkdownInlines.html(words)) { $0.replacing($1.0, with: $1.1) }
    }

    private func prose(_ chunk: Document.Chunk) -> String {
        let title = chunk.title.isEmpty ? [] : wrapped(chunk.title.uppercased(), to: width)
        let blocks = MarkdownBlocks(chunk.source).blocks.map { lines($0, width) }
        return ([title] + blocks).filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func lines(_ block: MarkdownBlocks.Block, _ width: Int) -> [String] {
        switch block {
        case .heading(_, let words): wrapped(Self.plain(words).uppercased(), to: width)
        case .paragraph(let words): wrapped(Self.plain(words).allLines.joined(separator: " "), to: width)
        case .code(_, let text): TextLayout.code(text, width: width).allLines.map(String.init)
        case .formula(let text): text.allLines.map(String.init)
        case .rule: [String(repeating: isUnicode ? "─" : "-", count: min(width, 20))]
        case .quote(let blocks): lines(blocks, width, first: isUnicode ? "│ " : "| ", then: isUnicode ? "│ " : "| ")
        case .list(let start, let items, _):
            items.enumerated().flatMap { index, item in
                let mark = start.map { "\($0 + index). " } ?? (isUnicode ? "• " : "- ")
                return lines(item, width, first: mark, then: String(repeating: " ", count: mark.count))
            }
        case .table(let head, _, let rows): table(([head] + rows).map { $0.map(Self.plain) })
        }
    }

    private func lines(_ blocks: [MarkdownBlocks.Block], _ width: Int, first: String, then: String) -> [String] {
        blocks.flatMap { lines($0, max(20, width - first.count)) }.enumerated().map { ($0 == 0 ? first : then) + $1 }
    }

    private func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? displayWidth($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            clipped(
                zip(row, widths).map { $0.padding(to: $1) }.joined(separator: "  "), to: width)
        }
    }
}
