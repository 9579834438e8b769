// Texts whose lines end as those of Windows do: "\r\n" is one Character, and a line's end all the same.
import Foundation
import Language
import Notebook
import Testing

@Suite struct WindowsLineTests {
    @Test func linesOfAText() {
        #expect("a\r\nb\n\nc".allLines == ["a", "b", "", "c"])
        #expect("a\r\n\r\nb\r\n".filledLines == ["a", "b"])
        #expect("a\r\n".endsLine && "a\n".endsLine && !"a\r".endsLine && !"".endsLine)
        #expect("a\r\nb".hasLineBreak && !"a\rb".hasLineBreak)
    }

    /// A cell from another front end, with results below it, is saved as the script that it is.
    @Test func aCellIsSavedAndLoaded() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-\(UUID().uuidString).lethe")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let talk = Talk(wholeSession())
        talk("\r\n\r\nx = 1\r\n#> 7\r\nprint(x)\r\n\r\n")
        talk("2\r\n# why\r\n")
        talk("# so\r\n|> str\r\n")
        talk(":save \(path)")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("# >"), "\(text)")
        #expect(text.contains("ans |> str"), "\(text)")
        let again = Talk(wholeSession())
        #expect(again(":load \(path)").contains("1\n"), "\(again.messages)")
        #expect(again.messages == "", "\(again.messages)")
    }

    @Test func historyKeepsWholeCells() {
        let cells = ["def f(x) {\r\n#1 is no time\r\nx }", "1\n2"]
        let text = cells.map { HistoryFile.encode($0, at: 5) }.joined()
        #expect(HistoryFile.decode(text).map { $0.filledLines.count } == [3, 2])
        #expect(HistoryFile.decode("#5\r\nx = 1\r\n#6\r\ny = 2\r\n") == ["x = 1", "y = 2"])
    }

    @Test func proseIsReadLineByLine() {
        let blocks = MarkdownBlocks("# Title\r\n\r\nOne\r\ntwo.\r\n\r\n- a\r\n- b\r\n").blocks
        #expect(blocks.count == 3, "\(blocks)")
        #expect(blocks.first == .heading(level: 1, "Title"))
    }

    @Test func aNotebookHasLines() throws {
        let talk = Talk(wholeSession())
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-\(UUID().uuidString).ipynb")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        talk("print(\"a\\r\\nb\")")
        talk(":export \(path)")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // As a list of lines, each with its own end.
        #expect(text.contains("\"a\\\\r\\n\",") || text.contains("\"a\\r\\n\","), "\(text)")
    }
}
