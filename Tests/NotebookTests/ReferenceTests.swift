// The manual and the grammars for editors hold everything that is registered.
import Foundation
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

@Suite struct ReferenceTests {
    private func session() -> Session {
        Session(Session.Configuration(EngineContext(device: Device(threads: 1))))
    }

    @Test func theManualHoldsEveryPage() {
        let book = session().helpBook
        let manual = ReferenceManual(book, version: "1", commandLine: "usage: <lethe> & \"more\"")
        let html = manual.html(), markdown = manual.markdown()
        for page in book.pages {
            #expect(markdown.contains("### `\(page.name)`\n"), "\(page.name)")
            for example in page.examples { #expect(markdown.contains(example)) }
        }
        #expect(html.components(separatedBy: "<article ").count == book.pages.count + 1)
        #expect(html.contains("usage: &lt;lethe&gt; &amp; &quot;more&quot;"))
        for tag in ["pre", "p", "table", "article", "section", "code", "a", "span", "div", "td"] {
            let opened =
                html.components(separatedBy: "<\(tag)>").count + html.components(separatedBy: "<\(tag) ").count - 2
            #expect(opened == html.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
    }

    @Test func grammarsHoldEveryBuiltIn() throws {
        let session = session()
        let json = try session.editorWords.textMateGrammar(), vim = session.editorWords.vimSyntax()
        let grammar = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let repository = try #require(grammar["repository"] as? [String: [String: Any]])
        let functions = try NSRegularExpression(pattern: #require(repository["function"]?["match"] as? String))
        for page in session.helpBook.pages where page.kind == .function {
            #expect(
                functions.firstMatch(in: page.name, range: NSRange(location: 0, length: page.name.utf16.count))?.range
                    .length == page.name.utf16.count)
            #expect(
                vim.contains(" \(page.name) ") || vim.contains(" \(page.name)\n") || vim.contains("<\(page.name)\\>"),
                "\(page.name)")
        }
        for keyword in Keyword.allCases { #expect(vim.contains(keyword.rawValue) && json.contains(keyword.rawValue)) }
        for part in repository.values.compactMap({ $0["match"] as? String }) {
            _ = try NSRegularExpression(pattern: part)
        }
    }
}
