// The history file keeps whole cells, whatever they contain, and its failures are silent.
import Foundation
import Notebook
import Testing

@Suite struct HistoryFileTests {
    @Test func everyCellComesBackWhole() {
        let cells = ["1 + 1", "def f(x) {\n\n  x + 1\n}", "# %% A title\nx = 2", "\"ä 日本\""]
        let text = cells.enumerated().map { HistoryFile.encode($1, at: 1_700_000_000 + $0) }.joined()
        #expect(HistoryFile.decode(text) == cells)
    }

    @Test func aLineThatLooksLikeATimeIsIndented() {
        #expect(HistoryFile.decode(HistoryFile.encode("x\n#1 is first", at: 5)) == ["x\n #1 is first"])
    }

    @Test func aFileWithoutTimesIsALineACell() { #expect(HistoryFile.decode("a\nb\n") == ["a", "b"]) }

    @Test func whatIsKept() {
        #expect(HistoryFile.isWorthKeeping("x", after: nil))
        #expect(!HistoryFile.isWorthKeeping("x", after: "x"))
        #expect(!HistoryFile.isWorthKeeping(" secret", after: nil))
        #expect(!HistoryFile.isWorthKeeping("\n", after: nil))
    }

    @Test func theFileIsPrivateAndItsFolderIsMade() throws {
        let folder = NSTemporaryDirectory() + "lethe-history-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = HistoryFile(path: folder + "/state/history")
        #expect(file.load().isEmpty)
        file.append("a", at: 1)
        file.append("b {\n}", at: 2)
        #expect(file.load() == ["a", "b {\n}"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aPlaceThatCannotBeWrittenIsNoError() {
        let file = HistoryFile(path: "/proc/no/such/history")
        file.append("a", at: 1)
        #expect(file.load().isEmpty)
    }

    @Test func standardPlace() {
        #expect(HistoryFile.standardPath(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/lethe/history")
        #expect(HistoryFile.standardPath(environment: ["HOME": "/h"]) == "/h/.local/state/lethe/history")
        #expect(HistoryFile.standardPath(environment: [:]) == nil)
    }
}
