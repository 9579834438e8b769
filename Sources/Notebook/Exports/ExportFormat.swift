// The formats a document is exported to, and the files each of them makes.
import Language

/// A format to export to. Adding one is a file that conforms and a line in ``ExportFormats/all``.
public protocol ExportFormat: Sendable {
    /// How the names of its files end, without the dot.
    var fileExtension: String { get }
    /// The document in this format as one text, for standard output: pictures that only a file could hold stand as
    /// text.
    func text(of document: ExportedDocument) -> String
    /// The document as files: the first is at `path`, what it links to beside it.
    func files(of document: ExportedDocument, at path: String) -> [ExportedFile]
}

/// A file of an exported document.
public struct ExportedFile: Sendable {
    public let path, text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

extension ExportFormat {
    public func files(of document: ExportedDocument, at path: String) -> [ExportedFile] {
        [ExportedFile(path: path, text: text(of: document))]
    }

    /// Writes the document in this format, each file whole or not at all, and last the one that links to the others.
    /// Returns the paths written.
    @discardableResult
    public func write(_ document: ExportedDocument, to path: String) throws -> [String] {
        let files = files(of: document, at: path)
        for file in files.dropFirst() + files.prefix(1) { try ScriptFile.write(file.text, to: file.path) }
        return files.map(\.path)
    }
}

/// The formats that come with Lethe.
public enum ExportFormats {
    public static let all: [any ExportFormat] = [HTMLFormat(), MarkdownFormat(), NotebookFormat()]
}

extension [any ExportFormat] {
    /// The format of a file, by the end of its name; nil for none of them.
    public func format(of path: String) -> (any ExportFormat)? {
        let path = path.lowercased()
        return first { path.hasSuffix("." + $0.fileExtension) }
    }
}
