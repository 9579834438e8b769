// Sessions as pages, Markdown and notebooks.
import Foundation
import Language
import Notebook
import Testing

@Suite struct SessionExportTests {
    @Test func aSessionAsItStands() throws {
        let session = ExportSample.session()
        for cell in ["x = [1, 2]", "nope", ":who", "# why\ny = 3\nplot(x)\ny", "# only words", "grid()"] {
            session.run(Cell(cell))
        }
        let document = ExportedDocument(session.records, name: "lesson.html")
        #expect(document.parts.map(\.source) == ["x = [1, 2]", "# why\ny = 3\nplot(x)", "y", "only words", "grid()"])
        let page = HTMLExport(document).text
        #expect(
            page.contains("<title>Lesson</title>") && page.contains("<figure ") && page.contains("<table>")
                && !page.contains("nope"))
        session.run(Cell(":undo 2"))
        #expect(ExportedDocument(session.records, name: "l.html").parts.map(\.source) == ["x = [1, 2]"])
    }

    @Test func aLoadedScriptKeepsItsTitlesInTheSessionsExport() {
        let session = ExportSample.session()
        session.begin(with: ExportSample.sample, name: "f.lethe")
        session.run(Cell("x + 1"))
        let document = ExportedDocument(session.records, name: "lesson.html")
        #expect(document.parts.map(\.title) == ["", "A base model", "A typo on purpose", "Curve", "Left alone", ""])
        #expect(document.title == "One shot & sixty steps")
    }

    @Test func onlyTheLatestPicturesAreKept() {
        let session = ExportSample.session()
        for _ in 0..<(CellHistory.keptPictures / 2 + 3) { session.run(Cell("plot([1, 2])\nplot([2, 1])")) }
        func pictures(_ record: CellRecord) -> Int {
            record.pieces.flatMap(\.items).count {
                if case .value(let rendering) = $0 { rendering.svg != nil } else { false }
            }
        }
        #expect(session.records.map(pictures).reduce(0, +) == CellHistory.keptPictures)
        #expect(pictures(session.records[0]) == 0)
        #expect(session.records[0].pieces.count == 2)
    }

    @Test func theCommand() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-export-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = ExportSample.session()
        var messages = ""
        session.onOutput = { output in
            switch output {
            case .text(.messages, let text): messages += text
            case .failure(let diagnostic): messages += diagnostic.rendered()
            default: break
            }
        }
        session.run(Cell(":export \(folder)/a.html"))
        #expect(messages.contains("nothing to export"))
        session.run(Cell("plot([1, 2])"))
        for name in ["a.html", "b.md", "c.ipynb"] { session.run(Cell(":export \(folder)/\(name)")) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "a.html", "b-plot-1.svg", "b.md", "c.ipynb",
            ])
        messages = ""
        session.run(Cell(":export \(folder)/a.pdf"))
        #expect(messages.contains("no picture") || messages.contains("wrote") || messages.contains("librsvg2-bin"))
        session.run(Cell(":export \(folder)/a.tex"))
        #expect(messages.contains("ends in none of them"))
        session.run(Cell(":export"))
        #expect(messages.contains("needs a file's name"))
        session.run(Cell(":export \(folder)/missing/a.html"))
        #expect(messages.contains("does not exist"))
    }
}
