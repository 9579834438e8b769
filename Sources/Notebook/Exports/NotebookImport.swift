// A Jupyter notebook as a script: its sources and titles, without outputs.
import Files
import Language

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
        var notes = Notes()
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
                title = source.filledLines.first.map { $0.drop { $0 == "#" }.trimmingSpaces } ?? ""
                continue
            default: break
            }
            let tags = (cell["metadata"]?["tags"]?.array ?? []).compactMap(\.string).filter {
                !$0.contains("]") && !$0.hasLineBreak
            }
            let isToFail = kind == "code" && !source.isBlank && tags.contains(NotebookExport.Tags.raises)
            let marker =
                (["# %%"] + (kind == "code" ? [] : ["[markdown]"]) + (title.isEmpty ? [] : [title])
                + NotebookExport.Tags.ours(tags).sorted().map { "[\($0)]" }).joined(separator: " ")
            title = ""
            notes.look(at: cell, kind: kind, source: source, number: index + 1)
            let lines =
                kind == "code" && source.isBlank
                ? [] : source.trimmingNewlines.allLines.map(String.init)
            script.append(
                ([marker] + lines.map(kind == "code" ? Self.code : Document.prose)
                    + (isToFail ? Self.anyError : [])).joined(separator: "\n") + "\n")
        }
        flushTitle()
        text = script.joined(separator: "\n")
        if let language = Self.language(root["metadata"]), language.lowercased() != "lethe" {
            warnings.append("the notebook's language is \(language): its code stands in the script as it is")
        }
        warnings += notes.warnings
    }

    /// What a notebook says of its language; older ones only name a kernel, as in `python3`.
    private static func language(_ metadata: JSON?) -> String? {
        let kernel = metadata?["kernelspec"]
        let names = [
            kernel?["language"], metadata?["language_info"]?["name"], kernel?["display_name"], kernel?["name"],
        ]
        return names.lazy.compactMap { $0?.string }.first { !$0.isBlank }
    }

    /// What a script cannot have of a notebook, by the cells that have it.
    private struct Notes {
        private var shell: [Int] = [], magic: [Int] = [], changed: [Int] = [], raw: [Int] = [], attached: [Int] = []

        mutating func look(at cell: JSON, kind: String, source: String, number: Int) {
            if kind == "raw" { raw.append(number) }
            if let attachments = cell["attachments"], attachments != [:] { attached.append(number) }
            guard kind == "code" else { return }
            let lines = source.filledLines.map { $0.trimmingSpaces }
            if lines.contains(where: { $0.hasPrefix("!") }) { shell.append(number) }
            if lines.contains(where: { $0.hasPrefix("%") }) { magic.append(number) }
            if source.filledLines.contains(where: { NotebookImport.code(String($0)) != $0 }) {
                changed.append(number)
            }
        }

        var warnings: [String] {
            func cells(_ numbers: [Int]) -> String {
                (numbers.count == 1 ? "cell " : "cells ") + listed(numbers.map(String.init))
            }
            var result: [String] = []
            if !shell.isEmpty {
                result.append(
                    "lines that begin with ! are commands for the shell, which the script would run: \(cells(shell))")
            }
            if !magic.isEmpty { result.append("lines that begin with % mean nothing in Lethe: \(cells(magic))") }
            if !changed.isEmpty {
                result.append(
                    "comments that would begin a cell or stand for output got another mark: \(cells(changed))")
            }
            if !raw.isEmpty { result.append("raw text became prose: \(cells(raw))") }
            if !attached.isEmpty { result.append("pictures inside prose are left out: \(cells(attached))") }
            return result
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
        return text.allLines.joined(separator: "\n")
    }

    /// Recorded output of code that is to fail, whatever it says.
    private static let anyError = ["#> error: ...", "#> ..."]

    /// A line of code; a comment that would begin a cell or stand for output becomes a plain one.
    private static func code(_ line: String) -> String {
        if Document.output(line) != nil { return "# >" + line.dropFirst(2) }
        return Document.marker(line) == nil ? line : "#" + line
    }
}
