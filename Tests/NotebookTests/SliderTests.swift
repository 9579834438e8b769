// Pages with sliders: which values a title asks for, and that each is computed from the same start.
import Foundation
import Language
import Notebook
import Testing

private func exported(_ text: String) throws -> ExportedDocument {
    try ScriptExport(session: wholeSession()).run(text, name: "f.lethe").document
}

private func grid(_ title: String, _ code: String = "lr = 2; lr") throws -> SliderGrid? {
    try exported("# %% \(title)\n\(code)").parts.first?.grid
}

/// What a position shows, as text.
private func text(_ grid: SliderGrid, _ position: [Int]) -> String {
    grid.elsewhere.first { $0.at == position }?.items.map { item in
        switch item {
        case .text(let text): text
        case .value(let rendering): rendering.text
        case .failure(let message, _): message
        }
    }.joined() ?? "nothing"
}

@Suite struct SliderTests {
    @Test(arguments: [
        ("[slider lr=1..4]", ["1", "2", "3", "4"], 1), ("[slider lr=0..10 3]", ["0", "2", "5", "10"], 1),
        ("[slider lr=1..100 log 3]", ["1", "2", "10", "100"], 1), ("Title [slider lr=4..1]", ["4", "3", "2", "1"], 2),
        ("[slider lr=1|3]", ["1", "2", "3"], 1), ("[slider lr=2.0|3]", ["2.0", "3"], 0),
        ("[slider lr=1e-4..1e-2 log 3]", ["1e-4", "0.001", "0.01", "2"], 3),
    ]) func valuesOfATitle(_ title: String, _ values: [String], _ home: Int) throws {
        let grid = try #require(try grid(title))
        #expect(grid.sliders.map(\.values) == [values] && grid.home == [home])
    }

    @Test(arguments: [
        "[slider lr]", "[slider lr=1]", "[slider lr=1..]", "[slider lr=a..b]", "[slider lr=0..1 log]",
        "[slider 1=1..2]",
        "[slider lr=1..2 1]", "[slider lr=1..2 999]", "[slider lr=1..2, lr=1..2]", "[slider a=0..19, b=0..19]",
        "[slider x=1..2]", "[slider lr=1..2 9 9]", "[slider lr=|]",
    ]) func whatIsNoSliderIsRefused(_ title: String) {
        let error = #expect(throws: LanguageError.self) { try grid(title) }
        #expect(error?.message.hasPrefix("line 1: ") == true, "\(error?.message ?? "")")
    }

    /// What a cell further down computes from the slider's value is computed, in another cell or below recorded output.
    @Test func onlyTheFirstAssignmentIsMoved() throws {
        let document = try exported(
            """
            # %% A [slider lr=1..3]
            lr = 2
            lr
            #> 2
            lr = lr * 10
            lr
            #> 20
            # %% B [slider]
            lr = lr + 1
            lr
            """)
        let grids = document.parts.compactMap(\.grid)
        #expect(grids.map { text($0, [0]) } == ["1", "10", "11"])
        #expect(grids.map { text($0, [2]) } == ["3", "30", "31"])
    }

    @Test func aCellThatReadsTheNameKeepsItsSlider() throws {
        let document = try exported(
            """
            k = 1
            # %% A [slider k=1..3]
            k
            # %% B [slider]
            k = 7
            k
            """)
        let grids = document.parts.compactMap(\.grid)
        #expect(grids.map(\.home) == [[0], [0]])
        #expect(grids.map { text($0, [2]) } == ["3", "7"])
    }

    @Test func eachPositionStartsFromTheSameNames() throws {
        let document = try exported(
            """
            # %% Before
            total = 10
            # %% Move [slider k=1..3, f=sin|cos]
            k = 2
            f = cos
            total = total + k
            [total, f(0), rand()]
            # %% [markdown]
            # prose between
            # %% More [slider]
            total * k
            # %% After
            [total, k]
            """)
        let grids = document.parts.compactMap(\.grid)
        #expect(grids.count == 2 && grids.allSatisfy { $0.group == 1 } && grids.map(\.isFirst) == [true, false])
        #expect(grids[0].home == [1, 1] && grids[0].elsewhere.count == 5)
        let random = text(grids[0], [0, 0]).split(separator: " ").last
        #expect(text(grids[0], [0, 0]).hasPrefix("[11, 0, ") && text(grids[0], [2, 1]).hasPrefix("[13, 1, "))
        // The same random numbers everywhere.
        #expect(text(grids[0], [2, 0]).split(separator: " ").last == random)
        #expect(text(grids[1], [0, 0]) == "11" && text(grids[1], [2, 1]) == "39")
        // What comes after them follows the script.
        guard case .value(let last)? = document.parts.last?.items.first else { throw LanguageError("no value") }
        #expect(last.text == "[12, 2]")
        // Without sliders the script gives the same.
        let plain = wholeSession().run(Cell("total = 10; k = 2; f = cos; total = total + k; [total, f(0), rand()]"))
        guard case .value(let home)? = document.parts[1].items.first, case .value(let expected)? = plain.first else {
            throw LanguageError("no value")
        }
        #expect(home.text == expected.text)
    }

    @Test func aNameMayGetItsValueAbove() throws {
        let document = try exported("k = 2\n#> ...\n\n# %% [slider k=1..2]\nk * 10\nprint(\"k = {k}\")")
        let grid = try #require(document.parts.last?.grid)
        #expect(text(grid, [0]) == "10k = 1\n" && grid.home == [1])
    }

    @Test func thePage() throws {
        let document = try exported("# %% Move [slider k=1..3]\nk = 2  # the default\nplot([1, k], title=\"t\")\nk")
        let page = HTMLExport(document).text
        #expect(page.contains("script-src 'sha256-") && page.components(separatedBy: "<script>").count == 2)
        #expect(
            page.contains("<label for=\"slider-1-1\"><code>k</code></label>")
                && page.contains("data-values=\"1&#10;2&#10;3\""))
        // One is seen before the script runs, and on paper.
        #expect(page.components(separatedBy: "<div data-at=").count == 4)
        #expect(page.components(separatedBy: "\" hidden>").count == 4 && page.contains("<div data-at=\"1\">"))
        #expect(page.components(separatedBy: "<b>Figure 1.</b>").count == 4 && !page.contains("Figure 2"))
        #expect(page.contains("<p class=\"aside\">k = 2</p>"))
        // Other formats, and pages without sliders, have none of it.
        #expect(!MarkdownExport(document, pictures: .text).text.contains("slider"))
        #expect(!HTMLExport(try exported("1 + 1")).text.contains("script"))
    }

    @Test func solutionsAreFoldedOrLeftOut() throws {
        let document = try exported(
            "# %% Task\n1 + 1\n# %% Answer [solution]\nx = 41\nx\n#> 41\nx + 1\n# %% [markdown] [solution]\n# # Because\n# %% On\nx"
        )
        let page = HTMLExport(document).text
        #expect(page.components(separatedBy: "<details class=\"solution\">").count == 2, "\(page)")
        #expect(page.contains("<summary>Answer</summary>") && page.contains("42") && page.contains("<h1>Because</h1>"))
        let handout = document.handout
        for text in [
            HTMLExport(handout).text, MarkdownExport(handout, pictures: .text).text, NotebookExport(handout).text,
        ] {
            #expect(
                !text.contains("Answer") && !text.contains("42") && !text.contains("Because") && text.contains("On"))
        }
    }
}
