// A script as a notebook: cells between `# %%` lines, each followed by what it printed as `#>` lines.
//
// Reading is a scan over lines, so that a script with a wrong line is still a document. Brackets alone are looked at: a
// line inside them is part of a statement, whatever it looks like.

import Language

/// A script's cells and recorded outputs.
public struct Document: Sendable {
    /// Code up to and with its `#>` lines, or prose.
    public struct Chunk: Sendable, Equatable {
        public enum Kind: Sendable { case code, prose }

        public let kind: Kind
        /// What the `# %%` line says; empty in the later chunks of a cell and where there is no such line.
        public let title: String
        /// Words in brackets at the end of the title: `slow`, `skip`.
        public let tags: Set<String>
        /// Its lines in the document, from 0: the marker, code and recorded output.
        public let lines: Range<Int>
        /// Its lines without the marker and without recorded output.
        public let codeLines: Range<Int>
        /// Its lines of recorded output; empty at the end of the code where there are none.
        public let outputLines: Range<Int>
        /// The code; for prose the text without comment marks.
        public let source: String
        /// The recorded output, a line each, without `#> `.
        public let expected: [String]

        /// The chunk is there to show an error.
        public var expectsFailure: Bool { expected.contains { $0.hasPrefix("error:") } }
    }

    /// The text's lines, without newlines.
    public let lines: [String]
    /// What ends each of them: a newline, that of Windows, or nothing at the end of the text.
    let lineEnds: [String]
    public let chunks: [Chunk]
    /// There are `# %%` lines; without them every statement is a cell.
    public let hasMarkers: Bool

    public init(_ text: String) {
        // By bytes: as a Character, a line's end of Windows is no "\n".
        var raw = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
        let isOpen = raw.last?.isEmpty == false
        if !isOpen { raw.removeLast() }
        let lines = raw.map { String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self) }
        self.lines = lines
        var lineEnds = raw.map { $0.last == 13 ? "\r\n" : "\n" }
        if isOpen { lineEnds[lineEnds.count - 1] = "" }
        self.lineEnds = lineEnds
        let comments = EnclosedMarks.lines(in: text, lines)
        var scanner = Scanner(lines: lines, comments: comments)
        chunks = scanner.scan()
        hasMarkers = lines.enumerated().contains { Self.marker($1) != nil && !comments.contains($0) }
    }

    /// The text as it was read.
    public var text: String { zip(lines, lineEnds).map { $0 + $1 }.joined() }

    /// The first title or heading; nil where there is none.
    public var title: String? {
        for chunk in chunks {
            if chunk.kind == .prose,
                let heading = chunk.source.filledLines.first(where: { $0.hasPrefix("#") })
            {
                return heading.drop { $0 == "#" }.trimmingSpaces
            }
            if !chunk.title.isEmpty { return chunk.title }
        }
        return nil
    }

    // MARK: Lines

    /// What follows `# %%`; nil for any other line.
    package static func marker(_ line: String) -> String? {
        guard line.hasPrefix("#") else { return nil }
        let rest = line.dropFirst().drop { $0 == " " }
        guard rest.hasPrefix("%%") else { return nil }
        return rest.dropFirst(2).trimmingSpaces
    }

    /// A line of recorded output without its mark; nil for any other line.
    package static func output(_ line: String) -> String? {
        guard line.hasPrefix("#>") else { return nil }
        return String(line.dropFirst(line.hasPrefix("#> ") ? 3 : 2))
    }

    /// A line of output as it is recorded.
    static func recorded(_ line: String) -> String { line.isEmpty ? "#>" : "#> " + line }

    /// A comment's text; nil for a line that is none.
    static func comment(_ line: String) -> String? {
        guard line.hasPrefix("#") else { return nil }
        return withoutGuard(line.dropFirst(line.hasPrefix("# ") ? 2 : 1))
    }

    /// A line of prose as the comment that ``comment(_:)`` reads back.
    static func prose(_ line: String) -> String { line.isEmpty ? "#" : "# " + withGuard(line[...]) }

    // A line of prose may begin as a `# %%` line does (Mermaid's comments do): a backslash keeps the two apart, and as
    // many more as stand there already.

    private static func withGuard(_ text: Substring) -> String {
        guard let place = guardPlace(text) else { return String(text) }
        return text[..<place] + "\\" + text[place...]
    }

    private static func withoutGuard(_ text: Substring) -> String {
        guard let place = guardPlace(text), text[place] == "\\" else { return String(text) }
        return String(text[..<place] + text[text.index(after: place)...])
    }

    /// Where a line that begins with blanks, backslashes and `%%` has the first of its backslashes, or would have it.
    private static func guardPlace(_ text: Substring) -> Substring.Index? {
        let words = text.drop { $0 == " " }
        return words.drop { $0 == "\\" }.hasPrefix("%%") ? words.startIndex : nil
    }
}

