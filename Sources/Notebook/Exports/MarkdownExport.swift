// A document as Markdown: prose as it is, code and output between fences, pictures as links to files.
import Language

/// Markdown, with pictures as files beside it.
public struct MarkdownFormat: ExportFormat {
    public let fileExtension = "md"

    public init() {}

    public func text(of document: ExportedDocument) -> String { MarkdownExport(document, pictures: .text).text }

    public func files(of document: ExportedDocument, at path: String) -> [ExportedFile] {
        let export = MarkdownExport(document, pictures: .files(beside: path))
        return [ExportedFile(path: path, text: export.text)]
            + export.pictureFiles.map { ExportedFile(path: $0.path, text: $0.svg) }
    }
}

/// Writes a document as Markdown.
package struct MarkdownExport {
    /// Where pictures go.
    package enum Pictures {
        /// Into files beside this one.
        case files(beside: String)
        /// Nowhere: the text that a terminal shows stands for them.
        case text
    }

    /// The document.
    package private(set) var text = ""
    /// The files that it links to and that are not there yet.
    package private(set) var pictureFiles: [(path: String, svg: String)] = []
    private let pictures: Pictures
    private var pictureCount = 0

    package init(_ document: ExportedDocument, pictures: Pictures) {
        self.pictures = pictures
        if !document.hasOwnTitle { add("# " + document.title) }
        for part in document.parts {
            if !part.title.isEmpty { add("## " + part.title) }
            guard !part.source.isEmpty || !part.items.isEmpty else { continue }
            if part.kind == .prose {
                add(part.source)
                continue
            }
            if !part.source.isEmpty { add(Self.fenced(part.source, language: "lethe")) }
            for item in part.items.joined({ !isPicture($0) }) { add(item) }
        }
    }

    private func isPicture(_ rendering: Rendering) -> Bool {
        switch pictures {
        // A workspace may have brought along what Lethe has not drawn; in a file a browser would run it.
        case .files: rendering.savedAs != nil || rendering.svg.flatMap { InlineSVG.text($0) } != nil
        case .text: rendering.savedAs != nil
        }
    }

    private mutating func add(_ block: String) { text += (text.isEmpty ? "" : "\n") + block + "\n" }

    private mutating func add(_ item: ExportedDocument.Item) {
        switch item {
        case .text(let written): add(Self.fenced(written, language: "text"))
        case .failure(_, let text): add(Self.fenced(text, language: "text"))
        case .value(let rendering):
            add(Self.link(to: path(of: rendering), caption: rendering.caption))
            if let table = rendering.table { add(Self.fenced(ExportedDocument.text(of: table), language: "text")) }
        }
    }

    /// The picture's file as seen from the document.
    private mutating func path(of rendering: Rendering) -> String {
        pictureCount += 1
        guard case .files(let document) = pictures else { return rendering.savedAs ?? "" }
        // A PDF is no image to a page.
        let isShown = rendering.svg == nil || rendering.savedAs?.lowercased().hasSuffix(".pdf") != true
        if isShown, let path = rendering.savedAs { return FilePath.relative(path, toFolderOf: document) }
        let path = "\(FilePath.stem(document))-plot-\(pictureCount).svg"
        pictureFiles.append((path, rendering.svg.flatMap { InlineSVG.text($0) } ?? ""))
        return String(path.dropFirst(FilePath.folder(path).count))
    }

    private static func link(to path: String, caption: String?) -> String {
        let caption = (caption ?? "plot").filter { !"[]\n\\".contains($0) }
        // What would end the link is written as the web writes it.
        let address = path.map { character in
            switch character {
            case " ": "%20"
            case "(": "%28"
            case ")": "%29"
            case "<": "%3C"
            case ">": "%3E"
            case "%": "%25"
            default: String(character)
            }
        }
        return "![\(caption.isEmpty ? "plot" : caption)](\(address.joined()))"
    }

    /// Text between fences longer than any in it.
    private static func fenced(_ text: String, language: String) -> String {
        var run = 0, longest = 2
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\(language)\n\(text)\(text.endsLine ? "" : "\n")\(fence)"
    }
}
