// Part of a workspace by name, and two workspaces at once.
import Foundation
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

private func path(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("lethe-part-\(UUID())-\(name)").path
}

private func run(_ session: Session, _ text: String) -> String {
    session.run(Cell(text)).map {
        switch $0 {
        case .text(_, let text), .interrupted(let text): text
        case .value(let value): value.plain + "\n"
        case .failure(let diagnostic): "error: \(diagnostic.message)\n"
        }
    }.joined()
}

@Suite struct WorkspacePartTests {
    /// A session whose function reads names of its own.
    private func saved(_ names: String) -> String {
        let session = wholeSession(), file = path("a.ws")
        _ = run(session, "k = 10; other = 3; def scale(x) = k * shift(x)\ndef shift(x) = x + 1\nt = tensor([1, 2])")
        #expect(run(session, ":save \(file) \(names)").contains("saved"))
        return file
    }

    @Test func aPartIsAddedToASession() {
        let file = saved("scale t")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let session = wholeSession()
        _ = run(session, "k = 7; mine = 1")
        #expect(run(session, ":load \(file)").contains("loaded scale and t"))
        // The function means what it meant, and the session's names are its own.
        #expect(run(session, "scale(1)") == "20\n" && run(session, "k") == "7\n" && run(session, "mine") == "1\n")
        #expect(run(session, "t") == "[1, 2]\n" || run(session, "sum(t)") == "3\n")
        #expect(run(session, "shift").contains("error") && run(session, "other").contains("error"))
        // It can be saved again, and taken back.
        let again = path("b.ws")
        defer { try? FileManager.default.removeItem(atPath: again) }
        #expect(run(session, ":save \(again) scale").contains("saved 1 name"))
        let third = wholeSession()
        _ = run(third, ":load \(again)")
        #expect(run(third, "scale(2)") == "30\n")
        _ = run(third, ":undo 2")
        #expect(run(third, "scale").contains("error"))
    }

    /// A run reads what it read when it began, wherever it is loaded to, and however often it is saved on the way.
    @Test func aRunReadsWhatItRead() {
        let files = ["whole.ws", "run.ws", "again.ws", "part.ws"].map(path)
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        let session = wholeSession()
        _ = run(
            session,
            """
            scale = 1; b = batch([[1, 2, 3]]); r = batch([[1, 3, 4]])
            def mine(m, f, r) = nll(m, r) - scale * nll(m, f)
            run = step(start(gpt(5, layers=1, width=8, seed=1), b, r, loss=mine, optimizer=sgd(lr=0.1)), 1)
            scale = 20
            """)
        let ask = "nll(step(%.run, 3).model, batch([[1, 2, 3]]))"
        let right = run(session, ask.replacingOccurrences(of: "%.", with: ""))
        #expect(run(session, ":save \(files[0])").contains("saved"))
        #expect(run(session, ":save \(files[1]) run").contains("saved 1 name"))
        for other in [session, wholeSession()] {
            #expect(run(other, ":load \(files[0]) as w").contains("holds the 5 names"))
            #expect(run(other, ":load \(files[1]) as v").contains("holds the 1 name"))
            #expect(run(other, ask.replacingOccurrences(of: "%", with: "w")) == right)
            #expect(run(other, ask.replacingOccurrences(of: "%", with: "v")) == right)
            #expect(run(other, "w.scale") == "20\n")
        }
        // Through a second file, whole and alone.
        let third = wholeSession(), fourth = wholeSession()
        _ = run(third, "scale = 3")
        _ = run(third, ":load \(files[0]) as w")
        _ = run(third, "kept = w.run")
        #expect(run(third, ":save \(files[2])").contains("saved"))
        #expect(run(third, ":save \(files[3]) kept").contains("saved"))
        _ = run(fourth, ":load \(files[2])")
        #expect(run(fourth, ask.replacingOccurrences(of: "%", with: "w")) == right && run(fourth, "scale") == "3\n")
        _ = run(fourth, ":load \(files[3]) as p")
        #expect(run(fourth, ask.replacingOccurrences(of: "%.run", with: "p.kept")) == right)
    }

    @Test func namesOfAWholeWorkspace() {
        let file = saved("")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let session = wholeSession()
        _ = run(session, "k = 7")
        #expect(run(session, ":load \(file) scale, other").contains("loaded scale and other"))
        #expect(run(session, "[scale(1), other, k]") == "[20, 3, 7]\n")
        #expect(run(session, ":load \(file) scal").contains("has no `scal`"))
        #expect(run(session, ":load \(file) as if").contains("error"))
    }

    @Test func twoAtOnce() {
        let file = saved(""), other = path("c.ws")
        defer { for path in [file, other] { try? FileManager.default.removeItem(atPath: path) } }
        let second = wholeSession()
        _ = run(second, "k = 100; def scale(x) = k * x")
        _ = run(second, ":save \(other)")
        let session = wholeSession()
        #expect(run(session, ":load \(file) as a").contains("`a` holds the 5 names of"))
        _ = run(session, ":load \(other) as b")
        #expect(run(session, "[a.scale(1), b.scale(1), a.k, b.k]") == "[20, 100, 10, 100]\n")
        #expect(run(session, "k").contains("error"))
        // The line is part of the session that is saved as a script.
        let script = path("s.lethe")
        defer { try? FileManager.default.removeItem(atPath: script) }
        _ = run(session, ":save \(script)")
        #expect((try? String(contentsOfFile: script, encoding: .utf8))?.contains(":load \(file) as a") == true)
    }

    @Test func whatIsNotThereIsSaid() {
        let session = wholeSession(), file = path("d.ws")
        _ = run(session, "abc = 1")
        #expect(run(session, ":save \(file) abd").contains("`abd` is not defined"))
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(run(session, ":save \(file) as w").contains("takes names"))
    }

    @Test func filesOfTheSearchPath() throws {
        let folder = path("recipes")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "def f(x) = x + inner.g(x)\ninner = use \"lethe-inner.lethe\"\n".write(
            toFile: folder + "/lethe-outer.lethe", atomically: true, encoding: .utf8)
        try "def g(x) = 10 * x\n".write(toFile: folder + "/lethe-inner.lethe", atomically: true, encoding: .utf8)
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        // What a file takes in lies beside it, whatever else the path has under that name.
        let first = path("first")
        try FileManager.default.createDirectory(atPath: first, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: first) }
        try "def g(x) = 1000 * x\n".write(toFile: first + "/lethe-inner.lethe", atomically: true, encoding: .utf8)
        configuration.searchPath = [first, folder]
        let session = Session(configuration)
        #expect(run(session, "(use \"lethe-outer.lethe\").f(1)") == "11\n")
        let missing = run(session, "use \"lethe-nowhere.lethe\"")
        #expect(missing.contains("neither here nor in \(first) or \(folder)"), "\(missing)")
    }
}
