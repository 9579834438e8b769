// Errors in windows: no line is longer than the window, and the caret stands below what it means.
import Language
import Testing

@Suite struct DiagnosticWidthTests {
    private func rendered(_ text: String, _ guilty: String, _ width: Int, inFile: Bool = false) -> [String] {
        let start = text.utf8.count - (text.range(of: guilty).map { text[$0.lowerBound...].utf8.count } ?? 0)
        let diagnostic = Diagnostic(
            "a message of some words that has to be broken between them",
            source: Source(
                text, origin: inFile ? .file("a-lesson.lethe", firstLine: 1) : .cell(3)),
            span: Span(start, start + guilty.utf8.count), note: "did you mean something else?")
        return diagnostic.rendered(width: width).split(separator: "\n").map(String.init)
    }

    @Test(arguments: [40, 60, 80, 110], ["at the beginning", "in the middle", "at the end"])
    func linesFitTheWindow(_ width: Int, _ place: String) {
        let filling = (0..<20).map { "name_\($0)" }.joined(separator: " + ")
        let text =
            switch place {
            case "at the beginning": "nope + " + filling
            case "in the middle": filling + " + nope + " + filling
            default: filling + " + nope"
            }
        for inFile in [false, true] {
            let lines = rendered(text, "nope", width, inFile: inFile)
            #expect(lines.allSatisfy { displayWidth($0) <= width }, "\(lines.joined(separator: "\n"))")
            // The caret's line is the one below the code's.
            guard let at = lines.firstIndex(where: { $0.contains("nope") }),
                let column = lines[at].range(of: "nope"), at + 1 < lines.count,
                let caret = lines[at + 1].range(of: "^^^^")
            else {
                Issue.record("\(lines.joined(separator: "\n"))")
                continue
            }
            #expect(
                displayWidth(String(lines[at][..<column.lowerBound]))
                    == displayWidth(String(lines[at + 1][..<caret.lowerBound])), "\(lines.joined(separator: "\n"))")
        }
    }
}
