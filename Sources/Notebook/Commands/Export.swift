// `:export`: the session as it stands, as a page, Markdown or a Jupyter notebook.
import Language

extension SessionCommands {
    /// `:export f.html`
    func export(_ rest: String) throws {
        let path = try path(rest, "`:export` needs a file's name, as in `:export lesson.html`")
        guard let format = ExportFormat(path: path) else {
            throw LanguageError(
                "`:export` writes .html, .md and .ipynb; `\(path)` ends in none of them",
                note: path.lowercased().hasSuffix(".lethe")
                    ? "`:save \(path)` writes a script" : "write :export \(path).html")
        }
        let document = ExportedDocument(session.records, name: path)
        guard !document.parts.isEmpty else { throw nothing(to: "export") }
        tell("wrote \(listed(try format.write(document, to: path)))")
    }
}
