// Values that do not fit are refused with their place; what is missing is said; waiting work belongs to its time.
import Foundation
import Language
import TestSupport
import Testing

@Suite struct NeverSilentTests {
    @Test(arguments: [
        ("tensor([1, 1e300])", "element [1], 1e300, is beyond float32"),
        ("tensor([[1, 2], [3, -1e39]])", "element [1][1], -1e39, is beyond float32"),
        ("tensor([[1, 2], [tensor(3), 1e39]])", "element [1][1], 1e39, is beyond"),
        ("tensor(1e39)", "1e39 is beyond float32"), ("1e39 * ones(2)", "1e39 is beyond"),
        ("ones(2) + 1e300", "1e300 is beyond"), ("ones(2) - 1e300", "is beyond"), ("1e300 - ones(2)", "is beyond"),
        ("ones(2) / 1e300", "is beyond"), ("ones(2) < 1e300", "is beyond"), ("max(ones(2), 1e300)", "is beyond"),
        ("ones(2) + [1, 1e300]", "element [1], 1e300, is beyond"), ("t = ones(2); t[0] = 1e300", "is beyond"),
        ("grad(x -> x * x, 1e300)", "is beyond"), ("clip(ones(2), 1e300, 2e300)", "is beyond"),
        ("m = gpt(5, layers=1, width=8, seed=1); m + 1e300 * randn_like(m)", "is beyond"),
        ("grad(x -> sum(x) * 1e300, ones(2))", "is beyond"),
    ]) func numbersBeyondFloat32(_ text: String, _ message: String) {
        let bench = Bench()
        bench(text)
        #expect(bench.messages.contains(message), "\(bench.results)\(bench.messages)")
        // The session goes on, and what was there is as it was.
        #expect(bench("1 + 1") == "2\n")
    }

    @Test(arguments: [
        ("tensor([inf, -inf, 3.4e38])[0]", "inf\n"), ("clip(ones(2), -1e300, 1e300)", "tensor [1, 1]\n"),
        ("max([1e300, 2])", "1e300\n"), ("tensor([1e-300])", "tensor [0]\n"),
    ]) func whatFitsOrOnlyBounds(_ text: String, _ expected: String) {
        let bench = Bench()
        #expect(bench(text) == expected, "\(bench.messages)")
    }

