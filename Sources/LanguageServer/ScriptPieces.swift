// Cuts a script into cells and pieces by looking at how its lines begin; nothing is parsed.

/// A script's cells, and the pieces of code in them.
struct ScriptPieces {
    /// What stands between two `# %%` lines.
    struct Cell {
        /// nil before the first such line.
        var title: String?
        var isProse = false
        /// All its lines, from 0, and their bytes.
        var lines: Range<Int>
        var bytes: Range<Int>
        /// Where its own text begins, behind the `# %%` line.
        var codeStart: Int
    }

    /// Whole lines that begin where a statement can.
    struct Piece {
        var bytes: Range<Int>
        /// Pieces of one chunk follow each other without recorded output between them.
        var chunk: Int
    }

    private(set) var cells: [Cell] = []
    private(set) var pieces: [Piece] = []
    /// Chunks that are there to show an error.
    private(set) var chunksToFail: Set<Int> = []

    init(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { scan($0) }
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
        var line = 0, lineStart = 0, pieceStart: Int?, chunk = 0, isAfterOutput = false
        cells = [Cell(lines: 0..<0, bytes: 0..<0, codeStart: 0)]
        func close(at end: Int) {
            if let start = pieceStart { pieces.append(Piece(bytes: start..<end, chunk: chunk)) }
            pieceStart = nil
        }
        while lineStart < bytes.count {
            var end = lineStart
            while end < bytes.count, bytes[end] != 10 { end += 1 }
            let text = UnsafeBufferPointer(rebasing: bytes[lineStart..<end])
            if let title = Self.marker(text) {
                close(at: lineStart)
                chunk += 1
                isAfterOutput = false
                closeCell(line, lineStart)
                var cell = Cell(lines: line..<line, bytes: lineStart..<lineStart, codeStart: min(end + 1, bytes.count))
                cell.isProse = title.hasPrefix("[markdown]")
                cell.title = cell.isProse ? String(title.dropFirst("[markdown]".count)) : title
                cells.append(cell)
            } else if text.count >= 2, text[0] == UInt8(ascii: "#"), text[1] == UInt8(ascii: ">") {
                close(at: lineStart)
                if !isAfterOutput { chunk += 1 }
                if String(decoding: text, as: UTF8.self).hasPrefix("#> error:") { chunksToFail.insert(chunk - 1) }
                isAfterOutput = true
            } else {
                isAfterOutput = false
                if Self.beginsStatement(text) {
                    close(at: lineStart)
                    pieceStart = lineStart
                } else if pieceStart == nil, let first = text.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }),
                    first != UInt8(ascii: "#")
                {
                    pieceStart = lineStart
                }
            }
            line += 1
            lineStart = end + 1
        }
        close(at: bytes.count)
        closeCell(line, bytes.count)
        cells.removeAll { $0.lines.isEmpty }
    }

    private mutating func closeCell(_ line: Int, _ offset: Int) {
        let last = cells.count - 1
        cells[last].lines = cells[last].lines.lowerBound..<line
        cells[last].bytes = cells[last].bytes.lowerBound..<offset
    }

    /// The title of a `# %%` line; nil for any other.
    private static func marker(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        guard text.first == UInt8(ascii: "#") else { return nil }
        var index = 1
        while index < text.count, text[index] == 32 { index += 1 }
        guard index + 1 < text.count, text[index] == UInt8(ascii: "%"), text[index + 1] == UInt8(ascii: "%") else {
            return nil
        }
        var title = Substring(String(decoding: text[(index + 2)...], as: UTF8.self))
        while title.first?.isWhitespace == true { title.removeFirst() }
        while title.last?.isWhitespace == true { title.removeLast() }
        return String(title)
    }

    /// Whether a line without indentation begins a statement, and not a comment or the end or continuation of one.
    private static func beginsStatement(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        switch first {
        case 32, 9, 13, UInt8(ascii: "#"), UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "{"):
            return false
        case UInt8(ascii: "|"): return false
        case UInt8(ascii: "e"): return !begins(text, "else")
        case UInt8(ascii: "c"): return !begins(text, "catch")
        default: return true
        }
    }

    private static func begins(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count >= count, (0..<count).allSatisfy({ text[$0] == word.utf8Start[$0] }) else { return false }
        guard text.count > count else { return true }
        let next = text[count], letter = next | 0x20
        return next < 0x80 && next != UInt8(ascii: "_") && !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= next)
            && !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= letter)
    }
}
