// Scripts as Markdown and pages.
import Foundation
import Language
import Notebook
import Testing

@Suite struct ExportTests {
    @Test func markdown() throws {
        let export = MarkdownExport(try ExportSample.exported(), pictures: .files(beside: "out/page.md"))
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
        let page = HTMLExport(try ExportSample.exported()).text
        let start = try #require(page.range(of: "<main>\n")), end = try #require(page.range(of: "\n</main>"))
        #expect(
            ExportSample.withoutDrawings(String(page[start.upperBound..<end.lowerBound])) == #"""
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

    @Test func anUnexpectedErrorIsShownAndTold() throws {
        let script = "x = 1\nnope\n\n# %% Next\nx"
        let result = try ScriptExport(session: ExportSample.session()).run(script, name: "f.lethe")
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
