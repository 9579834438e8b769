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
            first.contains("DOUBLING") && first.contains("Some *words*")
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

    @Test func theScriptIsStillAScript() throws {
        let report = Checker(session: wholeSession()).check(script, name: "f.lethe")
        #expect(report.text.contains(" 0 failed"), "\(report.text)")
    }
}
