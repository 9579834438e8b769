// The part of CommonMark that prose is read by, an example for each rule; and what is left out of it, said as it is.
//
// The pages differ from the reference's in style only: `<br>` for `<br />`, a class on blocks of code, `rel` on links
// outside.
import Notebook
import Testing

private func html(_ text: String) -> String {
    MarkdownBlocks(text).blocks.map { MarkdownBlocks.html($0) }.joined(separator: "\n")
        .replacing(" class=\"block\"", with: "").replacing(" tabindex=\"0\"", with: "")
        .replacing(#/<span class="l( i\d)?">/#, with: "").replacing("</span>", with: "").replacing(
            " rel=\"noreferrer\"", with: "")
}

@Suite struct CommonMarkTests {
    @Test(arguments: [
        // Thematic breaks
        ("***\n---\n___", "<hr>\n<hr>\n<hr>"), ("--\n**", "<p>--\n**</p>"), (" - - -", "<hr>"),
        ("    ***", "<pre><code>***</code></pre>"),
        ("- foo\n***\n- bar", "<ul>\n<li>foo</li>\n</ul>\n<hr>\n<ul>\n<li>bar</li>\n</ul>"),
        ("a\n    ***", "<p>a\n***</p>"),
        // Headings
        ("# a\n###### b", "<h1>a</h1>\n<h6>b</h6>"), ("####### a", "<p>####### a</p>"),
        ("#5\n\n#tag", "<p>#5</p>\n<p>#tag</p>"), ("\\## a", "<p>## a</p>"),
        ("#      a  ", "<h1>a</h1>"), ("  ## a ##", "<h2>a</h2>"), ("# a#", "<h1>a#</h1>"),
        ("a\n    # b", "<p>a\n# b</p>"),
        ("A *b*\n=====\n\nC\n---", "<h1>A <em>b</em></h1>\n<h2>C</h2>"), ("a\nb\n---", "<h2>a\nb</h2>"),
        ("a\n    ---", "<p>a\n---</p>"), ("> a\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>"),
        // Code
        ("    a\n      b", "<pre><code>a\n  b</code></pre>"), ("a\n    b", "<p>a\nb</p>"),
        ("    a\n\n\n    b", "<pre><code>a\n\n\nb</code></pre>"),
        ("```\n<\n >\n```", "<pre><code>&lt;\n &gt;</code></pre>"),
        ("~~~\na\n```\n~~~", "<pre><code>a\n```</code></pre>"),
        ("````\na\n```\n``````", "<pre><code>a\n```</code></pre>"),
        ("  ```\n  a\n b\n  ```", "<pre><code>a\nb</code></pre>"),
        ("```\na\n    ```", "<pre><code>a\n    ```</code></pre>"),
        ("a\n```\nb\n```\nc", "<p>a</p>\n<pre><code>b</code></pre>\n<p>c</p>"),
        ("~~~ x `y`\na\n~~~", "<pre><code>a</code></pre>"), ("`` ` ``", "<p><code>`</code></p>"),
        ("` `` `", "<p><code>``</code></p>"), ("`a\\`b`", "<p><code>a\\</code>b`</p>"),
        ("*a`*`", "<p>*a<code>*</code></p>"), ("[a `](/b)`", "<p>[a <code>](/b)</code></p>"),
        ("`a  b`", "<p><code>a  b</code></p>"),
        // Quotes
        ("> # A\n> b\n> c", "<blockquote>\n<h1>A</h1>\n<p>b\nc</p>\n</blockquote>"),
        ("   > a\n > b", "<blockquote>\n<p>a\nb</p>\n</blockquote>"),
        ("> a\nb", "<blockquote>\n<p>a\nb</p>\n</blockquote>"),
        ("> a\n\n> b", "<blockquote>\n<p>a</p>\n</blockquote>\n<blockquote>\n<p>b</p>\n</blockquote>"),
        ("> a\n>\nb", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>"),
        ("> > a", "<blockquote>\n<blockquote>\n<p>a</p>\n</blockquote>\n</blockquote>"),
        // Lists
        ("- a\n- b\n+ c", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ul>\n<li>c</li>\n</ul>"),
        ("1. a\n2. b\n3) c", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n<ol start=\"3\">\n<li>c</li>\n</ol>"),
        ("- a\n\n  b", "<ul>\n<li><p>a</p>\n<p>b</p></li>\n</ul>"),
        ("1.  a\n\n        b", "<ol>\n<li><p>a</p>\n<pre><code>b</code></pre></li>\n</ol>"),
        ("-a\n\n2.b", "<p>-a</p>\n<p>2.b</p>"),
        ("a\n- b", "<p>a</p>\n<ul>\n<li>b</li>\n</ul>"), ("In\n14. a", "<p>In\n14. a</p>"),
        ("a\n*\nb", "<p>a\n*\nb</p>"),
        ("- a\n  - b\n    - c", "<ul>\n<li>a\n<ul>\n<li>b\n<ul>\n<li>c</li>\n</ul></li>\n</ul></li>\n</ul>"),
        ("- a\n-\n- c", "<ul>\n<li>a</li>\n<li></li>\n<li>c</li>\n</ul>"),
        ("10) a", "<ol start=\"10\">\n<li>a</li>\n</ol>"),
        ("- ```\n  a\n  ```", "<ul>\n<li><pre><code>a</code></pre></li>\n</ul>"),
        // Emphasis
        ("*a b*", "<p><em>a b</em></p>"), ("a * b*", "<p>a * b*</p>"), ("a*\"b\"*", "<p>a*&quot;b&quot;*</p>"),
        ("_a_b", "<p>_a_b</p>"), ("a_b_c", "<p>a_b_c</p>"), ("**a*", "<p>*<em>a</em></p>"),
        ("*a**b**c*", "<p><em>a<strong>b</strong>c</em></p>"), ("***a** b*", "<p><em><strong>a</strong> b</em></p>"),
        ("*a\nb*", "<p><em>a\nb</em></p>"), ("** a **", "<p>** a **</p>"), ("a ***", "<p>a ***</p>"),
        // Links
        ("[a](/b \"c\")", "<p><a href=\"/b\">a</a></p>"), ("[a](<b>)", "<p><a href=\"b\">a</a></p>"),
        ("[a](b(c)d)", "<p><a href=\"b(c)d\">a</a></p>"), ("[a] (b)", "<p>[a] (b)</p>"),
        ("[a *b*](#c)", "<p><a href=\"#c\">a <em>b</em></a></p>"),
        ("*[a*](b)", "<p>*<a href=\"b\">a*</a></p>"),
        ("<https://a.b/c?d=e&f>", "<p><a href=\"https://a.b/c?d=e&amp;f\">https://a.b/c?d=e&amp;f</a></p>"),
        ("< https://a.b>", "<p>&lt; https://a.b&gt;</p>"),
        // Escapes, characters by name, breaks
        ("\\*a\\*", "<p>*a*</p>"), ("\\a\\ ", "<p>\\a\\</p>"), ("a\\\nb", "<p>a<br>\nb</p>"),
        ("a  \nb", "<p>a<br>\nb</p>"), ("a\n b", "<p>a\nb</p>"), ("a\\", "<p>a\\</p>"), ("a  ", "<p>a</p>"),
        ("### a\\", "<h3>a\\</h3>"),
        ("&lt; &amp; &quot; &copy; &#35; &#x3bb; &nosuch; &", "<p>&lt; &amp; &quot; © # λ &amp;nosuch; &amp;</p>"),
        ("&#42;a&#42;", "<p>*a*</p>"),
        // Comments are not shown.
        ("a <!-- b --> c", "<p>a  c</p>"), ("<!-- a\n\nb -->\nc", "<p>c</p>"),
        ("a\n<!-- b -->\nc", "<p>a</p>\n<p>c</p>"), ("<!-- open", ""),
    ]) func reads(_ text: String, _ expected: String) { #expect(html(text) == expected) }

    /// Where this differs from CommonMark on purpose.
    @Test(arguments: [
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"), ("[a][b]\n\n[b]: /c", "<p>[a][b]</p>\n<p>[b]: /c</p>"),
        ("![a](nosuch.png)", "<p>a (nosuch.png)</p>"), ("[a](javascript:b)", "<p>a</p>"),
        ("$a_b_c$ and $5", "<p><span class=\"math\">$a_b_c$ and $5</p>"),
        ("<div>\n*a*\n</div>", "<p>&lt;div&gt;\n<em>a</em>\n&lt;/div&gt;</p>"),
    ]) func isLeftOut(_ text: String, _ expected: String) { #expect(html(text) == expected) }
}
