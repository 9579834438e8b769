// The formats a document is exported to, and the files each of them makes.
import Foundation
import Language

/// A format to export to.
public enum ExportFormat: String, CaseIterable, Sendable {
    case markdown, html, notebook

    /// How the names of its files end, without the dot.
    public var fileExtension: String {
        switch self {
        case .markdown: "md"
        case .html: "html"
        case .notebook: "ipynb"
        }
    }

    /// The format of a file, by the end of its name; nil for none of them.
    public init?(path: String) {
        let path = path.lowercased()
        guard let format = Self.allCases.first(where: { path.hasSuffix("." + $0.fileExtension) }) else { return nil }
        self = format
    }

    /// The document in this format as one text, for standard output: pictures that only a file could hold stand as
    /// text.
    public func text(of document: ExportedDocument) -> String {
        switch self {
        case .markdown: MarkdownExport(document, pictures: .text).text
        case .html: HTMLExport(document).text
        case .notebook: NotebookExport(document).text
        }
    }

    /// Writes the document in this format, each file whole or not at all. Returns the paths written.
    @discardableResult
    public func write(_ document: ExportedDocument, to path: String) throws -> [String] {
        guard self == .markdown else {
            try ScriptFile.write(text(of: document), to: path)
            return [path]
        }
        let export = MarkdownExport(document, pictures: .files(beside: path))
        for picture in export.pictureFiles { try ScriptFile.write(picture.svg, to: picture.path) }
        try ScriptFile.write(export.text, to: path)
        return [path] + export.pictureFiles.map(\.path)
    }
}

/// Paths of files.
package enum FilePath {
    /// `a/b.lethe` and "md" → `a/b.md`.
    package static func replacingExtension(of path: String, with new: String) -> String { stem(path) + "." + new }

    /// The path without the last dot of its name and what follows.
    package static func stem(_ path: String) -> String {
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[name...].lastIndex(of: "."), dot > name else { return path }
        return String(path[..<dot])
    }

    /// `a/b.lethe` → `a/`, and nothing for a file of the current folder.
    package static func folder(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

    /// How a file is named as seen from the folder of another: `plots/a.svg` from `doc/b.md` is `../plots/a.svg`. A
    /// path from the root stays as it is.
    package static func relative(_ path: String, toFolderOf other: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        // Through the current folder, whose name `..` at the beginning of the other path needs.
        let here = FileManager.default.currentDirectoryPath + "/"
        var target = parts(here + path)[...], base = parts(folder(other.hasPrefix("/") ? other : here + other))[...]
        while let first = target.first, target.count > 1, base.first == first {
            (target, base) = (target.dropFirst(), base.dropFirst())
        }
        return (base.map { _ in ".." } + target).joined(separator: "/")
    }

    private static func parts(_ path: String) -> [Substring] {
        var result: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = result.popLast() } else { result.append(part) }
        }
        return result
    }
}
