// `:export`: the session as it stands, as a page, Markdown or a Jupyter notebook; or its latest picture.
import Language
import Plots

extension SessionCommands {
    /// `:export f.html`
    func export(_ rest: String) throws {
        let path = try path(rest, "`:export` needs a file's name, as in `:export lesson.html`")
        if let format = PictureFile.Format(path: path) { return try exportPicture(to: path, as: format) }
        let formats = session.configuration.exports
        guard let format = formats.format(of: path) else {
            let endings = listed(formats.map { "." + $0.fileExtension })
            throw LanguageError(
                "`:export` writes \(endings); `\(path)` ends in none of them", note: Self.otherWay(to: path))
        }
        let document = ExportedDocument(session.records, name: path)
        guard !document.parts.isEmpty else { throw nothing(to: "export") }
        tell("wrote \(listed(try format.write(document, to: path)))")
    }

    /// `:export f.svg`, `.png`, `.pdf`: the picture that was shown last.
    private func exportPicture(to path: String, as format: PictureFile.Format) throws {
        // A script has no records, and the cell that runs has none yet.
        if session.running?.hasShownPicture == true || !session.keepsRecords,
            let svg = session.lastPicture?.svg.flatMap({ InlineSVG.text($0) })
        {
            try PictureFile.write(svg, to: path)
            return tell("wrote \(path), the picture shown last")
        }
        for record in session.records.reversed() {
            for piece in record.pieces.reversed() {
                for case .value(let rendering) in piece.items.reversed() {
                    // A workspace may have brought along what Lethe has not drawn.
                    guard let svg = rendering.svg.flatMap({ InlineSVG.text($0) }) else { continue }
                    try PictureFile.write(svg, to: path)
                    return tell("wrote \(path), the picture of \(record.place)")
                }
            }
        }
        throw LanguageError(
            "no picture has been shown that `:export \(path)` could write", note: Self.otherWay(to: path))
    }

    /// How to come by a file that is none of ours.
    private static func otherWay(to path: String) -> String {
        let stem = FilePath.stem(path)
        switch path.dropFirst(stem.count).lowercased() {
        case ".lethe", ".ws": return "`:save \(path)` writes that"
        case ".pdf": return "for the session write :export \(stem).html, and print the page from a browser"
        case ".svg", ".png": return "draw one first, as in plot([1, 4, 9])"
        case ".tex", ".docx", ".odt", ".rst", ".typ":
            return "write :export \(stem).md, and then !pandoc \(stem).md -o \(path)"
        default: return "write :export \(stem).html"
        }
    }
}
