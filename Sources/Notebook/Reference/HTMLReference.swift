// The reference manual as one HTML file that refers to nothing outside itself.
import Language

extension ReferenceManual {
    /// One HTML document, light or dark as the reader's system is.
    public func html() -> String {
        let contents = chapters.map { chapter in
            let names = chapter.pages.map { link($0.name, anchor(of: $0)) }.joined(separator: " ")
            return "<li><a href=\"#\(chapter.anchor)\">\(Self.escapedHTML(chapter.title))</a><div>\(names)</div></li>"
        }
        let body = chapters.map { chapter -> String in
            var text = "<section id=\"\(chapter.anchor)\">\n<h2>\(Self.escapedHTML(chapter.title))</h2>\n"
            if !chapter.introduction.isEmpty { text += "<p>\(Self.prose(chapter.introduction))</p>\n" }
            if let listing = chapter.listing {
                text += """
                    <pre>\(chapter.anchor == "chapter-language" ? Self.code(listing) : Self.escapedHTML(listing))</pre>

                    """
            }
            return text + chapter.pages.map(html).joined() + "</section>"
        }
        let index = self.index.map { link($0.name, anchor(of: $0)) }.joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escapedHTML(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>\(Self.escapedHTML(title))</h1>
            <nav><ul>
            \(contents.joined(separator: "\n"))
            <li><a href="#chapter-index">Index</a></li>
            </ul></nav>
            <main>
            \(body.joined(separator: "\n"))
            <section id="chapter-index">
            <h2>Index</h2>
            <p class="index">
            \(index)
            </p>
            </section>
            </main>
            </body>
            </html>

            """
    }

    private func html(_ page: HelpPage) -> String {
        var text = """
            <article id="\(anchor(of: page))">
            <h3><a href="#\(anchor(of: page))">\(Self.escapedHTML(page.name))</a></h3>

            """
        text +=
            "<pre class=\"signature\">\(Self.escapedHTML(page.signature))</pre>\n<p>\(Self.prose(page.summary))</p>\n"
        if !page.rows.isEmpty {
            text += "<table>\n<tr><th>parameter</th><th>is</th><th>default</th><th>meaning</th></tr>\n"
            for row in page.rows {
                let unit = row.unit.map { " <span class=\"unit\">\(Self.escapedHTML($0))</span>" } ?? ""
                text +=
                    "<tr><td><code>\(Self.escapedHTML(row.name))</code></td><td>\(Self.prose(row.expects))\(unit)</td>"
                let preset = row.defaultText.map { "<code>\(Self.escapedHTML($0))</code>" } ?? ""
                text += "<td>\(preset)</td><td>\(Self.prose(row.help))</td></tr>\n"
            }
            text += "</table>\n"
        }
        for example in page.examples { text += "<pre>\(Self.code(example))</pre>\n" }
        let related = page.seeAlso.map { name in
            anchor(ofName: name).map { link(name, $0) } ?? "<code>\(Self.escapedHTML(name))</code>"
        }
        if !related.isEmpty { text += "<p class=\"also\">See also \(related.joined(separator: ", "))</p>\n" }
        return text + "</article>\n"
    }

    private func link(_ name: String, _ anchor: String) -> String {
        "<a href=\"#\(anchor)\"><code>\(Self.escapedHTML(name))</code></a>"
    }

    /// Text with what stands between backquotes as code.
    private static func prose(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, piece in
            index % 2 == 1 ? "<code>\(escapedHTML(String(piece)))</code>" : escapedHTML(String(piece))
        }.joined()
    }

    /// A program with its words coloured; recorded output apart.
    private static func code(_ program: String) -> String {
        let bytes = Array(program.utf8)
        func slice(_ range: Range<Int>) -> String { escapedHTML(String(decoding: bytes[range], as: UTF8.self)) }
        var html = "", position = 0
        for token in tokens(of: program) {
            let range = Int(token.span.start)..<Int(token.span.end)
            guard range.lowerBound >= position else { continue }
            html += slice(position..<range.lowerBound)
            position = range.upperBound
            let text = slice(range)
            let name: String? =
                switch token.category {
                case .keyword: "k"
                case .string: "s"
                case .number, .constant: "n"
                case .comment: text.hasPrefix("#&gt;") ? "o" : "c"
                case .command: "m"
                default: nil
                }
            html += name.map { "<span class=\"\($0)\">\(text)</span>" } ?? text
        }
        return html + slice(position..<bytes.count)
    }

    static func escapedHTML(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    private static let style = """
        :root { color-scheme: light dark; --text: #1c1c1c; --page: #fdfdfb; --box: #f2f1ec; --line: #d9d7cf; --link: \
        #24558f;
          --keyword: #8a3b8f; --string: #2f6f3a; --number: #9a5b13; --quiet: #6d6b63; }
        @media (prefers-color-scheme: dark) { :root { --text: #dcdad3; --page: #17181a; --box: #212326; --line: #3a3c40;
          --link: #8db8ec; --keyword: #d79bdb; --string: #98c9a0; --number: #dfb27a; --quiet: #98958b; } }
        body { margin: 2rem auto; max-width: 54rem; padding: 0 1rem; color: var(--text); background: var(--page);
          font: 1rem/1.5 system-ui, sans-serif; }
        a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
        h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin: 2.2rem 0 .4rem; font-family: \
        ui-monospace, monospace; }
        h3 a { color: inherit; }
        pre, code { font-family: ui-monospace, monospace; font-size: .92em; }
        pre { background: var(--box); padding: .6rem .8rem; border-radius: 4px; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        pre.signature { background: none; padding: 0; font-weight: 600; }
        table { border-collapse: collapse; width: 100%; font-size: .95em; } th { text-align: left; font-weight: 600; }
        th, td { overflow-wrap: anywhere; } td:nth-child(2), td:last-child { min-width: 6rem; }
        th, td { padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        nav ul { list-style: none; padding: 0; } nav li { margin: .4rem 0; } nav div { margin-left: 1rem; } p.index a \
        { margin-right: .6rem; }
        .unit, .also, .c { color: var(--quiet); } .o { color: var(--quiet); font-style: italic; }
        .k { color: var(--keyword); } .s { color: var(--string); } .n { color: var(--number); } .m { color: \
        var(--link); }
        """
}
