// What an export shows: prose and code with what it printed, whoever ran it. The formats are loops over its parts.
import Language

/// A document ready to be written as Markdown, HTML or a Jupyter notebook.
public struct ExportedDocument: Sendable {
    /// Something a piece of code produced, as a reader is to see it. Messages and progress are no part of it.
    public enum Item: Sendable {
        /// Text the code wrote, newlines included.
        case text(String)
        /// A value that was printed.
        case value(Rendering)
        /// An error: what is wrong, and all that is shown of it.
        case failure(message: String, text: String)
    }

    /// Prose, or code with its output.
    public struct Part: Sendable {
        public let kind: Document.Chunk.Kind
        /// The heading above it; empty where there is none.
        public let title: String
        /// Words in brackets behind the title.
        public let tags: Set<String>
        /// Code, or prose in Markdown; no empty lines around it.
        public let source: String
        public internal(set) var items: [Item]
        /// What it shows by the positions of sliders; nil for a cell that none moves.
        public internal(set) var grid: SliderGrid?
        /// It was not run; its output, if any, was recorded earlier.
        public let isRecorded: Bool

        /// It is there to show an error.
        let isToFail: Bool
        /// An exercise's solution: its cell's title ends in `[solution]`.
        public let isSolution: Bool

        package init(_ chunk: Document.Chunk, items: [Item], isRecorded: Bool) {
            kind = chunk.kind
            title = chunk.title
            tags = chunk.tags
            source = (kind == .code ? Self.withoutInterpreterLine(chunk.source) : chunk.source).trimmingNewlines
            self.items = items
            self.isRecorded = isRecorded
            isToFail = chunk.expectsFailure
            isSolution = chunk.tags.contains("solution")
        }

        private static func withoutInterpreterLine(_ source: String) -> String {
            guard source.hasPrefix("#!") else { return source }
            return String(source.drop { $0 != "\n" })
        }

        var isEmpty: Bool { source.isEmpty && title.isEmpty && items.isEmpty }
    }

    /// The name of the file or session it shows, for the reader: `lesson.lethe`.
    public let name: String
    /// The language of its prose, as HTML names it.
    public var language = "en"
    /// What stands at the top.
    public let title: String
    /// The title is the first heading of the document's own prose, so that nothing need be put above.
    public let hasOwnTitle: Bool
    public let parts: [Part]

    package init(name: String, parts: [Part]) {
        self.name = name
        self.parts = parts.filter { !$0.isEmpty }
        let heading = self.parts.first.flatMap { first in
            first.kind == .prose && first.title.isEmpty ? Self.heading(first.source) : nil
        }
        title = heading ?? Self.title(fromName: name)
        hasOwnTitle = heading != nil
    }

    /// The heading that a text in Markdown begins with.
    private static func heading(_ prose: String) -> String? {
        guard let line = prose.filledLines.first, line.hasPrefix("# ") else { return nil }
        let words = line.dropFirst(2).trimmingSpaces
        return words.isEmpty ? nil : words
    }

    /// `folder/first-session.lethe` → "First session".
    private static func title(fromName name: String) -> String {
        var stem = name.split(separator: "/").last.map(String.init) ?? name
        if let dot = stem.lastIndex(of: "."), dot > stem.startIndex { stem = String(stem[..<dot]) }
        let words = stem.map { $0 == "-" || $0 == "_" ? " " : $0 }
        return String(words).trimmingSpaces.first.map { $0.uppercased() + String(words).trimmingSpaces.dropFirst() }
            ?? "Lethe"
    }
}

extension ExportedDocument {
    /// The same without the solutions of its exercises, to be handed out.
    public var handout: ExportedDocument {
        var document = ExportedDocument(name: name, parts: parts.filter { !$0.isSolution })
        document.language = language
        return document
    }

    /// Rows of cells as text, for a table that is shown apart from its picture; see ``Rendering/table``.
    static func text(of table: [[String]]) -> String {
        let width = table.map(\.count).max() ?? 0
        let isLine = { (row: [String]) in row.count == 1 && width > 1 }
        let widths = (0..<width).map { column in
            table.filter { !isLine($0) }.map { column < $0.count ? displayWidth($0[column]) : 0 }.max() ?? 0
        }
        return table.map { row in
            if isLine(row) { return row[0] }
            return row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - displayWidth(cell))
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ").trimmingTrailingBlanks
        }.joined(separator: "\n")
    }
}

extension ExportedDocument.Item {
    /// An output as an export shows it; nil for what is said to the user alone.
    init?(_ output: Output) {
        switch output {
        case .text(.results, let text): self = .text(text)
        case .value(let rendering): self = .value(rendering)
        case .failure(let diagnostic):
            self = .failure(message: visible(diagnostic.message), text: diagnostic.rendered(placed: false))
        case .text(.messages, _), .interrupted: return nil
        }
    }

    /// What `#>` lines say.
    static func recorded(_ lines: [String]) -> [Self] {
        var items: [Self] = [], text: [String] = []
        func flush() {
            if !text.isEmpty { items.append(.text(text.map { $0 + "\n" }.joined())) }
            text = []
        }
        for (index, line) in lines.enumerated() {
            if let path = Self.picture(line) {
                flush()
                items.append(.value(Rendering("plot in \(path)", savedAs: path)))
            } else if line.hasPrefix("error: ") {
                // An error ends its cell.
                flush()
                let rest = lines[index...].joined(separator: "\n")
                return items + [.failure(message: String(line.dropFirst("error: ".count)), text: rest)]
            } else {
                text.append(line)
            }
        }
        flush()
        return items
    }

    /// The file that `![plot](base.svg)` links to.
    private static func picture(_ line: String) -> String? {
        let start = "![plot]("
        guard line.hasPrefix(start), line.hasSuffix(")"), line.count > start.count + 1 else { return nil }
        return String(line.dropFirst(start.count).dropLast())
    }
}

extension [ExportedDocument.Item] {
    /// Text that follows text becomes one: a reader sees no seam between two printed lines.
    ///
    /// - Parameter isText: whether a value is shown as its text.
    func joined(_ isText: (Rendering) -> Bool) -> [Element] {
        var result: [Element] = []
        for item in self {
            var text: String? = nil
            switch item {
            case .text(let written): text = written
            case .value(let rendering): if isText(rendering) { text = rendering.text + "\n" }
            case .failure: break
            }
            if let text, case .text(let before)? = result.last {
                result[result.count - 1] = .text(before + text)
            } else {
                result.append(text.map { .text($0) } ?? item)
            }
        }
        return result
    }
}
