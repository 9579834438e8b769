// A page shows what anyone may have written: nothing in it runs, leads elsewhere under a false name, or waits for ever.
import Foundation
import Language
import Testing

import Notebook

@Suite struct PageSafetyTests {
    private func page(_ prose: String) -> String {
        HTMLExport(
            ScriptExport.recorded(
                "# %% [markdown]\n"
                    + prose.split(separator: "\n", omittingEmptySubsequences: false).map { "# \($0)" }.joined(
                        separator: "\n"), name: "f.lethe")
        ).text
    }

    @Test(arguments: [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\u{1}script:alert(1)", "\u{1}javascript:alert(1)",
        "java\u{0}script:alert(1)",
        "java\u{AD}script:alert(1)", "\u{FEFF}javascript:alert(1)", "java\u{200B}script:alert(1)",
        "javascript\u{1}:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "//evil", "/\\evil", "\\\\evil", "\\/evil", "/\u{1}/evil", "\u{1}//evil", "<//evil>", "<java\u{1}script:x>",
    ]) func noLinkLeadsAstray(_ address: String) {
        let text = page("a [word](\(address)) b")
        #expect(!text.contains("<a href") && text.contains("word"), "\(visible(text))")
    }

    @Test(arguments: [
        ("https://x.org/a?b=1", "https://x.org/a?b=1"), ("mailto:a@b.c", "mailto:a@b.c"),
        ("page.html#a", "page.html#a"), ("/root/x", "/root/x"), ("#there", "#there"),
        ("?q=a:b", "?q=a:b"), ("../a//b", "../a//b"), ("https://x.org/\u{1}a", "https://x.org/a"),
    ]) func otherLinksStay(_ address: String, _ written: String) {
        #expect(page("[word](\(address))").contains("<a href=\"\(written)\""))
    }

