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

extension Session {
    /// Pictures that are kept for an export: the latest. Those before them are left with their text.
    package static let keptPictures = 200

    /// Called when a record was added.
    func forgetOldPictures() {
        func pictures(_ record: CellRecord) -> Int {
            record.pieces.reduce(0) {
                $0 + $1.items.count { if case .value(let rendering) = $0 { rendering.svg != nil } else { false } }
            }
        }
        guard let last = records.last, pictures(last) > 0 else { return }
        var kept = 0
        for index in records.indices.reversed() {
            let count = pictures(records[index])
            kept += count
            guard count > 0, kept > Self.keptPictures else { continue }
            for piece in records[index].pieces.indices {
                records[index].pieces[piece].items = records[index].pieces[piece].items.map { item in
                    guard case .value(var rendering) = item else { return item }
                    rendering.svg = nil
                    return .value(rendering)
                }
            }
        }
    }
}
