// A Jupyter notebook as a script: its sources and titles, without outputs.
import Files
import Language
import LanguageModels

/// Reads a notebook of any format 4.
public struct NotebookImport {
    /// The script.
    public let text: String
    /// What a user should know about it, a sentence each.
    public private(set) var warnings: [String] = []

    /// - Throws: a `LanguageError` that says what is wrong with the file and what to do.
    public init(_ contents: String, name: String) throws {
        let root: JSON
        do {
            root = try JSON(parsing: contents, origin: nil)
        } catch {
            throw LanguageError(
                "`\(name)` is not a notebook: \(error)",
                advice: ["a Jupyter notebook is a JSON file; open it in Jupyter to see whether it is whole"])
        }
        guard let version = root["nbformat"]?.integer else {
            throw LanguageError("`\(name)` is not a notebook: it has no \"nbformat\"")
        }
        guard version == 4 else {
            throw LanguageError(
                "`\(name)` is a notebook of format \(version); Lethe reads format 4",
                advice: version < 4
                    ? ["`jupyter nbconvert --to notebook` brings old notebooks up to date"]
                    : ["save it as format 4 in Jupyter"])
        }
        guard let cells = root["cells"]?.array else {
            throw LanguageError("`\(name)` is not a whole notebook: it has no list of \"cells\"")
        }
        var script: [String] = [], title = ""
        func flushTitle() {
            if !title.isEmpty { script.append("# %% \(title)\n") }
            title = ""
        }
        for (index, cell) in cells.enumerated() {
            guard let kind = cell["cell_type"]?.string, let source = Self.source(cell["source"]) else {
                throw LanguageError(
                    "cell \(index + 1) of `\(name)` is damaged: it needs a \"cell_type\" and a \"source\"")
            }
            switch cell["metadata"]?[NotebookExport.Keys.own]?.string {
            case "name": continue
            case NotebookExport.Keys.title:
                // A title with nothing below it stays one.
                flushTitle()
                title = source.split(separator: "\n").first.map { $0.drop { $0 == "#" }.trimmingSpaces } ?? ""
                continue
            default: break
            }
            let tags = (cell["metadata"]?["tags"]?.array ?? []).compactMap(\.string).filter {
                !$0.contains("]") && !$0.contains("\n")
            }
            let marker =
                (["# %%"] + (kind == "code" ? [] : ["[markdown]"]) + (title.isEmpty ? [] : [title])
                + tags.sorted().map { "[\($0)]" }).joined(separator: " ")
            title = ""
            let lines =
                kind == "code" && source.isBlank
                ? [] : source.trimmingNewlines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            script.append(
                ([marker] + lines.map(kind == "code" ? Self.code : Self.prose)).joined(separator: "\n") + "\n")
        }
        flushTitle()
        text = script.joined(separator: "\n")
        let language =
            root["metadata"]?["kernelspec"]?["language"]?.string ?? root["metadata"]?["language_info"]?["name"]?.string
        if let language, language.lowercased() != "lethe" {
            warnings.append("the notebook's language is \(language): its code stands in the script as it is")
        }
    }

    /// A cell's text: one string or a list of them.
    private static func source(_ json: JSON?) -> String? {
        let text: String
        switch json {
        case .string(let whole): text = whole
        case .array(let lines): text = lines.compactMap(\.string).joined()
        default: return nil
        }
        return text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
    }

    /// A line of prose as a comment that is nothing else.
    private static func prose(_ line: String) -> String {
        if line.isEmpty { return "#" }
        let start = line.prefix { $0 == " " }
        return line.dropFirst(start.count).hasPrefix("%%") ? "# \(start)\\\(line.dropFirst(start.count))" : "# \(line)"
    }

    /// A line of code; a comment that would begin a cell or stand for output becomes a plain one.
    private static func code(_ line: String) -> String {
        if Document.output(line) != nil { return "# >" + line.dropFirst(2) }
        return Document.marker(line) == nil ? line : "#" + line
    }
}