    @Test func thePolicyForbidsWhatAPageDoesNotNeed() {
        let text = page("words")
        for rule in ["default-src 'none'", "form-action 'none'", "base-uri 'none'"] { #expect(text.contains(rule)) }
    }

    // MARK: Pictures

    private static func drawn() -> [String] {
        let session = wholeSession()
        var pictures: [String] = []
        session.onOutput = { if case .value(let rendering) = $0, let svg = rendering.svg { pictures.append(svg) } }
        for cell in [
            "plot([1, 3, 2], [2, 1], title=\"<b> & \\\"q\\\" \\u{1b}\", xlabel=\"a > b\", ylabel=\"'\")",
            "histogram([1, 2, 2, 3], title=\"h\")", "heatmap([[1, 2], [3, 4]])",
            "band([[1, 2], [3, 4]])", "contour((x, y) -> x^2 + y^2, x=[-1, 1], y=[-1, 1])",
            "race((x, y) -> x^2 + y^2, steps=5)",
        ] { session.run(Cell(cell)) }
        return pictures
    }

    @Test func whatLetheDrawsIsWrittenAnewAsItWas() throws {
        let pictures = Self.drawn()
        #expect(pictures.count == 6, "\(pictures.count)")
        for picture in pictures { #expect(InlineSVG.text(picture) == picture) }
        let page = InlineSVG.text(pictures[0], number: 7, hasCaption: true)
        #expect(
            page?.contains("class=\"lethe-plot p7\"") == true && page?.contains(".lethe-plot.p7 .grid{") == true
                && page?.contains("@media screen and (prefers") == true)
        #expect(
            page?.contains("class=\"title\"") == false
                && page?.contains("aria-label=\"Line plot: &lt;b&gt; &amp; &quot;q&quot; \\u{1b}. ") == true)
        for file in try FileManager.default.contentsOfDirectory(
            atPath: #filePath.replacing("PageSafetyTests.swift", with: "Pictures")) where file.hasSuffix(".svg")
        {
            let text = try String(
                contentsOfFile: #filePath.replacing("PageSafetyTests.swift", with: "Pictures/" + file), encoding: .utf8)
            #expect(InlineSVG.text(text) == text, "\(file)")
        }
    }

    /// Each is put into a picture that Lethe drew, whose class it keeps.
    @Test(arguments: [
        "<script>alert(1)</script>", "<rect onload=\"alert(1)\"/>", "<image href=\"https://evil/x\"/>",
        "<use href=\"#a\"/>", "<a href=\"javascript:x\"><text>y</text></a>",
        "<foreignObject><b>x</b></foreignObject>", "<path d=\"M0 0\" style=\"fill:url(x)\"/>",
        "<path class=\"x\" d=\"url(https://evil)\"/>", "<animate attributeName=\"x\"/>",
        "<rect fill=\"url(#a)\"/>", "<text>a<tspan>b</tspan></text>", "<!-- comment -->", "<![CDATA[x]]>",
        "<?xml-stylesheet href=\"x\"?>", "words between",
        "<text>&#106;</text>", "<text x=\"1\" x=\"2\">a</text>", "<text x='1'>a</text>",
        "<svg class=\"lethe-plot\"></svg>", "<style>b{}</style>", "<rect/", "</g>", "<g>", "<RECT/>",
        "<text\u{1}>a</text>", "<text>a\u{1}</text>", "<rect x=\"1\"onload=\"a\"/>", "<rect x=\"\"/ onload=\"a\">",
        "<set/>",
    ]) func whatIsNotOfItsGrammarStaysOut(_ element: String) throws {
        let picture = try #require(Self.drawn().last)
        let spoiled = picture.replacing("</svg>", with: element + "</svg>")
        #expect(InlineSVG.text(spoiled) == nil && InlineSVG.text(spoiled, number: 1, hasCaption: false) == nil)
    }

    @Test func aStyleIsTheProgramsOwn() throws {
        let picture = try #require(Self.drawn().last)
        let spoiled = picture.replacing("<style>", with: "<style>body{display:none}")
        #expect(InlineSVG.text(spoiled) == picture)
        for text in [
            "", "<svg>", "<svg class=\"lethe-plot\"></svg><script>x</script>", "x" + picture, picture + picture,
            "<svg onload=\"alert(1)\"></svg>",
        ] { #expect(InlineSVG.text(text) == nil) }
    }

    @Test func noFormatHoldsAnothersPicture() throws {
        let bad = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lethe-plot\"><script>alert(1)</script></svg>"
        func document(_ svg: String) throws -> ExportedDocument {
            let chunk = try #require(Document("x").chunks.first)
            let part = ExportedDocument.Part(chunk, items: [.value(Rendering("a plot", svg: svg))], isRecorded: false)
            return ExportedDocument(name: "f.lethe", parts: [part])
        }
        let spoiled = try document(bad), markdown = MarkdownExport(spoiled, pictures: .files(beside: "f.md"))
        #expect(markdown.pictureFiles.isEmpty && markdown.text.contains("a plot"))
        for text in [markdown.text, HTMLExport(spoiled).text, NotebookExport(spoiled).text] {
            #expect(!text.contains("alert") && text.contains("a plot"))
        }
        let own = try #require(Self.drawn().last)
        #expect(MarkdownExport(try document(own), pictures: .files(beside: "f.md")).pictureFiles.map(\.svg) == [own])
    }

    @Test func nothingIsWaitedFor() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-page-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(mkfifo(folder + "/p.svg", 0o600) == 0 && symlink("/dev/zero", folder + "/z.png") == 0)
        let text = page("![a](\(folder)/p.svg) ![b](\(folder)/z.png)")
        #expect(text.contains("a (\(folder)/p.svg)") && text.contains("b (\(folder)/z.png)"))
        let recorded = HTMLExport(ScriptExport.recorded("x\n#> ![plot](\(folder)/p.svg)\n", name: "f.lethe")).text
        #expect(recorded.contains("plot in "))
        #expect(throws: LanguageError.self) { try ScriptFile.read("/dev/zero") }
    }
}
