// `:play`: a script as a lesson.
import Foundation
import Language
import Notebook
import Testing

private let script = """
    # %% [markdown]
    # # Doubling
    # Some *words* before the first cell.

    # %% A number
    x = 20
    x + 1
    #> 21

    # %% [markdown]
    # Now double it.

    # %% [solution]
    def double(v) = 2 * v

    # %% Does it double? [exercise]
    double(x)
    #> 40

    # %% Last
    x
    #> 20
    """

/// A session that plays the script, with all that was said since.
private final class Player {
    let session: Session
    private var said = ""
    let path: String

    init(_ text: String = script, columns: Int = 80, rows: Int? = nil) throws {
        session = wholeSession(columns: columns, rows: rows)
        path = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-play-\(UUID()).lethe").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        session.onOutput = { [unowned self] output in
            switch output {
            case .text(_, let text), .interrupted(let text): said += text
            case .value(let rendering): said += rendering.plain + "\n"
            case .failure(let diagnostic): said += "error: \(diagnostic.message)\n"
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func run(_ line: String) -> String {
        said = ""
        session.run(Cell(line))
        return said
    }

    /// An empty line, as the prompt reads it.
    func enter() -> String { session.lineForEmptyInput.map(run) ?? "nothing" }
}

@Suite struct LessonTests {
    @Test func aLessonIsPlayedCellByCell() throws {
        let player = try Player()
        #expect(player.enter() == "nothing")
        let first = player.run(":play \(player.path)")
        #expect(
            first.contains("DOUBLING") && first.contains("Some words")
                && first.contains("1/3 · A number (Enter runs it)"))
        #expect(first.contains("    x = 20\n    x + 1") && !first.contains("21"))
        let second = player.enter()
        #expect(second.hasPrefix("21\n") && second.contains("Now double it.") && second.contains("2/3"), "\(second)")
        #expect(
            second.contains("your turn") && second.contains("    double(x)\n    #> 40") && !second.contains("2 * v"))
        // Nothing written yet, something wrong, and something right.
        #expect(player.enter().contains("not yet"))
        _ = player.run("def double(v) = v")
        let wrong = player.enter()
        #expect(wrong.contains("not yet: it should print\n    40"), "\(wrong)")
        _ = player.run("def double(v) = v + v")
        let right = player.enter()
        #expect(right.contains("right") && right.contains("3/3 · Last"), "\(right)")
        let end = player.enter()
        #expect(end.contains("20\n") && end.contains("That was") && player.enter() == "nothing")
    }

