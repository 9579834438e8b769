// Workspaces: what a session is comes back from a file, to the bit; what is no workspace changes nothing.
import Files
import Foundation
import Language
import LanguageModels
import Notebook
import Tensors
import Testing
import Vocabulary

private func temporaryPath(_ name: String = "f.ws") throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-workspace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent(name).path
}

@Suite struct WorkspaceTests {
    /// Each cell gives `x` a value; what it prints must be the same after the file.
    @Test(arguments: [
        ("x = 1 / 3", "repr(x)"), ("x = -0.0", "1 / x"), ("x = [0 / 1, 1e308 * 10, -1e308 * 10, 5e-324]", "repr(x)"),
        ("x = 0 * (1e308 * 10)", "x"), ("x = \"a \\\"{1 + 1}\\\" \\u{1} 日本 \\n\"", "repr(x)"),
        ("x = [true, false, none, [], [[1]]]", "x"), ("x = (a=1, b=(c=[2], d=\"e\"))", "x"),
        ("x = range(10^9)", "print(len(x), x[10^8], x)"), ("x = range(10, 0, -2)", "x"),
        ("x = tensor([[1, 2], [3, 1 / 3]])", "repr(x)"), ("x = [tensor(7), tensor([])]", "x"),
        (
            "x = table(a=[1, none], b=[\"x\", \"y\"], d=[[1, 2], nan], c=range(2), row_names=\"b\")[:1]",
            "print(x, repr(x), x.c)"
        ),
        ("x = tensor([1, 0]) > 0", "print([5, 6][x], x)"),
        ("x = argmax(tensor([[1, 2], [4, 3]]), axis=1)", "[5, 6][x]"),
        ("x = adamw(lr=0.1, weight_decay=0.25)", "x"), ("x = [sin, npo(beta=0.3), adamw]", "x"),
        ("x = batch([[1, 2, 3], [4, 5]], labels=[[-100, 2, 3], [4, 5]])", "print(x.ids, x.labels, x.lengths, x)"),
        ("x = (m=authors(), f=authors().forget)", "print(x.m, x.f, x.f[3], x.m.training[10], len(x.m.world_facts))"),
    ]) func values(_ cell: String, _ look: String) throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        before(cell)
        #expect(before.messages == "")
        before(":save \(path)")
        #expect(before.messages == "saved 1 name with its value to \(path)\n")
        after(":load \(path)")
        #expect(after.messages.hasPrefix("loaded 1 name and 1 cell;"), "\(after.messages)")
        let expected = before(look)
        #expect(after(look) == expected)
        #expect(before.messages == "" && after.messages == "")
        #expect(!expected.isEmpty)
    }

    /// A picture with its numbers: what it shows and what can be read of it.
    @Test func frontiersAndExplanations() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        before(
            """
            f, r = batch([[1, 2, 3], [2, 1]]), batch([[1, 3, 4], [4, 2]])
            m = gpt(5, layers=1, width=8, seed=1)
            a = start(m, f, r, optimizer=sgd(lr=0.1))
            b = start(m, f, r, optimizer=adamw(lr=1e9))
            front = frontier(a, b, m, steps=4, every=2, seeds=2, title="ends", log="y")
            e = explain(start(m, f, r, optimizer=sgd(lr=30)))
            """)
        #expect(before.messages == "", "\(before.messages)")
        before(":save \(path)")
        #expect(before.messages.hasPrefix("saved 7 names"), "\(before.messages)")
        after(":load \(path)")
        #expect(after.messages.hasPrefix("loaded 7 names"), "\(after.messages)")
        for look in [
            "front", "front.table", "front.names", "repr(front.sgd)", "front[\"adamw\"]", "e",
            "print(e.outlook, e.longer)",
            "print(e.alpha, e.signal, e.conflicts, e.loss, e.trainable)",
        ] {
            let expected = before(look)
            #expect(!expected.isEmpty && after(look) == expected, "\(look): \(after.messages)")
        }
        // What came back can be stored again.
        after(":save \(path)")
        #expect(after.messages.hasPrefix("saved 7 names"), "\(after.messages)")
    }

    @Test func functionsOfFilesTakenIn() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        let folder = (path as NSString).deletingLastPathComponent
        try "unit = 7\nb = use \"b.lethe\"\ndef f(x) = g(x) + b.h(x)\ndef g(x) = x * unit\n"
            .write(toFile: folder + "/lib.lethe", atomically: true, encoding: .utf8)
        try "shift = 100\ndef h(x) = x + shift\n".write(toFile: folder + "/b.lethe", atomically: true, encoding: .utf8)
        before("lib = use \"\(folder)/lib.lethe\"; unit = 0; f = lib.f")
        #expect(before("f(2) + lib.f(2)") == "232\n")
        before(":save \(path)")
        // The files themselves are not needed any more.
        try FileManager.default.removeItem(atPath: folder + "/lib.lethe")
        after(":load \(path)")
        #expect(after.messages.hasPrefix("loaded 3 names"))
        #expect(after("f(2) + lib.f(2)") == "232\n")
        #expect(after("unit") == "0\n")
        // What came back can be stored again.
        after(":save \(path)")
        let again = Talk(wholeSession())
        again(":load \(path)")
        #expect(again("f(2) + lib.b.h(2)") == "218\n")
    }

    /// A loss and an optimizer of a file that read names of that file are the same when they come back.
    @Test func aTrainingWithFunctionsOfAFileGoesOn() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        let file = (path as NSString).deletingLastPathComponent + "/recipes.lethe"
        try """
        scale = 2
        def weighted(m, f, r) = scale * half(nll(m, f))
        def half(x) = x / 2
        def plain(m, g, s=(v=0), lr=0.05) { s.v = 0.9 * s.v + g; return m - lr * twice(s.v), s }
        def twice(x) = scale * x
        """.write(toFile: file, atomically: true, encoding: .utf8)
        before(
            """
            lib = use "\(file)"
            b = batch([[1, 2, 3, 4]])
            m = gpt(5, layers=1, width=8, seed=1)
            def on(t) = train(t, b, steps=2, loss=lib.weighted, optimizer=lib.plain)
            t = on(m)
            """)
        before(":save \(path)")
        after(":load \(path)")
        #expect(before("repr([on(t).log.steps, nll(on(t), b)])") == after("repr([on(t).log.steps, nll(on(t), b)])"))
        #expect(after("on(t).log.steps") == "4\n", "\(after.messages)")
    }

    /// What a loss read of a file belongs to the run, also when the run comes back.
    @Test func filesThatARunReadAreRemembered() throws {
        let path = try temporaryPath(), before = Talk(wholeSession())
        let weight = (path as NSString).deletingLastPathComponent + "/weight.txt"
        func write(_ text: String) throws { try text.write(toFile: weight, atomically: true, encoding: .utf8) }
        try write("1")
        before(
            """
            b = batch([[1, 2, 3, 4]]); m = gpt(5, layers=1, width=8, seed=1)
            def f(m, f, r) = nll(m, f) * to_number(read_text("\(weight)"))
            run = step(start(m, b, loss=f, optimizer=sgd(lr=0.1), memory=1), 2)
            t = train(m, b, loss=f, optimizer=sgd(lr=0.1), steps=2)
            timed = step(start(m, b, loss=(m, f, r) -> nll(m, f) + 0 * clock(), optimizer=sgd(lr=0.1), memory=1), 2)
            """)
        #expect(before.messages.contains("error") == false, "\(before.messages)")
        before(":save \(path)")
        func says(_ talk: Talk, _ words: String) -> Bool {
            talk.messages.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words)
        }
        let same = Talk(wholeSession())
        same(":load \(path)")
        let next = "run2 = step(run); print(run2.step, repr(nll(run2.model, b)))"
        #expect(same(next) == before(next) && same.results.hasPrefix("3 "), "\(same.messages)")
        try write("2")
        let after = Talk(wholeSession())
        after(":load \(path)")
        after("run2 = step(run)")
        #expect(says(after, "has changed since this run read it first"), "\(after.messages)")
        after("u = train(t, b, loss=f, optimizer=sgd(lr=0.1), steps=2); u.log.steps")
        #expect(after.results == "2\n" && says(after, "begins anew"), "\(after.messages)")
        after("back(timed, 1)")
        #expect(says(after, "reads the clock"), "\(after.messages)")
    }

    @Test func functions() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        before(
            """
            k = 10
            def f(x, y=2 * k) = x + y + k
            def counter(n) { def next(m, by=n) { if m > 3 { return m }; return next(m + by) }; return (next, () -> \
            next(0), z -> z * n) }
            parts = counter(2)
            scaled = f(y=3)
            def fact(n) = if n < 2 { 1 } else { n * fact(n - 1) }
            g = x -> (y -> x + y + k)
            h = g(5)
            deep = [h, (a=h)]
            """)
        #expect(before.messages == "")
        let look = """
            f(1); scaled(1); parts[0](0); parts[1](); parts[2](7); fact(10); h(1); deep[0](1) == deep[1].a(1)
            print(f(1), scaled(1), parts[0](0), parts[1](), parts[2](7), fact(10), h(1), g(1)(2))
            f
            scaled
            k = 20; f(1)
            """
        before(":save \(path)")
        #expect(before.messages.hasPrefix("saved 9 names"), "\(before.messages)")
        after(":load \(path)")
        #expect(after.messages.hasPrefix("loaded 9 names"), "\(after.messages)")
        let expected = before(look)
        #expect(after(look) == expected)
        #expect(before.messages == "" && after.messages == "")
        // An error inside still shows where the function was written.
        after("f(\"a\")")
        #expect(after.messages.contains("cell 1 line 2"), "\(after.messages)")
        #expect(after(":who").contains("cell 1"))
    }

    @Test func modelsTrainAndRunsGoOnToTheBit() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession(seed: 5))
        before(
            """
            a, b = batch([[1, 2, 3, 4]]), batch([[2, 1, 3]])
            m = gpt(tokenizer(["to be or not to be"], size=270), layers=2, width=16, context=128)
            q = authors().forget[0:5]
            ref = m
            def mine(m, f, r) = nll(m, r) + mean(relu(4 - token_nll(m, f)))
            def plain(m, g, s=(v=0), lr=0.1) { s.v = 0.9 * s.v + g; return m - lr * s.v, s }
            t = train(m, a, steps=3, optimizer=adamw(lr=1e-2))
            tt = train(m, q, steps=2, batch=2, optimizer=adamw(lr=1e-2))
            run = step(start(m, a, b, optimizer=sophia(lr=1e-3), loss=npo(reference=ref)), 4)
            own = step(start(m, a, b, optimizer=plain, loss=mine, memory=1e6), 3)
            d = grad(m -> nll(m, a), m)
            e = explain(run)
            rand()
            """)
        #expect(before.messages == "", "\(before.messages)")
        before(":save \(path)")
        #expect(before.messages.hasPrefix("saved 13 names"), "\(before.messages)")
        after(":load \(path)")
        #expect(after.messages.hasPrefix("loaded 13 names"), "\(after.messages)")
        let look = """
            print(repr(nll(m, a)), repr(nll(t, a)), repr(nll(run.model, b)), repr(norm(d)), repr(nll(own.model, b)), \
            e, run, own)
            print(t.log, encode(m, "to be"), decode(m, [260, 261]), m == ref, run.base == m)
            print(repr(nll(m + 0.5 * d, a)), repr(norm(t - m)))
            print(repr(nll(train(t, a, steps=3, optimizer=adamw(lr=1e-2)), a)))
            print(train(t, a, steps=3, optimizer=adamw(lr=1e-2)).log.steps, train(tt, q, steps=2, batch=2, \
            optimizer=adamw(lr=1e-2)).log.steps)
            print(repr(nll(step(run, 3).model, a)), repr(nll(back(run, 2).model, a)), step(run, 3), back(run, 2))
            print(repr(nll(step(own, 3).model, a)), repr(nll(back(own, 1).model, a)))
            print(repr(rand()), repr(randn([3])))
            generate(m, "to", most=5, temperature=1)
            """
        let expected = before(look)
        #expect(after(look) == expected)
        #expect(expected.contains("6 4"))
        #expect(before.messages == after.messages, "\(after.messages)")
        // The same session gives the same bytes.
        let again = try temporaryPath()
        let (one, two) = (Talk(wholeSession(seed: 5)), Talk(wholeSession()))
        one(":load \(path)")
        one(":save \(again)")
        two(":load \(path)")
        two(":save \(again).ws")
        #expect(try FileBytes.read(again) == FileBytes.read(again + ".ws"))
    }

    @Test func cellsComeBackSoThatTheScriptCanBeSaved() throws {
        let path = try temporaryPath(), script = try temporaryPath("f.lethe"), before = Talk(wholeSession(seed: 7)),
            after = Talk(wholeSession())
        for cell in [
            "x = 3", "# why\nx + rand()", "nope", ":who", "plot([1, 2], title=\"two\")", "x = 4\nout[2]",
            ":set digits 6", "1 / 3",
        ] { before(cell) }
        before(":save \(path)")
        before(":save \(script)")
        let expected = try ScriptFile.read(script)
        #expect(after("y = 1; y") == "1\n")
        after(":load \(path)")
        #expect(after.messages.contains("loaded 1 name and 8 cells"), "\(after.messages)")
        after(":save \(script)")
        #expect(try ScriptFile.read(script) == expected)
        after("y")
        #expect(after.messages.contains("not defined"))
        #expect(after("2 / 3") == "0.666667\n")
        #expect(after(":stale") == before(":stale"))
        #expect(after("out[2]") == before("out[2]"))
        let page = HTMLExport(ExportedDocument(after.session.records, name: "l.html")).text
        #expect(page.contains("<figcaption><b>Figure 1.</b> two</figcaption>"))
        // Numbers go on where they were.
        #expect(after.session.nextCell == 15)
    }

    @Test func loadingCanBeUndone() throws {
        let path = try temporaryPath(), before = Talk(wholeSession(seed: 3)), after = Talk(wholeSession())
        before("x = 1\n:set digits 6")
        before(":save \(path)")
        after("y = 2")
        let number = after.session.nextCell, records = after.session.records.count
        after(":load \(path)")
        #expect(after("x") == "1\n")
        after(":undo 2")
        #expect(after.session.nextCell == number && after.session.records.count == records + 1)
        #expect(after.session.firstSeed == 0)
        #expect(after("y / 3") == "0.6667\n")
        after("x")
        #expect(after.messages.contains("not defined"))
    }

    @Test func whatCannotBeStoredIsNamed() throws {
        let path = try temporaryPath(), before = Talk(wholeSession()), after = Talk(wholeSession())
        before("x = 1\np = 0; for i in range(120) { p = [p] }")
        before("q = [p, 2]; z = tensor([1, 2])")
        before("p")
        before(":save \(path)")
        let said = before.messages.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let why = "(lists or records nested more than 100 deep)"
        #expect(said.contains("warning: not stored: `p` \(why); make it again with cell 1"), "\(said)")
        #expect(said.contains("not stored: `q` \(why); make it again with cell 2") && said.contains("out[3]"))
        #expect(before.messages.contains("saved 3 names"))
        after(":load \(path)")
        #expect(after("print(x, z)") == "1 [1, 2]\n" || after.results.contains("1 "))
    }
}
