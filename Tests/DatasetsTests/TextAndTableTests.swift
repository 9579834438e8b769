// Texts, their characters, and tables of comma-separated values.

@testable import Datasets
import Datasets
import Files
import Foundation
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

    @Test(arguments: [
        ("", "t.csv is empty"),
        ("a,b\n1,2\n1,2,3\n", "t.csv:3: a record of 3 values in a table of 2 columns"),
        ("a,b\n\"1,2\n", "t.csv:2: a quoted value does not end"),
        ("a,b\n\"1\"x,2\n", "t.csv:2: text follows a closing quote"),
        ("a,a\n1,2\n", "t.csv:1: two columns are named \"a\""),
    ])
    func saysWhatIsWrongWithATable(text: String, message: String) {
        #expect { try CSVTable(text: text, source: "t.csv") } throws: { "\($0)".hasPrefix(message) }
    }
}