    @Test func solutionsAreShownOnDemand() throws {
        let player = try Player()
        _ = player.run(":play \(player.path)")
        _ = player.enter()
        #expect(player.run(":play show").contains("def double(v) = 2 * v"))
        #expect(player.enter().contains("right"))
        #expect(player.run(":play back").contains("2/3") && player.run(":play back").contains("1/3"))
        #expect(player.run(":play back").contains("1/3"))
        #expect(player.run(":play show").contains("there is no solution"))
        #expect(
            player.run(":play stop").contains("over") && player.run(":play next").contains("no lesson is under way"))
        #expect(player.run(":play").contains("needs a script"))
    }

    @Test func aSolutionWithoutACheckIsOnesOwnTurn() throws {
        let player = try Player("# %% [solution]\ny = 2\n# %% On\ny\n")
        #expect(player.run(":play \(player.path)").contains("Try it in cells of your own"))
        let next = player.enter()
        #expect(next.contains("y = 2") && next.contains("2/2 · On"))
        #expect(player.enter().hasPrefix("2\n"))
    }

    @Test func linesFitTheWindow() throws {
        let player = try Player(
            """
            # %% [markdown]
            # A list:
            #
            # - of some words that are too many for a window of forty columns
            # - 日本語
            #
            # > said by somebody who had a lot to say about it
            #
            # | a | b |
            # |---|---|
            # | 1 | long words |

            # %% A title that is longer than one would like it to be
            value = max(1111111111, 2222222222, 3333333333, 4444444444)
            """, columns: 40)
        let text = player.run(":play \(player.path)")
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines.allSatisfy { $0.contains(player.path) || displayWidth($0) <= 40 }
                && lines.contains("• of some words that are too many for a")
                && lines.contains("  window of forty columns")
                && lines.contains("│ said by somebody who had a lot to say") && lines.contains("1  long words")
                && lines.contains("    value = max(1111111111,")
                && lines.contains("        2222222222, 3333333333,"), "\(text)")
    }

    @Test func aRoomThatReadsAlongSeesAWindowAtATime() throws {
        let prose = (1...12).map { "# Paragraph \($0).\n#" }.joined(separator: "\n")
        let cells = "# %% On\nfor i in range(9) { print(i) }\n# %% Last\n1\n"
        let player = try Player("# %% [markdown]\n\(prose)\n\(cells)", rows: 15)
        _ = player.run(":set projector on")
        let first = player.run(":play \(player.path)")
        #expect(first.contains("Paragraph 1.") && !first.contains("Paragraph 9."), "\(first)")
        #expect(first.hasSuffix("(Enter goes on)\n"))
        var pages = 1
        while !player.enter().contains("1/2") { pages += 1 }
        #expect(pages == 2 || pages == 3)
        // What it prints leaves no room for what comes next.
        let printed = player.enter()
        #expect(printed.hasPrefix("0\n1\n") && printed.hasSuffix("(Enter goes on)\n"), "\(printed)")
        #expect(player.enter().contains("2/2 · Last"))
    }

    @Test func whatIsPrintedWaitsWhereTheWindowIsFull() throws {
        let player = try Player(
            """
            # %% On
            part = join(map(i -> "row {i}", range(8)), "\\n")
            print(part + "\\n\\n" + part)
            # %% More
            for i in range(12) { print(i) }
            # %% Last
            1
            """, rows: 15)
        _ = player.run(":set projector on")
        _ = player.run(":play \(player.path)")
        func count(_ words: String, _ text: String) -> Int { text.components(separatedBy: words).count - 1 }
        // It is parted where an empty line stands.
        let pages = [player.enter(), player.enter()]
        for page in pages {
            #expect(count("row 0", page) == 1 && count("row 7", page) == 1, "\(page)")
            #expect(page.hasSuffix("(Enter goes on)\n"), "\(page)")
        }
        #expect(player.enter().contains("2/3 · More"))
        // Two rows more than a page stand alone.
        let alone = player.enter()
        #expect(alone.hasPrefix("0\n") && alone.hasSuffix("\n11\n"), "\(alone)")
        #expect(player.enter().contains("3/3 · Last"))
        // What waited is recorded all the same.
        let saved = SavedSession(player.session.records, seed: 0).text
        #expect(count("#> row 0", saved) == 2, "\(saved)")
    }

    @Test func aFailureIsSeenWhole() throws {
        let player = try Player("# %% On\nfor i in range(30) { print(i) }\nnope\n# %% Last\n1\n", rows: 15)
        _ = player.run(":set projector on")
        _ = player.run(":play \(player.path)")
        let said = player.enter()
        #expect(said.contains("29\n") && said.contains("`nope` is not defined"), "\(said)")
    }

    @Test func longProsePausesWithoutProjectorToo() throws {
        let prose = (1...12).map { "# Paragraph \($0).\n#" }.joined(separator: "\n")
        let player = try Player("# %% [markdown]\n\(prose)\n# %% On\n1\n", rows: 15)
        let first = player.run(":play \(player.path)")
        #expect(first.contains("Paragraph 1.") && !first.contains("Paragraph 12."), "\(first)")
        var pages = 1
        while !player.enter().contains("Paragraph 12.") { pages += 1 }
        #expect(pages <= 3)
    }

    @Test func wordsAndCodeAreReadable() throws {
        let player = try Player(
            """
            # %% [markdown]
            # The distance *w - w\\** and `a*b*` of **a model**, see *S_ref*.
            #
            # Koh & Liang, where *x* < `1 & 2`.
            #
            # Money: *$5*, a [*link*](x).

            # %% A title that is just too long for it
            value = join(["one", "two"], "a text of some words")
            """, columns: 44)
        let text = player.run(":play \(player.path)")
        #expect(text.contains("\nThe distance w - w* and `a*b*` of a model,\nsee S_ref.\n"), "\(text)")
        #expect(text.contains("\nKoh & Liang, where x < `1 & 2`.\n"), "\(text)")
        #expect(text.contains("\nMoney: *$5*, a [*link*](x).\n"), "\(text)")
        #expect(text.contains("just too long for it\n(Enter runs it)\n"), "\(text)")
        #expect(text.contains("        \"a text of some words\")"), "\(text)")
    }

    @Test func theScriptIsStillAScript() throws {
        let report = Checker(session: wholeSession()).check(script, name: "f.lethe")
        #expect(report.text.contains(" 0 failed"), "\(report.text)")
    }
}
