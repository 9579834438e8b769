// A text as an editor has it open: bytes, lines, and positions counted as the editor counts them.
import Files

/// A place in a text as the protocol writes it: line and column from 0.
struct Position: Equatable, Comparable {
    var line: Int
    var character: Int

    static func < (a: Position, b: Position) -> Bool { (a.line, a.character) < (b.line, b.character) }

    var json: JSON { ["line": .integer(line), "character": .integer(character)] }

    init(line: Int, character: Int) {
        self.line = line
        self.character = character
    }

    init?(_ json: JSON?) {
        guard let line = json?["line"]?.integer, let character = json?["character"]?.integer, line >= 0, character >= 0
        else { return nil }
        self.init(line: line, character: character)
    }
}

/// What columns count.
enum PositionEncoding: String {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
}

/// An open text. Its lines end with a newline, a carriage return, or both.
struct TextDocument {
    let encoding: PositionEncoding
    private(set) var bytes: [UInt8]
    /// Where each line starts.
    private(set) var lineStarts: [Int] = [0]

    init(_ text: String, encoding: PositionEncoding) {
        self.encoding = encoding
        bytes = Array(text.utf8)
        findLines()
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
    }

    private mutating func findLines() {
        lineStarts.removeAll(keepingCapacity: true)
        lineStarts.append(0)
        bytes.withUnsafeBufferPointer { bytes in
            for index in bytes.indices {
                if bytes[index] == 10 || bytes[index] == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10) {
                    lineStarts.append(index + 1)
                }
            }
        }
    }

    // MARK: Lines

    /// A line without what ends it.
    func line(_ index: Int) -> Range<Int> {
        let start = lineStarts[index]
        var end = index + 1 < lineStarts.count ? lineStarts[index + 1] : bytes.count
        while end > start, bytes[end - 1] == 10 || bytes[end - 1] == 13 { end -= 1 }
        return start..<end
    }

    func lineIndex(of offset: Int) -> Int {
        var low = 0, high = lineStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    // MARK: Positions

    func position(of offset: Int) -> Position {
        let offset = min(max(offset, 0), bytes.count), line = lineIndex(of: offset), start = lineStarts[line]
        guard encoding == .utf16 else { return Position(line: line, character: offset - start) }
        var units = 0
        for byte in bytes[start..<offset] where byte & 0xC0 != 0x80 { units += byte >= 0xF0 ? 2 : 1 }
        return Position(line: line, character: units)
    }

    /// The byte at a position; one beyond the end of its line stands for that end.
    func offset(of position: Position) -> Int {
        guard position.line < lineStarts.count else { return bytes.count }
        let line = line(position.line)
        if encoding == .utf8 {
            var offset = min(line.lowerBound + min(position.character, line.count), line.upperBound)
            while offset > line.lowerBound, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
            return offset
        }
        var units = 0, offset = line.lowerBound
        while offset < line.upperBound {
            let byte = bytes[offset], size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            units += size == 4 ? 2 : 1
            if units > position.character { break }
            offset = min(offset + size, line.upperBound)
        }
        return offset
    }

    func range(_ range: Range<Int>) -> JSON {
        ["start": position(of: range.lowerBound).json, "end": position(of: range.upperBound).json]
    }

    /// The bytes of a range of positions; nil for what is none.
    func offsets(_ json: JSON?) -> Range<Int>? {
        guard let start = Position(json?["start"]), let end = Position(json?["end"]), start <= end else { return nil }
        let first = offset(of: start)
        return first..<max(first, offset(of: end))
    }

    // MARK: Changes

    /// Puts a text in the place of a range.
    mutating func replace(_ range: Range<Int>, with text: String) {
        bytes.replaceSubrange(range, with: text.utf8)
        findLines()
    }
}
