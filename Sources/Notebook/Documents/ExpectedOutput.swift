// Whether printed text is what was recorded: floats to the digits written, `...` for anything (as pytest's NUMBER and
// ELLIPSIS have it).

/// Recorded output to compare with.
package struct ExpectedOutput {
    package let lines: [String]

    package init(lines: [String]) { self.lines = lines }

    /// Whether the lines of an output are what is expected.
    package func matches(_ actual: [String]) -> Bool { Self.matches(lines[...], actual[...]) }

    /// A line `...` stands for any number of lines.
    private static func matches(_ expected: ArraySlice<String>, _ actual: ArraySlice<String>) -> Bool {
        // Where the last `...` stood and how many lines it has taken: going back to it is enough, as with `*` in file
        // names.
        var (expected, actual) = (expected, actual)
        var resume: (expected: ArraySlice<String>, actual: ArraySlice<String>)?
        while true {
            if let line = expected.first {
                if isAnything(line) {
                    expected = expected.dropFirst()
                    resume = (expected, actual)
                    continue
                }
                if let other = actual.first, ExpectedLine(line).matches(other) {
                    (expected, actual) = (expected.dropFirst(), actual.dropFirst())
                    continue
                }
            } else if actual.isEmpty {
                return true
            }
            guard let back = resume, !back.actual.isEmpty else { return false }
            (expected, actual) = (back.expected, back.actual.dropFirst())
            resume = (expected, actual)
        }
    }

    /// A line that stands for any number of lines.
    static let anything = "..."

    static func isAnything(_ line: String) -> Bool { line.trimmingSpaces == anything }
}

/// One recorded line.
package struct ExpectedLine {
    private enum Piece {
        case text(Substring)
        /// Any number of blanks, one at least.
        case blanks
        /// A number with a fraction or an exponent: the digits written count.
        case float(Double, tolerance: Double)
        /// `...`
        case anything
    }

    private let pieces: [Piece]
    private let text: Substring

    package init(_ line: String) {
        text = Self.withoutTrailingBlanks(line)
        pieces = Self.pieces(of: text)
    }

    package func matches(_ line: String) -> Bool {
        let actual = Self.withoutTrailingBlanks(line)
        return actual == text || Self.matches(pieces[...], actual)
    }

    private static func matches(_ pieces: ArraySlice<Piece>, _ actual: Substring) -> Bool {
        // As with lines: going back to the last `...` is enough, since the other pieces match in one way only.
        var (pieces, actual) = (pieces, actual)
        var resume: (pieces: ArraySlice<Piece>, actual: Substring)?
        while true {
            if case .anything? = pieces.first {
                pieces = pieces.dropFirst()
                if pieces.isEmpty { return true }
                resume = (pieces, actual)
                continue
            }
            if let piece = pieces.first {
                if let rest = afterMatch(piece, actual) {
                    (pieces, actual) = (pieces.dropFirst(), rest)
                    continue
                }
            } else if actual.isEmpty {
                return true
            }
            guard let back = resume, !back.actual.isEmpty else { return false }
            (pieces, actual) = (back.pieces, back.actual.dropFirst())
            resume = (pieces, actual)
        }
    }

    /// What follows a piece that a text begins with; nil where it does not.
    private static func afterMatch(_ piece: Piece, _ actual: Substring) -> Substring? {
        switch piece {
        case .text(let text): return actual.hasPrefix(text) ? actual.dropFirst(text.count) : nil
        case .blanks:
            let after = actual.drop { $0 == " " }
            return after.startIndex > actual.startIndex ? after : nil
        case .float(let value, let tolerance):
            guard let number = number(at: actual), let found = Double(number), abs(found - value) <= tolerance else {
                return nil
            }
            return actual.dropFirst(number.count)
        case .anything: return actual
        }
    }

    private static func pieces(of line: Substring) -> [Piece] {
        var pieces: [Piece] = [], rest = line, literal = line.startIndex, isExact = true
        func flush(_ end: Substring.Index) {
            var text = line[literal..<end]
            while let blank = text.firstIndex(of: " ") {
                if blank > text.startIndex { pieces.append(.text(text[..<blank])) }
                pieces.append(.blanks)
                text = text[blank...].drop { $0 == " " }
            }
            if !text.isEmpty { pieces.append(.text(text)) }
        }
        while !rest.isEmpty {
            if rest.hasPrefix("...") {
                flush(rest.startIndex)
                pieces.append(.anything)
                isExact = false
                rest = rest.dropFirst(3)
                literal = rest.startIndex
            } else if let number = number(at: rest) {
                if let tolerance = tolerance(of: number), let value = Double(number) {
                    flush(rest.startIndex)
                    pieces.append(.float(value, tolerance: tolerance))
                    isExact = false
                    rest = rest.dropFirst(number.count)
                    literal = rest.startIndex
                } else {
                    rest = rest.dropFirst(number.count)
                }
            } else {
                // A digit inside a word begins no number.
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                rest = rest.dropFirst(max(1, word.count))
            }
        }
        flush(line.endIndex)
        // A number written with fewer digits moves the columns after it; otherwise blanks count.
        return isExact ? [.text(line)] : pieces
    }

    /// The number at the beginning of a text: `-12`, `3.5`, `2.1e-35`.
    private static func number(at text: Substring) -> Substring? {
        var end = text.startIndex
        func digits() -> Int {
            let start = end
            while end < text.endIndex, text[end].isASCII, text[end].isNumber { end = text.index(after: end) }
            return text.distance(from: start, to: end)
        }
        if end < text.endIndex, text[end] == "-" || text[end] == "+" { end = text.index(after: end) }
        guard digits() > 0 else { return nil }
        if end < text.endIndex, text[end] == "." {
            let point = end
            end = text.index(after: end)
            if digits() == 0 {
                end = point
                return text[..<end]
            }
        }
        if end < text.endIndex, text[end] == "e" || text[end] == "E" {
            let exponent = end
            end = text.index(after: end)
            if end < text.endIndex, text[end] == "-" || text[end] == "+" { end = text.index(after: end) }
            if digits() == 0 { end = exponent }
        }
        return text[..<end]
    }

    /// Half a unit of the last digit written, with a little for rounding; nil for a whole number, which must be equal.
    private static func tolerance(of number: Substring) -> Double? {
        let parts = number.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first, parts.count > 1 || mantissa.contains(".") else { return nil }
        let places = mantissa.firstIndex(of: ".").map { mantissa.distance(from: $0, to: mantissa.endIndex) - 1 } ?? 0
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        guard let unit = Double("1e\(exponent - places)") else { return nil }
        return 0.5000001 * unit
    }

    private static func withoutTrailingBlanks(_ line: String) -> Substring {
        var rest = line[...]
        while rest.last == " " || rest.last == "\t" || rest.last == "\r" { rest = rest.dropLast() }
        return rest
    }
}
