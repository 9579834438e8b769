// The journal, from which a lost session comes back.
import Foundation
import Language
import Tensors
import Testing
import Vocabulary

import Notebook

@Suite struct JournalTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-\(UUID().uuidString)")
        .path

    @Test func aLostSessionComesBack() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession(seed: 3)
        do {
            let journal = Journal(folder: folder, seed: 3)
            for cell in ["x = rand()", "nope", "y = 1\ny"] {
                journal.begin(cell)
                session.run(Cell(cell))
                journal.end(session)
            }
            journal.begin("while true { }")
            #expect(LostSession.latest(in: folder) == nil, "it lives")
        }
        let lost = try #require(LostSession.latest(in: folder))
        #expect(lost.seed == 3)
        #expect(lost.cells.map(\.text) == ["x = rand()", "nope", "y = 1\ny", "while true { }"])
        #expect(lost.cells.map(\.hasEnded) == [true, true, true, false])
        let again = wholeSession(seed: 3)
        for cell in lost.cells where cell.hasEnded { again.rerun(cell) }
        #expect(again.nextCell == 4)
        #expect(SavedSession(again.records, seed: 3).text == SavedSession(session.records, seed: 3).text)
        lost.remove()
        #expect(LostSession.latest(in: folder) == nil)
    }

    @Test func aSessionKilledWhileItIsBroughtBackIsStillWhole() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession()
        func keep(_ cells: [String], in journal: Journal) {
            for cell in cells {
                journal.begin(cell)
                session.run(Cell(cell))
                journal.end(session)
            }
        }
        do { keep(["x = 1", "y = 2"], in: Journal(folder: folder, seed: 0)) }
        let lost = try #require(LostSession.latest(in: folder))
        usleep(2000)
        do { keep(["x = 1"], in: Journal(folder: folder, seed: 0, restoring: lost)) }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["x = 1", "y = 2"])
        LostSession.clean(folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        usleep(2000)
        // One that was stopped on the way and went on by itself.
        do {
            let journal = Journal(folder: folder, seed: 0, restoring: lost)
            keep(["x = 1"], in: journal)
            journal.stopRestoring()
            keep(["z = 3"], in: journal)
        }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["x = 1", "z = 3"])
        lost.remove()
        usleep(2000)
        do { keep(["w = 4"], in: Journal(folder: folder, seed: 0, restoring: lost)) }
        #expect(LostSession.latest(in: folder)?.cells.map(\.text) == ["w = 4"])
    }

    @Test func tornLinesAreLeftOut() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = wholeSession()
        do {
            let journal = Journal(folder: folder, seed: 0)
            journal.begin("x = 1")
            session.run(Cell("x = 1"))
            journal.end(session)
            journal.begin("x = 2")
        }
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: folder + "/" + name))
            let cells = LostSession.latest(in: folder)?.cells ?? []
            #expect(["x = 1", "x = 2"].starts(with: cells.map(\.text)))
        }
    }

    @Test func aPeacefulEndLeavesNothing() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = Journal(folder: folder, seed: 0)
        journal.begin("x = 1")
        journal.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
