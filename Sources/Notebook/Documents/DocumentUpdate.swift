// Brings a script's recorded output up to date, touching only the lines that differ.
import Language

/// A document's lines with some recorded outputs replaced.
struct DocumentUpdate {
    private let document: Document
    /// What goes in the place of a range of lines.
    private var replacements: [(range: Range<Int>, lines: [String])] = []

    init(_ document: Document) { self.document = document }

    /// Records what a chunk printed.
    ///
    /// - Parameter pieces: the chunk's statements with what each printed; without `# %%` lines each keeps its own
    ///   output.
    mutating func replace(_ chunk: Document.Chunk, printed: [String], pieces: [CellRecord.Piece]) {
        if chunk.outputLines.isEmpty, !document.hasMarkers, !pieces.isEmpty {
            var line = chunk.codeLines.lowerBound
            for piece in pieces {
                line += piece.source.allLines.count
                let place = min(lastCodeLine(before: line, in: chunk), chunk.codeLines.upperBound)
                if !piece.output.isEmpty {
                    replacements.append((place..<place, Checker.lines(piece.output).map(Document.recorded)))
                }
            }
            return
        }
        if chunk.outputLines.isEmpty {
            let place = lastCodeLine(before: chunk.codeLines.upperBound, in: chunk)
            replacements.append((place..<place, printed.map(Document.recorded)))
            return
        }
        // Lines that agree, to the digits written, stay as they are written.
        let difference = printed.difference(from: chunk.expected) { old, new in ExpectedLine(old).matches(new) }
        var lines = chunk.expected
        for change in difference {
            switch change {
            case .remove(let offset, _, _): lines.remove(at: offset)
            case .insert(let offset, let line, _): lines.insert(line, at: offset)
            }
        }
        replacements.append((chunk.outputLines, lines.map(Document.recorded)))
    }

    /// The line behind the last one that is not empty.
    private func lastCodeLine(before end: Int, in chunk: Document.Chunk) -> Int {
        var line = end
        while line > chunk.codeLines.lowerBound, document.lines[line - 1].isBlank { line -= 1 }
        return line
    }

    /// The whole text.
    var text: String {
        guard !replacements.isEmpty else { return document.text }
        var result = ""
        var line = 0
        // New lines end as those above them do; an end without a newline stays so where it is the document's own.
        let usual = document.lineEnds.first { !$0.isEmpty } ?? "\n"
        func add(_ text: String, _ end: String) { result += text + (end.isEmpty ? usual : end) }
        func keep(_ lines: Range<Int>) { for line in lines { add(document.lines[line], document.lineEnds[line]) } }
        for replacement in replacements.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            keep(line..<max(line, replacement.range.lowerBound))
            let end = line > 0 && line <= document.lineEnds.count ? document.lineEnds[line - 1] : usual
            for text in replacement.lines { add(text, end) }
            line = max(line, replacement.range.upperBound)
        }
        keep(line..<document.lines.count)
        if line < document.lines.count, document.lineEnds.last == "" { result.removeLast() }
        return result
    }
}
