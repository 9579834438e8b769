// What a session remembers of its cells: which are stale, running them again, going back.
import Foundation
import Language
import Tensors
import Testing
import Vocabulary

import Notebook

@Suite struct SessionMemoryTests {
    private func talk(_ cells: [String], in session: Session = wholeSession()) -> String {
        var last = ""
        session.onOutput = { output in
            switch output {
            case .value(let rendering): last += rendering.plain + "\n"
            case .text(_, let text), .interrupted(let text): last += text
            case .failure(let diagnostic): last += diagnostic.rendered() + "\n"
            }
        }
        for cell in cells {
            last = ""
            session.run(Cell(cell))
        }
        return last
    }

    @Test func aCellIsStaleThroughAFunction() {
        let session = wholeSession()
        #expect(
            talk(["lr = 0.1", "def f(x) = x * lr", "y = f(2)", "z = y + 1", "lr = 0.2", ":stale"], in: session)
                .contains("cell 3: y = f(2)  `lr` was changed in cell 5"))
        #expect(session.history.stale().map { session.records[$0.index].number } == [3, 4])
        #expect(talk([":rerun stale", ":stale"], in: session) == "no cell is stale\n")
        #expect(talk(["z"], in: session) == "1.4\n")
    }

    @Test(arguments: [
        (["x = 1", "x", "x"], []), (["x = 1", "x + 1", "x = 2"], [2]), (["x = 1", "y = x", "x = 2", "y = 5"], []),
        (["x = 1", "x = x + 1", "y = x", "x = 3"], [3]), (["x = 1", "f = a -> a + x", "x = 2"], []),
        (["x = 1", "f = a -> a + x", "[f][0](1)", "x = 2"], [3]),
        (["n = 3", "for i in range(n) { s = i }", "n = 4"], [2]),
        (["a = 1", "b = a + 1", "a = b + 1", "a"], [2, 3, 4]), (["x = 1", "x;", "x = 2", "x;"], []),
    ])
    func staleness(_ cells: [String], _ expected: [Int]) {
        let session = wholeSession()
        _ = talk(cells, in: session)
        #expect(session.history.stale().map { session.records[$0.index].number } == expected)
    }

    @Test func staleCellsThatRanAgainAreToldApart() {
        let session = wholeSession()
        _ = talk(["x = 1", "y = x + 1", "z = y + x", ":rerun 2 3", "x = 5"], in: session)
        let text = talk([":stale"], in: session)
        #expect(text.contains("cell 2 (again in cell 4): y = x + 1  `x` was changed in cell 5\n"), "\(text)")
        #expect(text.contains("cell 3 (again in cell 4): z = y + x  `x` was changed in cell 5\n"), "\(text)")
        _ = talk([":rerun 1"], in: session)
        #expect(talk([":stale"], in: session).contains("`x` was changed in cell 1 (again in cell 7)"))
        #expect(talk([":rerun 2"], in: session).hasPrefix("cell 2 again: y = x + 1\n"))
    }

    @Test func rerunningDrawsTheSameNumbers() {
        let session = wholeSession()
        let first = talk(["rand()"], in: session)
        _ = talk(["rand()"], in: session)
        #expect(talk([":rerun 1"], in: session).hasSuffix(first))
        #expect(talk(["rand()"], in: session) == talk(["rand()", "rand()", "rand()"]))
    }

    @Test func aStaleCellRunsAfterThoseItBuildsOn() {
        let session = wholeSession()
        _ = talk(["a = 1; b = 1; c = 1", "d = c + 1", "c = a + b", "a = 5", ":rerun stale"], in: session)
        #expect(talk([":stale"], in: session) == "no cell is stale\n")
        #expect(talk(["[c, d]"], in: session) == "[6, 7]\n")
        // Two that use each other's names run once each.
        _ = talk([":reset", "p = 1; q = 1", "p = q + 1", "q = p + 1", ":rerun stale"], in: session)
        #expect(talk(["[p, q]"], in: session) == "[4, 5]\n")
    }

    @Test func aCellThatRanOthersRunsThemOnce() {
        let session = wholeSession()
        #expect(talk(["x = 1", "x = x + 1", ":rerun 2", ":rerun 3", "x"], in: session).hasSuffix("4\n"))
    }

    @Test func undoGivesBackNumbersNamesAndRandomNumbers() {
        let session = wholeSession()
        let drawn = talk(["x = 1", "x = 2", "rand()"], in: session)
        #expect(talk([":undo 2"], in: session) == "took back cells 2 and 3\n")
        #expect(session.nextCell == 2)
        #expect(talk(["x"], in: session) == "1\n")
        #expect(talk(["rand()"], in: session) == drawn)
        #expect(session.records.map(\.source).filter { !$0.hasPrefix(":") } == ["x = 1", "x", "rand()"])
    }

    @Test func aResetCanBeTakenBack() {
        let session = wholeSession()
        _ = talk(["x = 1", "rand()", ":reset"], in: session)
        #expect(talk(["x"], in: session).contains("not defined"))
        #expect(talk([":undo 2", "x"], in: session) == "1\n")
        #expect(SavedSession(session.records, seed: 0).text.hasPrefix("x = 1\nrand()"))
    }

    @Test func lookingChangesNothing() {
        let session = wholeSession()
        _ = talk(["5", ":type rand()", ":bench rand()"], in: session)
        #expect(talk(["ans"], in: session) == "5\n")
        #expect(talk(["rand()"], in: session) == talk(["rand()"]))
    }

    @Test func onlyTheLastHundredResultsAreKept() {
        let session = wholeSession()
        for number in 1...150 { session.run(Cell("\(number)")) }
        #expect(talk(["[out[10], out[49], out[60], out[150]]"], in: session) == "[nothing, nothing, 60, 150]\n")
    }
}
