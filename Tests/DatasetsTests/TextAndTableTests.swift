// Texts, their characters, and tables of comma-separated values.

import Datasets
import Files
import Foundation
import TestSupport
import Testing

@Suite struct TextAndTableTests {
    @Test func readsOneDocumentALine() throws {
        let folder = try TemporaryFolder(["names.txt": "anna\r\n\n  bob \nzoë", "empty.txt": "\n\n"])
        let names = try TextSet.load(path: "\(folder.path)/names.txt")
        #expect(names.documents == ["anna", "bob", "zoë"])
        #expect(names.name == "names.txt")
        #expect(names.filtered { $0.hasPrefix("an") }.count == 1)
        #expect(names.without(names[0..<1]).documents == ["bob", "zoë"])
        #expect { try TextSet.load(path: "\(folder.path)/empty.txt") } throws: {
            "\($0)".contains("empty.txt is empty")
        }
        #expect { try TextSet.load(path: "\(folder.path)/none.txt") } throws: { "\($0)".contains("none.txt") }
    }

    @Test func refusesTextThatIsNotUTF8() throws {
        let folder = try TemporaryFolder()
        try Data([0x61, 0xff, 0x0a]).write(to: URL(filePath: "\(folder.path)/latin.txt"))
        #expect { try TextSet.load(path: "\(folder.path)/latin.txt") } throws: { "\($0)".contains("not UTF-8") }
    }

    @Test func textsDifferWhereTheirScalarsDo() throws {
        let composed = "\u{e9}", decomposed = "e\u{301}"
        let texts = TextSet(name: "texts", documents: [composed, decomposed])
        #expect(
            texts.without(TextSet(name: "one", documents: [composed])).documents.map { Array($0.utf8) } == [
                Array(decomposed.utf8)
            ])
        let set = QuestionSet(
            name: "set", examples: [composed, decomposed].map { QuestionAnswer(question: "Who?", answer: $0) })
        #expect(set.without(set[0..<1]).count == 1)
        #expect(set[0..<1].firstMissing(of: set)?.answer.utf8.count == 3)
        let table = try CSVTable(text: "\(composed),\(decomposed)\n1,2\n", source: "t.csv")
        #expect(table[decomposed] == ["2"])
        #expect("\u{20}\u{301}a ".trimming(while: \.properties.isWhitespace).unicodeScalars.count == 2)
    }

    @Test func readsQuotedValues() throws {
        let table = try CSVTable(text: "name,\"a \"\"b\"\"\",n\r\nx,\"1,\n2\",3\r\n\r\ny,,4.5\n", source: "t.csv")
        #expect(table.names == ["name", "a \"b\"", "n"])
        #expect(table.columns == [["x", "y"], ["1,\n2", ""], ["3", "4.5"]])
        #expect(table.numbers("n") == [3, 4.5])
        #expect(table.numbers("name") == nil)
        #expect(table["absent"] == nil)
        #expect(table.rowCount == 2)
    }

    /// Cells that are ids, or that a number would change, stay text; what programs write for numbers is read as
    /// numbers.
    @Test(
        arguments: [
            (["0x1F", "0x2A"], nil), (["1\0abc", "2"], nil), (["007", "12"], nil), (["1,234"], nil),
            (["12e4", "1"], nil), (["1e5"], nil), (["9007199254740993"], nil), (["123456789012345678901"], nil),
            (["1e+999"], nil), (["1e-999"], nil), (["1_000"], nil), (["12 34"], nil), ([""], nil), (["1", ""], nil),
            (["nancy"], nil), (["infinite"], nil), (["--1"], nil), (["."], nil), (["1e"], nil), (["0b11"], nil),
            (["1f"], nil), ([" 1 ", "-0.5", "+3", ".5", "5."], [1, -0.5, 3, 0.5, 5]),
            (["1e-05", "1E+16", "1.5e3"], [1e-05, 1e16, 1500]), (["0", "0.0", "-0"], [0, 0, 0]),
            (["9007199254740992"], [9007199254740992]), (["inf", "-Infinity"], [.infinity, -.infinity]),
            (["0.1234567890123456789"], [0.1234567890123456789]),
        ] as [([String], [Double]?)])
    func numbersAreThoseThatAreKept(cells: [String], numbers: [Double]?) throws {
        let text = (["a,b"] + cells.map { "\"\($0)\",x" }).joined(separator: "\n")
        #expect(try CSVTable(text: text, source: "t.csv").numbers("a") == numbers)
    }

    /// What is written is read again, whatever it holds.
    @Test func writtenTablesAreReadAgain() throws {
        let rows: [[String?]] = [["a,b", "1"], ["say \"no\"\r\nor not", nil], ["", "2.5"], [nil, "-1e-07"]]
        var writer = CSVWriter()
        writer.add(["text", "n, of them"])
        for row in rows { writer.add(row) }
        let table = try CSVTable(text: writer.text, source: "t.csv")
        #expect(table.names == ["text", "n, of them"])
        #expect(table.columns[0] == ["a,b", "say \"no\"\r\nor not", "", ""])
        #expect(table.figures("n, of them") == [1, nil, 2.5, -1e-07])
        #expect(table.figures("text") == nil && table.numbers("n, of them") == nil)
        var single = CSVWriter()
        for value in ["a", nil, "1"] { single.add([value]) }
        #expect(try CSVTable(text: single.text, source: "t.csv").figures("a") == [nil, 1])
    }

    @Test func notANumberIsRead() throws {
        #expect(try CSVTable(text: "a\nNaN\n1\n", source: "t.csv").numbers("a")?[0].isNaN == true)
    }

    @Test func headingsAreComparedByTheirBytes() throws {
        let table = try CSVTable(text: "\u{e9},e\u{301}\n1,2\n", source: "t.csv")
        #expect(table["e\u{301}"] == ["2"])
    }

    @Test(arguments: [
        ("", "t.csv: this file is empty"),
        ("a,b\n1,2\n1,2,3\n", "t.csv:3: a record of 3 values in a table of 2 columns"),
        ("a,b\n\"1,2\n", "t.csv:2: a quoted value does not end"),
        ("a,b\n\"1\"x,2\n", "t.csv:2: text follows a closing quote"),
        ("a,a\n1,2\n", "t.csv:1: two columns are named \"a\""),
    ])
    func saysWhatIsWrongWithATable(text: String, message: String) {
        #expect { try CSVTable(text: text, source: "t.csv") } throws: { "\($0)".hasPrefix(message) }
    }
}
