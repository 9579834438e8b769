// Scripts and sessions as Markdown, pages and notebooks; notebooks as scripts.
import Files
import Foundation
import Language
import LanguageModels
import Notebook
import StandardLibrary
import Testing
import Tensors
import StandardLibrary
import Vocabulary

/// `grid()` is a table, `plot` draws.
private func session() -> Session {
    var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
    configuration.registry.add([
        Builtin("grid", family: "tables", summary: "A table.") { _ in
            .foreign(
                TableValue(
                    rows: ["a < b", "日本"], columns: ["forget", "retain"], cells: [[0.5, nil], [-1, 2e-35]],
                    readsColumns: true, notes: ["a note & more"]))
        }
    ])
    return Session(configuration)
}

private let sample = #"""
    #!/usr/bin/env lethe
    # %% [markdown]
    # # One shot & sixty steps
    # Names with *an* are **forgotten** where `x < 1`, as $a_1 * b_2$ says.

    # %% A base model
    x = [1, 4]  # 日本
    print("<b>", x)
    "say \"{x[0]}\""
    grid()

    # %% A typo on purpose
    x = 3
    mdoel
    #> error: `mdoel` is not defined
    #> ...

    # %% Curve [slow]
    plot([x, 2 * x], title="a [title]")

    # %% Left alone [skip]
    1 + 1
    #> 3
    """#

private func exported(_ text: String = sample, name: String = "folder/one-shot.lethe") throws -> ExportedDocument {
    try ScriptExport(session: session()).run(text, name: name).document
}

/// The text without the pictures' drawing, which has tests of its own.
private func withoutDrawings(_ text: String) -> String {
    text.replacingOccurrences(of: "<svg [\\s\\S]*?</svg>", with: "<svg/>", options: .regularExpression)
        .replacingOccurrences(of: "<math[\\s\\S]*?</math>", with: "<math/>", options: .regularExpression)
}

@Suite struct ExportTests {
    @Test func markdown() throws {
        let export = MarkdownExport(try exported(), pictures: .files(beside: "out/page.md"))
        #expect(
            export.text == #"""
                # One shot & sixty steps
                Names with *an* are **forgotten** where `x < 1`, as $a_1 * b_2$ says.

                ## A base model

                ```lethe
                x = [1, 4]  # 日本
                print("<b>", x)
                "say \"{x[0]}\""
                grid()
                ```

                ```text
                <b> [1, 4]
                "say \"1\""
                       forget  retain
                a < b     0.5       –
                日本       -1   2e-35
                a note & more
                ```

                ## A typo on purpose

                ```lethe
                x = 3
                mdoel
                ```

                ```text
                error: `mdoel` is not defined
                   │ mdoel
                   │ ^^^^^
                ```

                ## Curve

                ```lethe
                plot([x, 2 * x], title="a [title]")
                ```

                ![a title](page-plot-1.svg)

                ## Left alone

                ```lethe
                1 + 1
                ```

                ```text
                3
                ```

                """#)
        #expect(export.pictureFiles.map(\.path) == ["out/page-plot-1.svg"])
        #expect(export.pictureFiles[0].svg.contains("<svg "))
    }

    @Test func aPage() throws {
        let page = HTMLExport(try exported()).text
        let start = try #require(page.range(of: "<main>\n")), end = try #require(page.range(of: "\n</main>"))
        #expect(
            withoutDrawings(String(page[start.upperBound..<end.lowerBound])) == #"""
                <h1>One shot &amp; sixty steps</h1>
                <nav aria-label="Contents">
                <ol>
                <li><a href="#a-base-model">A base model</a></li>
                <li><a href="#a-typo-on-purpose">A typo on purpose</a></li>
                <li><a href="#curve">Curve</a></li>
                <li><a href="#left-alone">Left alone</a></li>
                </ol>
                </nav>
                <p>Names with <em>an</em> are <strong>forgotten</strong> where <code>x &lt; 1</code>, as <math/> says.</p>
                <section id="a-base-model">
                <h2>A base model</h2>
                <div class="cell">
                <pre class="code"><code><span class="l">x = [<span class="n">1</span>, <span class="n">4</span>]  <span class="c"># 日本</span>
                </span><span class="l"><span class="f">print</span>(<span class="s">&quot;&lt;b&gt;&quot;</span>, x)
                </span><span class="l"><span class="s">&quot;say \&quot;{</span>x[<span class="n">0</span>]<span class="s">}\&quot;&quot;</span>
                </span><span class="l"><span class="f">grid</span>()</span></code></pre>
                <pre class="out">&lt;b&gt; [1, 4]
                &quot;say \&quot;1\&quot;&quot;</pre>
                <div class="out wide">
                <table>
                <thead><tr><th></th><th class="n">forget</th><th class="n">retain</th></tr></thead>
                <tbody>
                <tr><td>a &lt; b</td><td class="n">0.5</td><td class="n">–</td></tr>
                <tr><td>日本</td><td class="n">-1</td><td class="n">2e-35</td></tr>
                </tbody>
                </table>
                <p>a note &amp; more</p>
                </div>
                </div>
                </section>
                <section id="a-typo-on-purpose">
                <h2>A typo on purpose</h2>
                <div class="cell">
                <pre class="code"><code><span class="l">x = <span class="n">3</span>
                </span><span class="l">mdoel</span></code></pre>
                <pre class="out error" role="note">error: `mdoel` is not defined
                   │ mdoel
                   │ ^^^^^</pre>
                </div>
                </section>
                <section id="curve">
                <h2>Curve</h2>
                <div class="cell">
                <pre class="code"><code><span class="l"><span class="f">plot</span>([x, <span class="n">2</span> * x], <span class="a">title</span>=<span class="s">&quot;a [title]&quot;</span>)</span></code></pre>
                <figure tabindex="0">
                <svg/>
                <figcaption><b>Figure 1.</b> a [title]</figcaption>
                </figure>
                </div>
                </section>
                <section id="left-alone">
                <h2>Left alone</h2>
                <div class="cell">
                <pre class="code"><code><span class="l"><span class="n">1</span> + <span class="n">1</span></span></code></pre>
                <p class="aside">not run</p>
                <pre class="out">3</pre>
                </div>
                </section>
                """#)
        // Nothing is asked of anyone, and nothing runs.
        for forbidden in ["<script", "@import", "src=\"http", "url(", " onload"] {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
    }

    @Test func aNotebook() throws {
        let text = NotebookExport(try exported()).text
        #expect(text == NotebookExport(try exported()).text)
        let notebook = try JSON(parsing: text)
        #expect(notebook["nbformat"] == 4 && notebook["nbformat_minor"] == 5)
        let cells = try #require(notebook["cells"]?.array)
        #expect(
            cells.map { $0["id"]?.string } == [
                "prose1-one-shot-sixty-steps", "title2-a-base-model", "cell2-a-base-model", "title3-a-typo-on-purpose",
                "cell3-a-typo-on-purpose", "title4-curve", "cell4-curve", "title5-left-alone", "cell5-left-alone",
            ])
        #expect(
            cells[2]["source"] == ["x = [1, 4]  # 日本\n", "print(\"<b>\", x)\n", "\"say \\\"{x[0]}\\\"\"\n", "grid()"])
        let outputs = try #require(cells[2]["outputs"]?.array)
        #expect(outputs.map { $0["output_type"]?.string } == ["stream", "display_data", "execute_result"])
        #expect(outputs[0]["text"] == ["<b> [1, 4]\n"])
        #expect(outputs[2]["data"]?.object?.keys == ["text/html", "text/plain"])
        #expect(outputs[2]["execution_count"] == 1)
        // A notebook's page has no style for its columns.
        let table = try #require(outputs[2]["data"]?["text/html"]?.array?.compactMap(\.string).joined())
        #expect(table.contains(#"<td style="text-align:left">a &lt; b</td><td style="text-align:right">0.5</td>"#))
        #expect(cells[4]["outputs"]?.array?[0]["evalue"] == "`mdoel` is not defined")
        #expect(cells[4]["outputs"]?.array?[0]["traceback"]?.array?.count == 3)
        #expect(cells[4]["metadata"]?["tags"] == ["raises-exception"])
        #expect(cells[2]["metadata"] == [:])
        let picture = try #require(cells[6]["outputs"]?.array?[0])
        #expect(picture["output_type"] == "display_data")
        #expect(picture["data"]?["image/svg+xml"]?.array?[0].string?.hasPrefix("<svg ") == true)
        #expect(cells[6]["metadata"]?["tags"] == ["slow"])
        #expect(cells[8]["execution_count"] == .null)
        #expect(cells[8]["metadata"]?["tags"] == ["skip", "skip-execution"])
        #expect(cells[8]["outputs"]?.array?[0]["text"] == ["3\n"])
    }

    @Test func aScriptComesBackFromItsNotebook() throws {
        let script = try NotebookImport(NotebookExport(try exported()).text, name: "n.ipynb")
        #expect(script.warnings == [])
        let (before, after) = (try exported(), try exported(script.text))
        #expect(after.parts.map(\.title) == before.parts.map(\.title))
        #expect(after.parts.map(\.source) == before.parts.map(\.source))
        #expect(after.parts.map(\.tags) == before.parts.map(\.tags))
        #expect(after.parts.map(\.kind) == before.parts.map(\.kind))
        #expect(script.text.contains("mdoel\n#> error: ...\n#> ...\n"))
        // A script without its own title and markers, too.
        let plain = "# some words\n\nx = 1\nx\n#> 1\nx + 1"
        let again = try NotebookImport(NotebookExport(try exported(plain)).text, name: "n.ipynb").text
        #expect(again == "# %%\n# some words\n\nx = 1\nx\n\n# %%\nx + 1\n")
    }

    @Test func onlyAnErrorThatIsToBeShownIsTagged() throws {
        let text = "# %% One\nwrong\n\n# %% Two [raises-exception] [slow]\nwrong\n#> error: `wrong` is not defined\n"
        for document in [try exported(text), ScriptExport.recorded(text, name: "n.lethe")] {
            let cells = try JSON(parsing: NotebookExport(document).text)["cells"]?.array ?? []
            #expect(cells[2]["metadata"] == [:])
            #expect(cells[4]["metadata"]?["tags"] == ["raises-exception", "slow"])
        }
    }

    @Test func aTitleAloneComesBack() throws {
        let script = "# %% One\n\n# %% Two\nx = 1\n\n# %% Three\n"
        #expect(try NotebookImport(NotebookExport(try exported(script)).text, name: "n.ipynb").text == script)
    }

    @Test func notebooksOfOthers() throws {
        let script = try NotebookImport(
            #"""
            {"nbformat": 4, "nbformat_minor": 2, "metadata": {"kernelspec": {"name": "python3", "language": "python"}}, "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title\n\n%% odd\n"},
            {"cell_type": "code", "metadata": {"tags": ["skip"]}, "execution_count": null, "outputs": [], "source": ["x = 1\n", "#> 3\n", "# %% no cell"]},
            {"cell_type": "raw", "metadata": {}, "source": ""}]}
            """#, name: "p.ipynb")
        #expect(
            script.text
                == """
                # %% [markdown]
                # # Title
                #
                # \\%% odd

                # %% [skip]
                x = 1
                # > 3
                ## %% no cell

                # %% [markdown]
                #

                """
        )
        #expect(script.warnings.count == 3)
    }

    @Test(arguments: [
        ("{\"nbformat\": 4, ", "not a notebook: line 1"), ("[1]", "no \"nbformat\""),
        ("{\"nbformat\": 3, \"worksheets\": []}", "format 3"),
        ("{\"nbformat\": 5, \"cells\": []}", "format 5"), ("{\"nbformat\": 4}", "no list of \"cells\""),
        ("{\"nbformat\": 4, \"cells\": [{}]}", "cell 1"), ("{\"nbformat\": 4, \"cells\": [7]}", "cell 1"),
    ]) func damagedNotebooks(_ text: String, _ message: String) {
        let error = #expect(throws: LanguageError.self) { try NotebookImport(text, name: "n.ipynb") }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func anUnexpectedErrorIsShownAndTold() throws {
        let result = try ScriptExport(session: session()).run("x = 1\nnope\n\n# %% Next\nx", name: "f.lethe")
        #expect(result.failures.map(\.position.line) == [2])
        #expect(result.document.parts.count == 2)
        #expect(HTMLExport(result.document).text.contains("<pre class=\"out error\""))
        #expect(HTMLExport(result.document).text.contains("<title>F</title>"))
    }

    @Test func recordedOutputIsShownWithoutRunning() {
        let document = ScriptExport.recorded(
            """
            x = launch()
            #> 3 missiles
            #> ![plot](no such.svg)

            nope
            #> error: `nope` is not defined
            #>   1 │ nope
            """,
            name: "f.lethe")
        let page = HTMLExport(document).text
        #expect(page.contains("<pre class=\"out\">3 missiles\nplot in no such.svg</pre>"))
        #expect(page.contains("<pre class=\"out error\" role=\"note\">error: `nope` is not defined\n  1 │ nope</pre>"))
        #expect(MarkdownExport(document, pictures: .files(beside: "f.md")).text.contains("![plot](no%20such.svg)"))
    }

    @Test func aSessionAsItStands() throws {
        let session = session()
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
        let session = session()
        session.begin(with: sample, name: "f.lethe")
        session.run(Cell("x + 1"))
        let document = ExportedDocument(session.records, name: "lesson.html")
        #expect(document.parts.map(\.title) == ["", "A base model", "A typo on purpose", "Curve", "Left alone", ""])
        #expect(document.title == "One shot & sixty steps")
    }

    @Test func onlyTheLatestPicturesAreKept() {
        let session = session()
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
        let session = session()
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

@Suite struct ExportPathTests {
    @Test(arguments: [
        ("a.svg", "b.md", "a.svg"), ("plots/a.svg", "b.md", "plots/a.svg"),
        ("plots/a.svg", "doc/b.md", "../plots/a.svg"), ("doc/a.svg", "doc/b.md", "a.svg"),
        ("/x/a.svg", "doc/b.md", "/x/a.svg"), ("./doc/../a.svg", "doc/b.md", "../a.svg"),
    ]) func seenFromAnotherFolder(_ path: String, _ document: String, _ expected: String) {
        #expect(FilePath.relative(path, toFolderOf: document) == expected)
        #expect(
            FilePath.relative(path, toFolderOf: FileManager.default.currentDirectoryPath + "/" + document) == expected)
    }

    @Test func extensions() {
        #expect(FilePath.replacingExtension(of: "a.b/c", with: "md") == "a.b/c.md")
        #expect(FilePath.replacingExtension(of: "a.b/c.lethe", with: "md") == "a.b/c.md")
        #expect(FilePath.replacingExtension(of: ".lethe", with: "md") == ".lethe.md")
    }
}
