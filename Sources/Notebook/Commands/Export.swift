// `:export`: the session as it stands, as a page, Markdown or a Jupyter notebook.
import Language

extension SessionCommands {
    /// `:export f.html`
    func export(_ rest: String) throws {
        let path = try path(rest, "`:export` needs a file's name, as in `:export lesson.html`")
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

    /// How to come by a file that is none of ours.
    private static func otherWay(to path: String) -> String {
        let stem = FilePath.stem(path)
        switch path.dropFirst(stem.count).lowercased() {
        case ".lethe", ".ws": return "`:save \(path)` writes that"
        case ".pdf": return "write :export \(stem).html, and print the page from a browser"
        case ".tex", ".docx", ".odt", ".rst", ".typ":
            return "write :export \(stem).md, and then !pandoc \(stem).md -o \(path)"
        default: return "write :export \(stem).html"
        }
    }
}
