// What a step of a lesson prints, a window at a time for a room that reads along.
import Language

/// Lets as much through as the window holds, and keeps the rest for the pages after it.
final class LessonPages {
    /// Rows that a page may have, below which stands how it goes on.
    private let room: Int
    private let columns: Int
    private let show: (Output) -> Void
    /// Rows that are shown.
    private(set) var rows = 0
    /// What did not fit.
    private(set) var held: [Output] = []

    /// - Parameters:
    ///   - columns: of the window, which breaks longer lines.
    ///   - show: shows what fits.
    init(room: Int, columns: Int, show: @escaping (Output) -> Void) {
        (self.room, self.columns, self.show) = (room, max(1, columns), show)
    }

    func take(_ output: Output) {
        guard held.isEmpty else { return held.append(output) }
        let size = height(of: output)
        if rows + size <= room { return pass(output, size) }
        guard let (stream, lines) = Self.lines(of: output) else {
            // What cannot be divided gets a page of its own.
            return rows == 0 ? pass(output, size) : held.append(output)
        }
        let end = end(of: lines)
        func text(_ part: ArraySlice<Substring>) -> Output {
            .text(stream, part.joined(separator: "\n") + "\n")
        }
        if end > 0 { pass(text(lines[..<end]), lines[..<end].map(height(of:)).reduce(0, +)) }
        // The line between two parts stands at the end of none of them.
        let rest = lines[end...].drop(while: \.isEmpty)
        if !rest.isEmpty { held.append(text(rest)) }
    }

    /// Shows what is left where it is a row or two: nothing has to stand below it then. Gives the rows that are filled.
    func finish() -> Int {
        var used = rows
        for output in held {
            for line in Self.text(of: output).allLines {
                used += Self.height(of: line, columns)
                if used > room + 2 { return rows }
            }
        }
        giveUp()
        return rows
    }

    /// Shows all that is left.
    func giveUp() {
        for output in held { pass(output, height(of: output)) }
        held = []
    }

    private func pass(_ output: Output, _ size: Int) {
        show(output)
        rows += size
    }

    /// How many of the lines a page has room for: up to an empty one where that is not near its beginning, else so many
    /// that a few are left for the next page, such as a table with its heads.
    private func end(of lines: [Substring]) -> Int {
        var used = rows, fitting = 0
        while fitting < lines.count, used + height(of: lines[fitting]) <= room {
            used += height(of: lines[fitting])
            fitting += 1
        }
        return (fitting / 3..<max(fitting, 1)).last { lines[$0].isEmpty }
            ?? min(fitting, max(lines.count - 4, fitting / 2))
    }

    // MARK: Sizes

    /// Rows that outputs fill.
    static func rows(of outputs: [Output], columns: Int) -> Int {
        outputs.map { output in
            text(of: output).allLines.map { height(of: $0, max(1, columns)) }.reduce(0, +)
        }.reduce(0, +)
    }

    private func height(of line: Substring) -> Int { Self.height(of: line, columns) }
    private func height(of output: Output) -> Int { Self.rows(of: [output], columns: columns) }

    private static func height(of line: Substring, _ columns: Int) -> Int {
        max(1, (displayWidth(String(line)) + columns - 1) / columns)
    }

    private static func text(of output: Output) -> Substring {
        switch output {
        case .failure(let diagnostic): diagnostic.rendered()[...]
        case .value(let rendering): rendering.plain[...]
        case .text(_, let text), .interrupted(let text): text.hasSuffix("\n") ? text.dropLast() : text[...]
        }
    }

    /// The lines of what may be divided.
    private static func lines(of output: Output) -> (Output.Stream, [Substring])? {
        switch output {
        case .text(let stream, _): (stream, text(of: output).allLines)
        case .value(let rendering) where !rendering.prefersPixels: (.results, text(of: output).allLines)
        case .value, .failure, .interrupted: nil
        }
    }
}
