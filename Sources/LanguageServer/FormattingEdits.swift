// The canonical form as edits of an open script.
import Files
import Formatting
import Language

struct FormattingEdits {
    let script: OpenScript

    /// Edits of the whole script; nil where it has a syntax error.
    func all() -> JSON? { edits(of: 0..<script.document.bytes.count) }

    /// Edits of the cells that hold a range.
    func cells(_ range: Range<Int>) -> JSON? {
        let cells = script.analysis.cells.filter {
            $0.bytes.lowerBound <= range.upperBound
                && range.lowerBound < max($0.bytes.upperBound, $0.bytes.lowerBound + 1)
        }
        guard let first = cells.first, let last = cells.last else { return [] }
        return edits(of: first.bytes.lowerBound..<last.bytes.upperBound)
    }

    private func edits(of bytes: Range<Int>) -> JSON? {
        let old = Array(script.document.bytes[bytes])
        guard let text = try? CanonicalForm.of(String(decoding: old, as: UTF8.self), name: "script") else { return nil }
        var new = Array(text.utf8)
        // The blank lines between it and the next cell are not its own.
        if bytes.upperBound < script.document.bytes.count {
            let end = old.lastIndex { ![10, 13, 32, 9].contains($0) }.map { $0 + 1 } ?? 0
            let blanks = old[end...].count { $0 == 10 } - 1
            if blanks > 0 {
                let lineEnd: [UInt8] = new.suffix(2).first == 13 ? [13, 10] : [10]
                for _ in 0..<min(blanks, 2) { new += lineEnd }
            }
        }
        if old == new { return [] }
        // Whole lines that are the same at both ends stay.
        func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
            bytes.split(separator: 10, omittingEmptySubsequences: false)
        }
        let oldLines = lines(old), newLines = lines(new)
        let same = zip(oldLines, newLines).prefix { $0 == $1 }.count
        var tail = 0
        while tail < min(oldLines.count, newLines.count) - same,
            oldLines[oldLines.count - 1 - tail] == newLines[newLines.count - 1 - tail]
        { tail += 1 }
        func stretch(_ lines: [ArraySlice<UInt8>], _ count: Int) -> Range<Int> {
            let start = same < lines.count ? lines[same].startIndex : count
            let end = tail == 0 ? count : lines[lines.count - tail].startIndex
            return start..<max(start, end)
        }
        let range = stretch(oldLines, old.count), replacement = stretch(newLines, new.count)
        return [
            [
                "range": script.document.range(
                    (bytes.lowerBound + range.lowerBound)..<(bytes.lowerBound + range.upperBound)),
                "newText": .string(String(decoding: new[replacement], as: UTF8.self)),
            ]
        ]
    }
}
