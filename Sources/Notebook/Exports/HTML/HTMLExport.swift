// A document as one HTML file: its own style, nothing loaded from anywhere, no script unless it has
// sliders; readable on screen and on paper.
import Plots
import Foundation
import Language

/// One page that needs nothing else.
public struct HTMLFormat: ExportFormat {
    public let fileExtension = "html"
    public init() {}
    public func text(of document: ExportedDocument) -> String { HTMLExport(document).text }
}

/// Writes a document as a page.
package struct HTMLExport {
    private struct Section {
        let title: String
        let id: String
    }

    private let document: ExportedDocument
    private var body: [String] = []
    private var sections: [Section] = []
    private var ids: Set<String> = []
    private var pictures = 0
    private var figures = 0
    private var hasOpenSection = false
    private var hasOpenSolution = false
    private var hasSliders = false

    package init(_ document: ExportedDocument) {
        self.document = document
        for part in document.parts { add(part) }
        closeSolution()
        if hasOpenSection { body.append("</section>") }
    }

    /// The file's text.
    package var text: String {
        let title = HTMLText.escaped(document.title)
        var lines = [
            "<!doctype html>", "<html lang=\"\(document.language)\">", "<head>", "<meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<meta name=\"color-scheme\" content=\"light dark\">",
            "<meta name=\"generator\" content=\"Lethe\">",
            // Whatever a page holds, a browser asks no one for anything.
            """
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            \(hasSliders ? SliderHTML.permission : "")style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
            base-uri 'none'">
            """,
            "<link rel=\"icon\" href=\"data:,\">",
            "<title>\(title)</title>", "<style>", HTMLStyle.text, "</style>", "</head>",
            sections.count > 3 ? "<body class=\"with-contents\">" : "<body>",
        ]
        // The contents stand below the title, which prose may have brought along.
        let head = document.hasOwnTitle ? Array(body.prefix(1)) : ["<h1>\(title)</h1>"]
        lines += ["<main>"] + head + contents + body.dropFirst(document.hasOwnTitle ? 1 : 0)
        lines += ["</main>", "<footer>\(HTMLText.escaped(document.name)) · Lethe</footer>"]
        if hasSliders { lines.append("<script>\(SliderHTML.script)</script>") }
        lines += ["</body>", "</html>"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Links to the sections, where there are many.
    private var contents: [String] {
        guard sections.count > 3 else { return [] }
        return ["<nav aria-label=\"Contents\">", "<ol>"]
            + sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" } + ["</ol>", "</nav>"]
    }

    private mutating func add(_ part: ExportedDocument.Part) {
        if !part.isSolution || !part.title.isEmpty { closeSolution() }
        if part.isSolution {
            openSolution(part.title)
        } else if !part.title.isEmpty {
            openSection(MarkdownInlines.html(part.title), plain: part.title)
        }
        guard !part.source.isEmpty || !part.items.isEmpty else { return }
        if part.kind == .prose {
            if part.isSolution {
                // Its headings open no sections, which would end outside of it.
                body += MarkdownBlocks(part.source).blocks.map { MarkdownBlocks.html($0, folder: folder) }
            } else {
                add(prose: part.source)
            }
            return
        }
        body.append("<div class=\"cell\(isTall(part) ? " tall" : "")\">")
        if !part.source.isEmpty {
            body.append("<pre class=\"code\"><code>\(CodeHTML.highlighted(part.source))</code></pre>")
        }
        if part.isRecorded, part.tags.contains("skip") { body.append("<p class=\"aside\">not run</p>") }
        if let grid = part.grid {
            add(part.items, moved: grid)
        } else {
            add(part.items)
        }
        body.append("</div>")
    }

    private mutating func add(_ items: [ExportedDocument.Item]) {
        for item in items.joined(isText) { add(item) }
    }

    // MARK: Solutions, folded

    private mutating func openSolution(_ title: String) {
        guard !hasOpenSolution else { return }
        let words = title.isEmpty ? "Solution" : MarkdownInlines.html(title)
        body += ["<details class=\"solution\">", "<summary>\(words)</summary>"]
        hasOpenSolution = true
    }

    private mutating func closeSolution() {
        if hasOpenSolution { body.append("</details>") }
        hasOpenSolution = false
    }

    // MARK: Sliders

    /// Results for all positions, of which one is seen.
    private mutating func add(_ items: [ExportedDocument.Item], moved grid: SliderGrid) {
        if grid.isFirst { body += SliderHTML.knobs(grid) }
        hasSliders = true
        body.append("<div data-play=\"\(grid.group)\">")
        let firstFigure = figures
        for (position, items, isHome) in [(grid.home, items, true)] + grid.elsewhere.map({ ($0.at, $0.items, false) }) {
            // It is one figure whatever the position.
            figures = firstFigure
            body.append(SliderHTML.opening(at: position, isHome: isHome))
            if grid.isFirst {
                body.append("<p class=\"aside\">\(HTMLText.escaped(grid.caption(at: position)))</p>")
            }
            add(items)
            body.append("</div>")
        }
        body.append("</div>")
    }

    /// Whether a cell fills most of a sheet of paper, so that it has to be cut somewhere.
    private func isTall(_ part: ExportedDocument.Part) -> Bool {
        func lines(_ text: String) -> Int { text.utf8.count { $0 == 10 } }
        return lines(part.source)
            + part.items.reduce(0) { count, item in
                switch item {
                case .text(let text), .failure(_, let text): count + lines(text)
                case .value(let rendering):
                    count + (picture(of: rendering) != nil ? 28 : 0)
                        + (rendering.table.map { 2 * $0.count } ?? (rendering.svg == nil ? lines(rendering.text) : 0))
                }
            } > 45
    }

    /// A heading of the second level opens a section.
    private mutating func openSection(_ title: String, plain: String) {
        closeSolution()
        if hasOpenSection { body.append("</section>") }
        hasOpenSection = true
        let slug = HTMLText.slug(plain)
        let stem = slug.isEmpty ? "section" : slug
        var id = stem, number = 1
        while !ids.insert(id).inserted {
            number += 1
            id = "\(stem)-\(number)"
        }
        // A link inside a link is none.
        sections.append(
            Section(
                title: title.replacingOccurrences(of: "</?a\\b[^>]*>", with: "", options: .regularExpression), id: id))
        body += ["<section id=\"\(id)\">", "<h2>\(title)</h2>"]
    }

    private mutating func add(prose: String) {
        var isFirst = body.isEmpty && document.hasOwnTitle
        for block in MarkdownBlocks(prose).blocks {
            if case .heading(let level, let words) = block {
                let html = MarkdownInlines.html(words, folder: folder)
                if isFirst {
                    body.append("<h1>\(html)</h1>")
                } else if level <= 2 {
                    openSection(html, plain: words)
                } else {
                    body.append("<h\(level)>\(html)</h\(level)>")
                }
            } else {
                body.append(MarkdownBlocks.html(block, folder: folder))
            }
            isFirst = false
        }
    }

    /// Where the document's own pictures are looked for.
    private var folder: String { FilePath.folder(document.name) }

    private func picture(of rendering: Rendering) -> String? {
        rendering.svg ?? rendering.savedAs.flatMap { InlineSVG.file($0) }
    }

    private func isText(_ rendering: Rendering) -> Bool {
        picture(of: rendering) == nil && rendering.table == nil && pixels(of: rendering) == nil
    }

    private mutating func add(_ item: ExportedDocument.Item) {
        switch item {
        case .text(let written):
            var text = written
            if text.endsLine { text.removeLast() }
            body.append("<pre class=\"out\"\(Self.stop(text))>\(HTMLText.escaped(text))</pre>")
        case .failure(_, let text):
            body.append("<pre class=\"out error\" role=\"note\"\(Self.stop(text))>\(HTMLText.escaped(text))</pre>")
        case .value(let rendering):
            let svg = picture(of: rendering)
            if let svg {
                add(picture: svg, rendering)
            } else if let pixels = pixels(of: rendering) {
                body.append("<figure>\n\(pixels)\n</figure>")
                return
            }
            if let table = rendering.table {
                let columns = table.first { $0.count > 1 }?.count ?? 0
                let stop = columns > 3 ? " tabindex=\"0\"" : Self.stop(ExportedDocument.text(of: table))
                body.append("<div class=\"out wide\"\(stop)>\n\(HTMLText.table(table))\n</div>")
            } else if svg == nil {
                body.append("<pre class=\"out\"\(Self.stop(rendering.text))>\(HTMLText.escaped(rendering.text))</pre>")
            }
        }
    }

    /// What is wider than a phone is scrolled, by keys, too: it is a stop of the tab key.
    private static func stop(_ text: String) -> String {
        text.allLines.contains { displayWidth(String($0)) > 38 } ? " tabindex=\"0\"" : ""
    }

    /// A picture that a script wrote as pixels.
    private func pixels(of rendering: Rendering) -> String? {
        rendering.savedAs.flatMap {
            EmbeddedImage.element($0, alternative: rendering.caption ?? rendering.text, folder: "")
        }
    }

    private mutating func add(picture svg: String, _ rendering: Rendering) {
        pictures += 1
        guard let text = InlineSVG.text(svg, number: pictures, hasCaption: rendering.caption != nil) else {
            body.append(
                """
                <p class="aside">a picture that is not Lethe's own: \
                \(HTMLText.escaped(rendering.savedAs ?? rendering.text))</p>
                """
            )
            return
        }
        // On a phone it keeps a size at which its labels are read, and is scrolled.
        body += ["<figure tabindex=\"0\">", text]
        if let caption = rendering.caption {
            figures += 1
            body.append("<figcaption><b>Figure \(figures).</b> \(HTMLText.escaped(caption))</figcaption>")
        }
        body.append("</figure>")
    }
}
