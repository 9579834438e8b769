// The reference manual as Markdown.

extension ReferenceManual {
    /// One Markdown document.
    public func markdown() -> String {
        var lines = ["# \(title)", "", "## Contents", ""]
        for chapter in chapters {
            let names = chapter.pages.map { "[`\($0.name)`](#\(anchor(of: $0)))" }
            lines.append(
                "- [\(chapter.title)](#\(chapter.anchor))" + (names.isEmpty ? "" : ": " + names.joined(separator: ", "))
            )
        }
        lines.append("- [Index](#chapter-index)")
        for chapter in chapters {
            lines += ["", "<a id=\"\(chapter.anchor)\"></a>", "", "## \(chapter.title)"]
            if !chapter.introduction.isEmpty { lines += ["", Self.escaped(chapter.introduction)] }
            if let listing = chapter.listing { lines += ["", "```", listing, "```"] }
            for page in chapter.pages { lines += markdown(page) }
        }
        lines += ["", "<a id=\"chapter-index\"></a>", "", "## Index", ""]
        lines.append(index.map { "[`\($0.name)`](#\(anchor(of: $0)))" }.joined(separator: " · "))
        return lines.joined(separator: "\n") + "\n"
    }

    private func markdown(_ page: HelpPage) -> [String] {
        var lines = [
            "", "<a id=\"\(anchor(of: page))\"></a>", "", "### `\(page.name)`", "", "```", page.signature, "```", "",
            Self.escaped(page.summary),
        ]
        if !page.rows.isEmpty {
            let units = page.rows.contains { $0.unit != nil }
            lines += [
                "", "| parameter | is | default |\(units ? " unit |" : "") meaning |",
                "|---|---|---|\(units ? "---|" : "")---|",
            ]
            for row in page.rows {
                let cells =
                    ["`\(row.name)`", Self.escaped(row.expects), row.defaultText.map { "`\($0)`" } ?? ""]
                    + (units ? [row.unit ?? ""] : []) + [Self.escaped(row.help)]
                lines.append("| " + cells.joined(separator: " | ") + " |")
            }
        }
        for example in page.examples { lines += ["", "```", example, "```"] }
        let related = page.seeAlso.map { name in anchor(ofName: name).map { "[`\(name)`](#\($0))" } ?? "`\(name)`" }
        if !related.isEmpty { lines += ["", "See also " + related.joined(separator: ", ") + "."] }
        return lines
    }

    /// Text whose signs mean nothing to Markdown, except for what stands between backquotes.
    package static func escaped(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, piece in
            if index % 2 == 1 { return "`" + piece.replacing("|", with: "\\|") + "`" }
            var result = ""
            for character in piece {
                if "\\*_<>[]|#".contains(character) { result.append("\\") }
                result.append(character)
            }
            return result
        }.joined()
    }
}
