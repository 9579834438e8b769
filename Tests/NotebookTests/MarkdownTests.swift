// Prose in Markdown as HTML.
import Notebook
import TestSupport
import Testing

private func html(_ text: String) -> String {
    MarkdownBlocks(text).blocks.map { MarkdownBlocks.html($0) }.joined(separator: "\n")
}

@Suite struct MarkdownTests {
    @Test(arguments: [
        (
            "*a* _b_ **c** __d__ ***e***",
            "<em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <em><strong>e</strong></em>"
        ),
        ("snake_case_name 2*3*4 a * b", "snake_case_name 2<em>3</em>4 a * b"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("`a < *b*` ``c`d`` `open", "<code>a &lt; *b*</code> <code>c`d</code> `open"),
        ("\\*a\\* \\q & <b>", "*a* \\q &amp; &lt;b&gt;"),
        (
            "[a *b*](http://x.org/a_(b)) <https://y.org>",
            """
            <a href="http://x.org/a_(b)" rel="noreferrer">a <em>b</em></a> <a href="https://y.org" \
            rel="noreferrer">https://y.org</a>
            """
        ),
        ("[a](javascript:alert) [b](//x.org) [c](#d) [e] (f)", "a b <a href=\"#d\">c</a> [e] (f)"),
        ("[a](x.html \"title\") ![p](https://x.org/p.png)", "<a href=\"x.html\">a</a> p (https://x.org/p.png)"),
        ("$a_b_c$ costs $5 and $6", "<span class=\"math\">$a_b_c$</span> costs $5 and $6"),
        ("a  \nb\\\nc", "a<br>\nb<br>\nc"),
    ]) func insideALine(_ text: String, _ expected: String) { #expect(html(text) == "<p>\(expected)</p>") }

    @Test(arguments: [
        ("# A\n## B ##\ntext\nmore\n\nlast", "<h1>A</h1>\n<h2>B</h2>\n<p>text\nmore</p>\n<p>last</p>"),
        (
            "- a\n- b\n  1. c\n  2. d\n- e",
            "<ul>\n<li>a</li>\n<li>b\n<ol>\n<li>c</li>\n<li>d</li>\n</ol></li>\n<li>e</li>\n</ul>"
        ),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("- a\n\n- b", "<ul>\n<li><p>a</p></li>\n<li><p>b</p></li>\n</ul>"),
        ("> a\nb\n> - c", "<blockquote>\n<p>a\nb</p>\n<ul>\n<li>c</li>\n</ul>\n</blockquote>"),
        (
            "```lethe\nx = 1 < 2\n```\nafter",
            """
            <pre class="block"><code><span class="l">x = <span class="n">1</span> &lt; <span \
            class="n">2</span></span></code></pre>
            <p>after</p>
            """
        ),
        ("~~~\nopen", "<pre class=\"block\"><code><span class=\"l\">open</span></code></pre>"),
        (
            "    a\n\n    b\nc",
            """
            <pre class="block"><code><span class="l">a
            </span><span class="l">
            </span><span class="l">b</span></code></pre>
            <p>c</p>
            """
        ),
        (
            "| a | b |\n|--:|:-:|\n| 1 | x\\|y |\n| 2 |",
            """
            <div class="wide" tabindex="0"><table>
            <thead><tr><th class="n">a</th><th class="c">b</th></tr></thead>
            <tbody>
            <tr><td class="n">1</td><td class="c">x|y</td></tr>
            <tr><td class="n">2</td><td class="c"></td></tr>
            </tbody>
            </table></div>
            """
        ),
        ("$$\na_b_c\n$$\n---\n***", "<div class=\"math\">$$\na_b_c\n$$</div>\n<hr>\n<hr>"),
        ("a | b\nnot a table", "<p>a | b\nnot a table</p>"),
        ("$$ open", "<p>$$ open</p>"),
    ]) func blocks(_ text: String, _ expected: String) { #expect(html(text) == expected) }

    /// What no one writes is still read in no time, whole.
    @Test(arguments: ["*", "_a", "[", "](", "`a", "> ", "- ", "$", "![", "**a ", "\\", "<", "|", "1. ", "*a_"])
    func repetitions(_ text: String) {
        let time = computingTime {
            _ = html(String(repeating: text, count: 5_000))
            _ = html(String(repeating: text + "\n", count: 2_000))
        }
        #expect(time < 30)
    }

    @Test func controlCharactersAreLeftAway() { #expect(HTMLText.escaped("a\u{1B}[1mb\0\u{7F}\tc") == "a[1mb\tc") }
}
