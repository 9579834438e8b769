// Gives a session to the exporters as it stands: the cells that succeeded, with what they showed when they ran.
import Language

extension ExportedDocument {
    /// - Parameter name: what the reader is told the document is, and the title where no cell has one.
    package init(_ records: [CellRecord], name: String) {
        var parts: [Part] = []
        for record in records {
            var source = "", items: [Item] = []
            func flush() {
                guard !source.isEmpty || !items.isEmpty else { return }
                // Titles and prose of a loaded script are comments in it.
                let chunks = Document(source).chunks.filter { !$0.source.isBlank || !$0.title.isEmpty }
                let last = chunks.lastIndex { $0.kind == .code }
                for (index, chunk) in chunks.enumerated() {
                    parts.append(Part(chunk, items: index == last ? items : [], isRecorded: false))
                }
                (source, items) = ("", [])
            }
            for piece in record.pieces where !piece.isLook {
                source += piece.source + "\n"
                items += piece.items
                // As in a saved script, output stands below the lines that made it.
                if !items.isEmpty, !record.isWhole { flush() }
            }
            flush()
        }
        self.init(name: name, parts: parts)
    }
}
