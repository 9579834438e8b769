// Source text and places in it.

/// A stretch of source text, in UTF-8 bytes, half open.
public struct Span: Equatable, Hashable, Sendable {
    public var start: Int32
    public var end: Int32

    public init(_ start: Int, _ end: Int) {
        self.start = Int32(clamping: start)
        self.end = Int32(clamping: end)
    }

    init(_ start: Int32, _ end: Int32) {
        self.start = start
        self.end = end
    }

    public var range: Range<Int> { Int(start)..<Int(Swift.max(start, end)) }
    public var isEmpty: Bool { end <= start }

    /// The smallest span that holds both.
    public func union(_ other: Span) -> Span { Span(Swift.min(start, other.start), Swift.max(end, other.end)) }
}

/// A piece of program text and where it came from. It knows its lines, so that places can be shown.
public final class Source: @unchecked Sendable {  // everything in it is constant
    /// Where text came from; it decides how places are written.
    public enum Origin: Equatable, Sendable {
        /// A cell typed at the prompt: places are written `cell 7`.
        case cell(Int)
        /// A file, `-` for standard input, `-e` for an argument: places are written `file:line:col`.
        /// `firstLine` is the line of the file that the text starts with.
        case file(String, firstLine: Int = 1)
    }

    public let origin: Origin
    /// The text as UTF-8.
    public let utf8: [UInt8]
    /// Byte offsets at which lines start.
    let lineStarts: [Int32]

    /// Whose top-level names the text speaks of: 0 for the session's, else those of a file that is taken in with `use`.
    let scope: Int

    /// Set for the text of a file that was taken in with `use`, whose top-level names are its own: which file that was.
    public var usedFile: UsedFileNumber? { scope == 0 ? nil : UsedFileNumber(scope: scope) }

    /// A file that was taken in with `use`, in one interpreter.
    public struct UsedFileNumber: Hashable, Sendable {
        let scope: Int
    }

    /// A text that speaks of a used file's names, as it comes back from a stored session.
    public convenience init(_ text: String, origin: Origin, usedFile: UsedFileNumber?) {
        self.init(text, origin: origin, scope: usedFile?.scope ?? 0)
    }

    public convenience init(_ text: String, origin: Origin) { self.init(text, origin: origin, scope: 0) }

    init(_ text: String, origin: Origin, scope: Int) {
        self.origin = origin
        self.scope = scope
        utf8 = Array(text.utf8)
        var starts: [Int32] = [0]
        for (offset, byte) in utf8.enumerated() where byte == 0x0A { starts.append(Int32(clamping: offset + 1)) }
        lineStarts = starts
    }

    /// The text as a string.
    public var text: String { String(decoding: utf8, as: UTF8.self) }

    /// The text of a span.
    public func text(_ span: Span) -> String {
        let range = span.range.clamped(to: 0..<utf8.count)
        return String(decoding: utf8[range], as: UTF8.self)
    }

    /// Index of the line, from 0, that holds a byte offset.
    func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The bytes of a line, without its newline.
    func lineRange(_ index: Int) -> Range<Int> {
        let start = Int(lineStarts[index])
        var end = index + 1 < lineStarts.count ? Int(lineStarts[index + 1]) - 1 : utf8.count
        if end > start, utf8[end - 1] == 0x0D { end -= 1 }
        return start..<Swift.max(start, end)
    }

    /// Line (of the file, or of the cell) and column of a byte offset, both from 1; columns count characters.
    public func position(of offset: Int) -> (line: Int, column: Int) {
        let clamped = Swift.min(Swift.max(offset, 0), utf8.count)
        let index = lineIndex(of: clamped)
        let start = Int(lineStarts[index])
        let column = String(decoding: utf8[start..<clamped], as: UTF8.self).unicodeScalars.count + 1
        if case .file(_, let firstLine) = origin { return (index + firstLine, column) }
        return (index + 1, column)
    }

    /// How a place in this source is called from another place: `line 3` in the same file, `cell 5` at the prompt.
    public func placeName(of offset: Int, seenFrom viewer: Source?) -> String {
        let line = position(of: offset).line
        switch origin {
        case .cell(let number): return "cell \(number)"
        case .file(let name, _):
            if let viewer, case .file(let other, _) = viewer.origin, other == name { return "line \(line)" }
            return "\(name) line \(line)"
        }
    }

    /// How a place is called in a list of calls: `cell 13 line 4`, `cell 13` when the cell has one line, `line 4` in a
    /// file.
    func frameName(of offset: Int, seenFrom viewer: Source?) -> String {
        if case .cell = origin, lineStarts.count > 1 {
            return placeName(of: offset, seenFrom: viewer) + " line \(position(of: offset).line)"
        }
        return placeName(of: offset, seenFrom: viewer)
    }
}
