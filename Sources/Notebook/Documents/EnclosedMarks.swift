// Lines that look like marks of a notebook (`# %%`, `#>`) but stand inside a statement, where they are comments.
import Language

enum EnclosedMarks {
    /// Numbers of lines, from 0, that look like marks and have a bracket open around them, which closes further down.
    ///
    /// A bracket that nobody closes surrounds nothing: a script with such a line is still a document.
    static func lines(in text: String, _ lines: [String]) -> Set<Int> {
        let marks = lines.indices.filter { Document.marker(lines[$0]) != nil || Document.output(lines[$0]) != nil }
        guard !marks.isEmpty else { return [] }
        var enclosed: Set<Int> = [], begin = 0, end = -1
        // What stands inside of another pair has been looked at with it.
        for pair in pairs(in: text) where pair.lowerBound >= end {
            let inside = marks.lazy.filter { pair.lowerBound < $0 && $0 < pair.upperBound }
            guard inside.first != nil else { continue }
            // Brackets of two wrong statements may seem to belong together.
            let earliest = pair.lowerBound == end ? begin : end
            guard let first = beginning(lines, around: pair, notBefore: earliest) else { continue }
            enclosed.formUnion(inside)
            (begin, end) = (first, pair.upperBound)
        }
        return enclosed
    }

    /// Lines above a bracket that are tried as the beginning of its statement, and below it as the end.
    private static let most = 40

    /// The first of the whole statements that the lines of two brackets are part of, such as the `if` of `} else {`; nil
    /// where they are of none.
    private static func beginning(
        _ lines: [String], around pair: ClosedRange<Int>, notBefore earliest: Int
    ) -> Int? {
        let end = min(pair.upperBound + most, lines.count)
        // Of several beginnings the one whose statements end first, and of these the nearest.
        var best: (first: Int, last: Int)?
        for first in (max(pair.lowerBound - most, earliest, 0)...pair.lowerBound).reversed() {
            let text = lines[first..<end].joined(separator: "\n")
            guard let last = lastLine(ofStatementsIn: text, reaching: pair.upperBound - first) else { continue }
            if first + last < best?.last ?? .max { best = (first, first + last) }
            if first + last == pair.upperBound { break }
        }
        return best?.first
    }

    /// The lines of opening brackets that have a closing one on a later line, with the lines of these; those that open
    /// first come first.
    private static func pairs(in text: String) -> [ClosedRange<Int>] {
        var result: [ClosedRange<Int>] = [], open: [Int] = []
        let bytes = Array(text.utf8)
        var line = 0, place = 0
        for token in tokens(of: text) {
            let start = Int(token.span.start)
            while place < min(start, bytes.count) {
                if bytes[place] == 10 { line += 1 }
                place += 1
            }
            switch token.kind {
            case .openParen, .openBracket, .openBrace, .stringHead: open.append(line)
            case .closeParen, .closeBracket, .closeBrace, .stringTail:
                if let first = open.popLast(), first < line { result.append(first...line) }
            default: break
            }
        }
        return result.sorted { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
    }
}