extension Document {
    /// Goes through the lines once.
    private struct Scanner {
        let lines: [String]
        /// Lines that look like marks and are none.
        let comments: Set<Int>
        private var chunks: [Chunk] = []
        private var title = ""
        private var tags: Set<String> = []
        private var isProse = false
        private var first = 0
        private var codeStart = 0
        /// Where recorded output begins, once it has.
        private var outputStart: Int?

        init(lines: [String], comments: Set<Int>) { (self.lines, self.comments) = (lines, comments) }

        mutating func scan() -> [Chunk] {
            for (index, line) in lines.enumerated() {
                let isComment = comments.contains(index)
                if !isComment, let marker = Document.marker(line) {
                    close(at: index)
                    open(marker: marker, at: index)
                } else if !isComment, Document.output(line) != nil {
                    if outputStart == nil { outputStart = index }
                } else if outputStart != nil {
                    close(at: index)
                } else if isProse, Document.comment(line) == nil, !line.isBlank {
                    // Code in a cell of prose.
                    close(at: index)
                    isProse = false
                }
            }
            close(at: lines.count)
            return chunks
        }

        private mutating func open(marker: String, at index: Int) {
            var rest = marker
            tags = []
            if rest.hasPrefix("[markdown]") {
                isProse = true
                rest = String(rest.dropFirst("[markdown]".count)).trimmingSpaces
            } else {
                isProse = false
            }
            while rest.hasSuffix("]"), let bracket = rest.lastIndex(of: "[") {
                tags.insert(String(rest[rest.index(after: bracket)...].dropLast()).trimmingSpaces)
                rest = rest[..<bracket].trimmingSpaces
            }
            title = rest
            codeStart = index + 1
        }

        private mutating func close(at end: Int) {
            defer {
                (first, codeStart, outputStart, title) = (end, end, nil, "")
            }
            guard first < end else { return }
            let codeEnd = outputStart ?? end
            let code = lines[codeStart..<codeEnd]
            let isComment =
                !code.allSatisfy(\.isBlank) && code.allSatisfy { $0.isBlank || $0.hasPrefix("#") } && outputStart == nil
            let source: String
            if isProse || isComment {
                source =
                    code.filter { !$0.hasPrefix("#!") }.map { Document.comment($0) ?? $0 }.joined(separator: "\n")
                    .trimmingNewlines
            } else {
                source = code.joined(separator: "\n")
            }
            chunks.append(
                Chunk(
                    kind: isProse || isComment ? .prose : .code, title: title, tags: tags, lines: first..<end,
                    codeLines: codeStart..<codeEnd,
                    outputLines: codeEnd..<(outputStart == nil ? codeEnd : end), source: source,
                    expected: lines[codeEnd..<(outputStart == nil ? codeEnd : end)].compactMap { Document.output($0) }))
        }
    }
}

extension StringProtocol {
    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    var trimmingSpaces: String {
        var rest = self[...]
        while rest.first?.isWhitespace ?? false { rest = rest.dropFirst() }
        while rest.last?.isWhitespace ?? false { rest = rest.dropLast() }
        return String(rest)
    }

    /// Without empty lines at the beginning and at the end.
    var trimmingNewlines: String {
        let lines = allLines
        guard let first = lines.first(where: { !$0.isBlank }), let last = lines.last(where: { !$0.isBlank }) else {
            return ""
        }
        return String(self[first.startIndex..<last.endIndex])
    }
}
