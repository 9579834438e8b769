// All pages of help: every one has examples, they print what they say, and what a page refers to exists.
import Foundation
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

@Suite struct HelpTests {
    @Test func anAbbreviationEndsNoSentence() {
        let page = Bench().session.helpBook.pages(for: "graddiff").first
        #expect(page?.sentence.hasSuffix("et al") == false)
    }

    @Test func aNameInParenthesesEndsNoSentence() {
        let page = Bench().session.helpBook.pages(for: "minres").first
        #expect(page?.sentence.contains("(Paige & Saunders, SIAM J. ") == true)
    }

    @Test(arguments: ["solvers", "attacks", "metrics", "losses", "optimizers"])
    func aFamilyIsAPage(_ family: String) throws {
        let bench = Bench(), help = bench("?" + family)
        let members = try #require(bench.session.helpBook.families.first { $0.name == family }).pages
        #expect(members.count > 3)
        for page in members { #expect(help.contains("\n  \(page.name) "), "\(page.name) is missing") }
    }

    /// `merge` of models calls that of records; any other built-in of a name that is taken would hide one.
    @Test func noBuiltinHidesAnother() {
        let registry = Vocabulary.registry(EngineContext(device: Device(threads: 1)))
        #expect(registry.replaced == ["merge"])
    }

    @Test func aNameAndAQuestionMarkMayStandApart() {
        let bench = Bench()
        #expect(bench("train ?") == bench("?train"))
        #expect(bench("?train  # what was that?") == bench("?train"))
    }

    @Test func commandsAndWhatTheyDoStandApart() {
        let help = Bench()(":help")
        for usage in [
            "  :guide next | back | stop | n",
            "  :set digits n | seed n | timer on | trace on | pager on | projector on |\n      highlight off | suggest off | pictures words",
        ] {
            #expect(help.contains("\n\(usage)\n"), "a long one has a line of its own")
        }
    }

    static let book = Bench().session.helpBook
    static let names = book.pages.map(\.name).sorted()

    /// Models that come with the program, where they have been built.
    static let modelsAreThere = FileManager.default.fileExists(
        atPath: Places.package + "/Sources/Vocabulary/BuiltIn/authors/config.json")
    /// Commands whose examples need a program or a person around them.
    static let unpredictable: Set = [":quit", ":guide", ":check"]

    @Test(arguments: names) func pagesAreWhole(_ name: String) throws {
        let page = try #require(Self.book.pages.first { $0.name == name })
        #expect(page.summary.hasSuffix("."), "\(page.summary)")
        #expect(!page.examples.isEmpty, "\(name) has no example")
        for other in page.seeAlso { #expect(!Self.book.pages(for: other).isEmpty, "\(name) refers to \(other)") }
    }

    @Test func trainHasTwoExamples() { #expect((Self.book.pages(for: "train").first?.examples.count ?? 0) >= 2) }

    @Test(arguments: names) func examplesPrintWhatTheySay(_ name: String) throws {
        let page = try #require(Self.book.pages.first { $0.name == name })
        for example in page.examples where canRun(example) && !Self.unpredictable.contains(name) {
            let bench = Bench()
            var source = "", expected = "", failures = 0
            func check() {
                guard !source.isEmpty else { return }
                let found = bench(source)
                failures += bench.failures.count
                // A command's report is not pinned where the example does not show it.
                if page.kind != .command || !expected.isEmpty {
                    #expect(found == expected, "\(name): \(source)\(bench.messages)")
                }
                (source, expected) = ("", "")
            }
            for line in example.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("#>") {
                    expected += line.dropFirst(line.hasPrefix("#> ") ? 3 : 2) + "\n"
                } else {
                    // Commands are cells of their own, as at the prompt.
                    if !expected.isEmpty || line.hasPrefix(":") || line.hasPrefix("?") { check() }
                    source += line + "\n"
                }
            }
            check()
            #expect(failures == 0, "\(name): \(example)")
        }
    }

    /// What an example needs is there: built-in models, files.
    private func canRun(_ example: String) -> Bool {
        if example.contains("load(\"authors") { return Self.modelsAreThere }
        if example.contains(".csv") {
            return FileManager.default.createFile(
                atPath: "/tmp/lethe-example.csv", contents: Data("step,loss\n1,2.5\n2,2.25\n".utf8))
        }
        return HelpPage.runsAlone(example)
    }

    @Test func searchRanksNamesFirst() {
        let hits = Self.book.search("hvp").map(\.name)
        #expect(hits.first == "hvp")
        #expect(Self.book.search("learning rate").contains { $0.name == "adamw" })
        #expect(Self.book.search("gradient").count > 5)
        #expect(Self.book.search("zzzz").isEmpty)
        #expect(Self.book.search("sixty fictitious").contains { $0.name == ":guide" })
    }

    @Test func nearNames() {
        #expect(Self.book.near("trian").first == "train")
        #expect(Self.book.near("fro").contains("for"))
        #expect(Self.book.near("qqqqqqqqq").isEmpty)
    }
}