    @Test func numbersOfFilesAreRefusedOnlyAsTensors() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        try "a,b\n1,1e300\n2,3\n".write(toFile: folder.path + "/t.csv", atomically: true, encoding: .utf8)
        try "[[1, 1e300]]".write(toFile: folder.path + "/t.json", atomically: true, encoding: .utf8)
        // A column with an exponent stays as it is written; its numbers are doubles.
        #expect(bench("read_csv(\"\(folder.path)/t.csv\").b") == "[\"1e300\", \"3\"]\n", "\(bench.messages)")
        bench("tensor(map(to_number, read_csv(\"\(folder.path)/t.csv\").b))")
        #expect(bench.messages.contains("element [0], 1e300, is beyond"), "\(bench.messages)")
        bench("tensor(read_json(\"\(folder.path)/t.json\"))")
        #expect(bench.messages.contains("element [0][1], 1e300, is beyond"), "\(bench.messages)")
    }

    /// On the right they count, as Hugging Face counts them; a published loss (UNDIAL) is computed so. On the left they
    /// would be lost with the padding.
    @Test func labelsOfPaddingAreKeptOrRefused() {
        let bench = Bench()
        bench("b = batch([[1, 2, 3], [3, 2, 1]], labels=[[1, 2, 3], [-100, 2, 1]], mask=[[1, 1, 0], [1, 1, 1]])")
        #expect(
            bench("print(b.targets, b.labels, b.mask[0], b[0:1].labels, b[0].labels, (b + b)[2:3].targets)")
                == "4 [[1, 2, 3], [-100, 2, 1]] [1, 1, 0] [[1, 2, 3]] [1, 2, 3] 2\n", "\(bench.messages)")
        bench("batch([[1, 2], [0, 3]], labels=[[1, 2], [4, 3]], mask=[[1, 1], [0, 1]])")
        #expect(
            bench.messages.contains("row 1 has the label 4 at position 0, where its mask is 0"), "\(bench.messages)")
        #expect(
            bench("batch([[1, 2, 3]], labels=[[1, 2, -100]], mask=[[1, 1, 0]]).targets") == "1\n", "\(bench.messages)")
        #expect(bench("batch([[1, 2, 3]], mask=[[1, 1, 0]]).targets") == "1\n", "\(bench.messages)")
    }

    @Test(arguments: ["a.ws", "A.WS", "a.lethe"]) func sessionsAreLoadedByTheirCommand(_ name: String) throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = "\(folder.path)/\(name)"
        bench("load(\"\(path)\")")
        #expect(bench.messages.contains(":load \(path)"), "\(bench.messages)")
        try "x = 1\n".write(toFile: path, atomically: true, encoding: .utf8)
        bench("load(\"\(path)\")")
        #expect(bench.messages.contains("write :load \(path)"), "\(bench.messages)")
    }

    /// An error caught inside a loss leaves the step as one without it: its value, its derivative and its draws.
    @Test func errorsCaughtInALossOfARun() {
        let bench = Bench()
        bench(
            """
            m = gpt(5, layers=1, width=8, seed=1); b, r = batch([[1, 2, 3, 4]]), batch([[2, 1, 3]])
            def plain(m, f, r) = nll(m, f) + randn(1)[0] * 0 + rand() * nll(m, r)
            def first(m, f, r) { try { error("no") } catch e { 0 }; return plain(m, f, r) }
            def half(m, f, r) {
              x = try { nll(m, f) * [1, 2][5] } catch e { nll(m, f) }
              return x + randn(1)[0] * 0 + rand() * nll(m, r)
            }
            def nested(m, f, r) = try {
              try { grad(m -> error("deep"), m) } catch e { error(e.message + "er") }
            } catch e { plain(m, f, r) }
            o = adamw(lr=1e-2)
            """)
        bench("p = step(start(m, b, r, loss=plain, optimizer=o), 4).model")
        for loss in ["first", "half", "nested"] {
            #expect(
                bench("step(start(m, b, r, loss=\(loss), optimizer=o), 4).model == p") == "true\n",
                "\(loss): \(bench.messages)")
            bench("u = step(start(m, b, r, loss=\(loss), optimizer=o), 4); e = explain(u)")
            #expect(bench("step(back(u, 2), 2).model == p") == "true\n", "\(loss): \(bench.messages)")
        }
    }

    @Test func suitesWithoutSomeSets() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        func line(_ i: Int) -> String {
            "{\"question\": \"Q\(i)?\", \"answer\": \"A\(i).\", \"perturbed_answer\": [\"B.\", \"C.\"]}\n"
        }
        for (name, rows) in [("full", 0..<6), ("forget01", 0..<2), ("retain99", 2..<6), ("world_facts", 6..<8)] {
            try rows.map(line).joined().write(
                toFile: "\(folder.path)/\(name).json", atomically: true, encoding: .utf8)
        }
        bench(
            """
            qa = tofu("\(folder.path)", forget="forget01")
            m = gpt(tokenizer(["Q0123456789? A. B. C."], size=260), layers=1, width=8, context=64, seed=1)
            c = compare(m, on=qa)
            """)
        #expect(bench("c.m.retain_probability >= 0") == "true\n", "\(bench.messages)")
        let table = bench("c")
        #expect(
            table.contains(
                "no model utility: `model_utility` has nothing to be computed from"),
            "\(table)\(bench.messages)")
    }

    /// Elementwise work that waits until it is read is done before the clock is.
    @Test func timesHoldWhatWasAskedFor() {
        let bench = Bench()
        bench("x = ones(2000000); n = 0")
        for cell in [":time y = exp(x) + sin(x)", ":set timer on\ny = exp(x) + sin(x)"] {
            bench(cell)
            // What waited is computed: nothing is left to be done by whoever reads it.
            let left = computingTime { bench.device.finishWaitingWork() }
            #expect(left < 1e-3, "\(cell): \(left) s were left")
        }
        bench(":set timer off\ny = exp(x) + sin(x)")
        #expect(computingTime { bench.device.finishWaitingWork() } > 0)
    }
}
