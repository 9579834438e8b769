// Text that a terminal would obey, sent along every way by which a session shows something.
import Files
import Foundation
import Language
import Testing

import Notebook

@Suite struct HostileTextTests {
    /// Title and colour changes, a bell, text turned around, invisible characters, a NUL.
    static let hostile = "\u{1B}]0;t\u{7}\u{1B}[31m\u{9B}1m\u{9D}\u{202E}\u{2066}\u{200F}\u{61C}\u{200B}\u{FEFF}\u{0}x"
    /// The same as the language writes it.
    static let literal = "\"" + String(quoted(hostile).dropFirst().dropLast()) + "\""

    private func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-hostile-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func nothingShownIsObeyed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A file's name holds no NUL.
        let name = Self.hostile.filter { $0 != "\u{0}" }
        try JSON.object(["\(Self.hostile)": .string(Self.hostile)]).text(.compact).write(
            toFile: folder + "/j.json", atomically: true, encoding: .utf8)
        try "\(name),b\n1,2\n\(name),3\n".write(toFile: folder + "/c.csv", atomically: true, encoding: .utf8)
        try "\(name)\n#> \(name)\n1 +\n".write(toFile: folder + "/s.lethe", atomically: true, encoding: .utf8)
        try "print(1)\n#> \(Self.hostile)\n".write(toFile: folder + "/d.lethe", atomically: true, encoding: .utf8)
        let talk = Talk(wholeSession())
        let cells = [
            "h = \(Self.literal)", "h", "[h, h]", "(a=h)", "print([h])", "show(h)", "show([h, (a=h)])",
            "j = read_json(\"\(folder)/j.json\")", "j", "keys(j)", "print(j)", "j[\"nosuch\"]", "j.nosuch",
            "read_csv(\"\(folder)/c.csv\")", "t = tensor([1, 2])", "write_tensors(merge((a=t), j), \"\(folder)/x\")",
            "error(h)", "plot([1, 2, 3], title=h, xlabel=h)", "histogram([1, 2, 3], title=h)",
            "plot((a=[1, 2], b=[2, 1]))", "text_set([h])", "text_set([h])[0]", "question_set([h], [h])",
            "question_set([h], [h])[0]", "f = x -> \"\(Self.hostile)\" + x", "f", "print(f)", "f(nope)",
            "1 + \"\(Self.hostile)\" # \(Self.hostile)", "m = gpt(5, layers=1, width=8)", "b = batch([[1, 2, 3]])",
            "compare(m, m, on=(b=b), names=[h, \"x\"])", "print(compare(m, m, on=(b=b), names=[h, \"x\"]))", "load(h)",
            "load(\"\(name)\")", "read_text(\"\(name)\")", "h.nosuch", "h + 1", "to_number(h)", "assert(false, h)",
            "\(Self.hostile)", "x = 1 \(Self.hostile)", ":who", ":type h", ":type f", ":history",
            ":load \(folder)/s.lethe", ":load \(name)", ":save \(name)", ":export \(name)", ":check \(folder)/d.lethe",
            ":check \(name)", ":drop \(name)", ":\(name)", "?\(name)", "?\"\(name)\"", ":rerun \(name)", ":set \(name)",
            ":step \(name)", ":stale", ":rerun 2", ":mem", "for k in keys(j) { nope }",
        ]
        var shown = 0
        for cell in cells {
            talk(cell)
            let text = talk.results + talk.messages
            #expect(visible(text) == text, "\(visible(cell))")
            if text.contains("\\u{") { shown += 1 }
        }
        #expect(shown > 30, "the text was shown in \(shown) cells")
        // What they print of their own goes out as it is, and is recorded so.
        #expect(talk("print(h)") == Self.hostile + "\n")
    }

    @Test func tablesStayAligned() {
        let talk = Talk(wholeSession())
        talk("m = gpt(5, layers=1, width=8)\nb = batch([[1, 2, 3]])")
        let lines = talk("compare(m, m, on=(b=b), names=[\"\\u{1b}[1m\", \"a\\nb\"])").split(separator: "\n")
        #expect(lines.count == 3 && lines[1].hasPrefix("\\u{1b}[1m ") && lines[2].hasPrefix("a\\nb "), "\(lines)")
        #expect(Set(lines.map(\.count)).count == 1, "\(lines)")
    }

    @Test func progressAndExportsShowItToo() throws {
        var written = ""
        var time = 0.0
        let meter = ProgressMeter(style: .lines, columns: { 80 }, clock: { time }, write: { written += $0 })
        for step in 0...4 {
            meter.report(Self.hostile, done: step, total: 4, note: Self.hostile)
            time += 1
        }
        #expect(written.contains("\\u{1b}]0;t") && visible(written) == written)
        let session = wholeSession()
        let document = try ScriptExport(session: session).run(
            "\(Self.literal)\nplot([1, 2], title=\(Self.literal))", name: "f.lethe"
        ).document
        for text in [
            HTMLExport(document).text, NotebookExport(document).text, MarkdownExport(document, pictures: .text).text,
        ] { #expect(visible(text) == text) }
        #expect(HTMLExport(document).text.contains("<svg "))
    }
}
