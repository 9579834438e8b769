// A document as a Jupyter notebook, format 4.5, byte for byte as Jupyter itself would save it.
import Plots
import Files
import Language
import LanguageModels

/// A Jupyter notebook.
public struct NotebookFormat: ExportFormat {
    public let fileExtension = "ipynb"
    public init() {}
    public func text(of document: ExportedDocument) -> String { NotebookExport(document).text }
}

/// Writes a document as a notebook.
package struct NotebookExport {
    /// Keys of a cell's metadata that are Lethe's own.
    package enum Keys {
        /// A cell of prose that holds the title of the cell below.
        static let title = "title"
        static let own = "lethe"
    }

    /// Tags of Jupyter's.
    package enum Tags {
        /// Behind such a cell JupyterLab, nbconvert and papermill go on, though it fails.
        static let raises = "raises-exception"
        /// nbconvert and papermill pass over such a cell.
        static let skips = "skip-execution"
        /// Ours for the same.
        static let skip = "skip"

        /// Of an error that nobody meant to show they are to stop.
        static func of(_ part: ExportedDocument.Part) -> Set<String> {
            part.tags.union(part.isToFail ? [raises] : []).union(part.tags.contains(skip) ? [skips] : [])
        }

        /// The tags that a script has for those of a notebook's cell.
        static func ours(_ tags: [String]) -> Set<String> {
            Set(tags.map { $0 == skips ? skip : $0 }).subtracting([raises])
        }
    }

    private let document: ExportedDocument

    package init(_ document: ExportedDocument) { self.document = document }

    /// The file's text.
    package var text: String {
        var cells: [JSON] = []
        if !document.hasOwnTitle { cells.append(prose("# " + document.title, number: 0, metadata: [Keys.own: "name"])) }
        var executed = 0
        for (index, part) in document.parts.enumerated() {
            let number = index + 1
            if !part.title.isEmpty {
                cells.append(prose("## " + part.title, number: number, metadata: [Keys.own: .string(Keys.title)]))
            }
            if part.kind == .prose {
                cells.append(prose(part.source, number: number, metadata: [:]))
            } else {
                var count: JSON = .null
                if !part.isRecorded {
                    executed += 1
                    count = .integer(executed)
                }
                cells.append(code(part, number: number, count: count))
            }
        }
        let notebook: JSON = [
            "cells": .array(cells),
            "metadata": [
                "kernelspec": ["display_name": "Lethe", "language": "lethe", "name": "lethe"],
                "language_info": ["file_extension": ".lethe", "mimetype": "text/x-lethe", "name": "lethe"],
                "title": .string(document.title),
            ],
            "nbformat": 4,
            "nbformat_minor": 5,
        ]
        // No text with NaN comes here; and Jupyter indents by one blank.
        let pretty = (try? notebook.text(.pretty, nonFinite: .null)) ?? ""
        let lines = pretty.allLines.map { line in
            line.dropFirst(line.prefix { $0 == " " }.count / 2)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for the same cell in every export, so that versions of a notebook can be compared.
    private func id(_ kind: String, _ number: Int, _ title: String) -> JSON {
        let slug = HTMLText.slug(title)
        return .string("\(kind)\(number)" + (slug.isEmpty ? "" : "-\(slug)"))
    }

    private func prose(_ text: String, number: Int, metadata: JSON) -> JSON {
        let words = text.filledLines.first.map { String($0.drop { $0 == "#" }) } ?? ""
        return [
            "cell_type": "markdown", "id": id(metadata[Keys.own] == nil ? "prose" : "title", number, words),
            "metadata": metadata, "source": Self.lines(text),
        ]
    }

    private func code(_ part: ExportedDocument.Part, number: Int, count: JSON) -> JSON {
        let tags = Tags.of(part)
        let metadata: JSON = tags.isEmpty ? [:] : ["tags": .array(tags.sorted().map { .string($0) })]
        let items = part.items.joined { _ in false }
        let last = items.lastIndex { if case .value(let rendering) = $0 { rendering.svg == nil } else { false } }
        return [
            "cell_type": "code", "execution_count": count, "id": id("cell", number, part.title), "metadata": metadata,
            "outputs": .array(
                items.enumerated().flatMap { outputs($1, isResult: $0 == last && count != .null, count: count) }),
            "source": Self.lines(part.source),
        ]
    }

    private func outputs(_ item: ExportedDocument.Item, isResult: Bool, count: JSON) -> [JSON] {
        switch item {
        case .text(let text): return [["name": "stdout", "output_type": "stream", "text": Self.lines(text)]]
        case .failure(let message, let text):
            let lines = text.allLines
            return [
                [
                    "ename": "error", "evalue": .string(message), "output_type": "error",
                    "traceback": .array(lines.map { .string(String($0)) }),
                ]
            ]
        case .value(let rendering):
            let bundles = rendering.bundles
            return bundles.map { output($0, isResult: isResult && bundles.count == 1, count: count) }
        }
    }

    private func output(_ bundle: DisplayBundle, isResult: Bool, count: JSON) -> JSON {
        let data = JSON.object(NamedValues(bundle.forms.map { ($0.type, Self.lines($0.text)) }))
        if isResult {
            return ["data": data, "execution_count": count, "metadata": [:], "output_type": "execute_result"]
        }
        return ["data": data, "metadata": [:], "output_type": "display_data"]
    }

    /// A text as notebooks hold it: a list of lines, each with its newline.
    private static func lines(_ text: String) -> JSON {
        var lines: [JSON] = []
        // By bytes: as a Character, a line's end of Windows is no "\n".
        var rest = text.utf8[...]
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(.string(String(Substring(rest[...end]))))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { lines.append(.string(String(Substring(rest)))) }
        return .array(lines)
    }
}
