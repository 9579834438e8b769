// Colours and suggestions while one types: what a terminal is sent shows the cell as it has become.
import Notebook
import Testing

/// A terminal that knows what we send, as far down as one likes.
private struct Paper: Equatable {
    private(set) var rows: [[String]] = [[]]
    private(set) var row = 0
    private(set) var column = 0
    private var look = ""
    private let columns: Int

    init(columns: Int) { self.columns = columns }

    private static func width(_ scalar: Unicode.Scalar) -> Int { TypingTests.width(scalar) }

    mutating func show(_ text: String) {
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n": down()
            case "\u{8}": column = min(column, columns - 1) - 1
            case "\u{1B}":
                scalars.removeFirst()
                let numbers = scalars.prefix { $0.properties.numericType != nil || $0 == ";" }.map(String.init).joined()
                scalars = scalars.dropFirst(numbers.count)
                obey(scalars.removeFirst(), numbers)
            default: put(scalar)
            }
        }
    }

    private mutating func down() {
        row += 1
        if row == rows.count { rows.append([]) }
    }

    private mutating func obey(_ command: Unicode.Scalar, _ numbers: String) {
        let count = Int(numbers) ?? 1
        switch command {
        case "A": row -= count
        case "B": row = min(row + count, rows.count - 1)
        case "C": column = min(column + count, columns - 1)
        case "K": rows[row] = Array(rows[row].prefix(column))
        case "J":
            rows[row] = Array(rows[row].prefix(column))
            rows.removeSubrange((row + 1)...)
        case "m": look = numbers == "0" ? "" : numbers
        default: Issue.record("unknown \(command)")
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let size = Self.width(scalar)
        if size == 0 {
            rows[row][column - 1].unicodeScalars.append(scalar)
            return
        }
        if column + size > columns {
            column = 0
            down()
        }
        while rows[row].count < column + size { rows[row].append(" ") }
        rows[row][column] = look + String(scalar)
        if size == 2 { rows[row][column + 1] = "" }
        column += size
    }

    /// What is seen; blanks at a row's end and empty rows below are not.
    var seen: [[String]] {
        let rows = rows.map { Array($0.reversed().drop { $0 == " " }.reversed()) }
        return rows.reversed().drop(while: \.isEmpty).reversed()
    }
}

@Suite struct TypingTests {
    @Sendable static func width(_ scalar: Unicode.Scalar) -> Int {
        scalar.value == 0x301 ? 0 : scalar.value > 0x2E80 ? 2 : 1
    }

    private func layout(
        _ before: String, _ after: String = "", suggestion: String = "", columns: Int = 20, colors: Bool = true
    ) -> CellLayout {
        CellLayout(
            prompt: "1> ", before: before, after: after, colors: CodeColors(of: colors ? before + after : ""),
            suggestion: suggestion, columns: columns, width: Self.width)
    }

    @Test func wordsHaveColors() {
        #expect(
            layout("if x { \"a\" }").rows == ["1> \u{1B}[35mif\u{1B}[0m x { \u{1B}[32m\"a\"\u{1B}[0m }"])
        #expect(layout("\"open").rows == ["1> \u{1B}[32m\"open\u{1B}[0m"])
        #expect(layout("1 # é").rows == ["1> \u{1B}[36m1\u{1B}[0m \u{1B}[90m# é\u{1B}[0m"])
        #expect(layout(":who").rows == ["1> \u{1B}[34m:who\u{1B}[0m"])
        #expect(layout("if 1", colors: false).rows == ["1> if 1"])
        let pasted = CellLayout(
            prompt: "", before: "1 + 2", after: "", colors: CodeColors(of: "1 + 2", marked: 2..<5), columns: 9,
            width: Self.width)
        #expect(pasted.rows == ["\u{1B}[36m1\u{1B}[0m \u{1B}[7m+ 2\u{1B}[0m"])
    }

    @Test func aSuggestionStaysInItsRow() {
        #expect(layout("x", suggestion: " = 1").rows == ["1> x\u{1B}[90m = 1\u{1B}[0m"])
        #expect(layout("x", suggestion: " = 12345", columns: 9).rows == ["1> x\u{1B}[90m = 1\u{1B}[0m"])
        #expect(layout("f {", suggestion: "\n  1").rows == ["1> f {"])
        #expect(layout("x", suggestion: " = 1").cursor == (0, 4))
    }

    @Test func aKeySendsLittle() {
        #expect(layout("ab").change(from: layout("a")) == "b")
        #expect(layout("a1").change(from: layout("a")) == "1")
        #expect(layout("a 1").change(from: layout("a ")) == "\u{1B}[36m1\u{1B}[0m")
        // The word has become one of the language's own.
        #expect(layout("if").change(from: layout("i")) == "\u{8}\u{1B}[35mif\u{1B}[0m")
        // What was suggested is typed, or no longer suggested.
        #expect(layout("ab", suggestion: "c").change(from: layout("a", suggestion: "bc")) == "b")
        #expect(layout("ax").change(from: layout("a", suggestion: "bc")) == "x\u{1B}[K")
        #expect(layout("a", suggestion: "bc").change(from: layout("a", suggestion: "bc"), isLeft: true) == "\u{1B}[2C")
        #expect(layout("ab").change(from: layout("ab")).isEmpty)
    }

    /// Random edits, of several lines, wide and combined characters, in narrow windows.
    @Test(arguments: [5, 8, 13, 30]) func theScreenShowsTheCell(_ columns: Int) {
        var generator = SystemRandomNumberGenerator(), before = "", after = "", shown: CellLayout?
        var paper = Paper(columns: columns), history: [String] = []
        let pieces = ["a", "if ", "12", "\"s", "\"", "日本", "\n", "\n  ", "e\u{301}", " ", "# c", "xyz = 1", "}"]
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: before = String(before.dropLast())
            case 1: (before, after) = (before + after, "")
            case 2: (before, after) = ("", before + after)
            case 3:
                if let last = before.last { (before, after) = (String(before.dropLast()), String(last) + after) }
            case 4: after = String(after.dropFirst(2))
            case 5: before = String(before.suffix(3))
            default: before += pieces.randomElement(using: &generator) ?? ""
            }
            let suggestion = after.isEmpty && Bool.random(using: &generator) ? "grey text\nmore" : ""
            let layout = layout(before, after, suggestion: suggestion, columns: columns)
            let change = layout.change(from: shown)
            history.append(change)
            paper.show(change)
            var whole = Paper(columns: columns)
            whole.show(layout.change(from: nil))
            let isRight = paper.seen == whole.seen && (paper.row, paper.column) == layout.cursor
            #expect(isRight, "\(before)|\(after): \(paper) for \(whole), \(layout.cursor) by \(history.suffix(3))")
            if !isRight { return }
            shown = layout
        }
        // Left, the cursor stands in the last row.
        let left = layout(before, after, columns: columns)
        paper.show(left.change(from: shown, isLeft: true))
        #expect(paper.row == left.height - 1)
    }
}
