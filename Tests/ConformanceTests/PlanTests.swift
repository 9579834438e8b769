// Plans: what they count, that they change nothing, and what they say of what cannot be planned.
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PlanTests {
    private static let setup = """
        f = batch(map(i -> [1, 2, 3 + i % 2, i % 5], range(8)))
        r = batch(map(i -> [4, 1, i % 3, 2], range(8)))
        base = gpt(7, layers=2, width=16, heads=2, context=8, seed=1)
        run = start(base, f, r, optimizer=sophia(k=3), seed=5)

        """

    private func bench(_ more: String = "") -> Bench {
        let bench = Bench()
        bench(Self.setup + more)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        return bench
    }

    @Test func partsAddUpAndTheRunStaysAsItWas() {
        let bench = bench("seed(3)\nfirst = randn(4)\nseed(3)\nbefore = step(run, 4)")
        bench("p = plan(run, 60, seconds=1)\nq = plan(run, 60, machines=(ranks=2, cores=1), seconds=1)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(
            bench("print(abs(sum(map(p.parts, x -> x.seconds)) / p.seconds - 1) < 1e-9, p.low < p.seconds)")
                == "true true\n", "\(bench.messages)")
        #expect(bench("print(p.traffic, p.ranks, p.fits, p.memory > 4 * 1000)") == "0 1 true true\n")
        bench("print(join(map(q.parts, x -> x.part), \" | \"))")
        #expect(bench.results.contains("gradient of step"), "\(bench.results)")
        #expect(bench.results.contains("curvature of a step") && bench.results.contains("exchange"))
        // Of 60 gradients and 20 estimates a rank sends half of its sum and half of the whole, in float32, with few words.
        #expect(
            bench("ratio = q.step_traffic / (4 * base.weights)\nratio > 4 / 3 and ratio < 1.45") == "true\n",
            "\(bench("ratio"))")
        #expect(bench("print(randn(4) == first, run.step)").hasSuffix("0\n"))
        #expect(
            bench("print(step(run, 4).model == before.model, step(run, 4).log.loss == before.log.loss)")
                == "true true\n")
        // As a value: shown as a table, written as a record.
        #expect(bench("q").contains("2 ranks of 1 core") && bench.results.contains("dominates"), "\(bench.results)")
    }

    /// A loss that is slow by itself: what the plan says is what steps take, within what a busy machine leaves.
    @Test func aSlowLossTakesItsTime() {
        let bench = bench(
            """
            def slow(m, f, r) { x = 0; for i in range(30000) { x = x + i % 7 }; return nll(m, f) + 0 * x }
            own = start(base, f, r, loss=slow, optimizer=adamw)
            p = plan(own, 40, seconds=3, processor=true)
            began = clock(processor=true)
            step(own, 40);
            ratio = p.seconds / (clock(processor=true) - began)
            """)
        #expect(bench("ratio > 0.2 and ratio < 5") == "true\n", "\(bench("ratio"))")
        #expect(bench("p.dominates") == "\"gradient of step\"\n", "\(bench.results)")
    }

    @Test func functionsAreCutShortAndScaledUp() {
        let bench = bench(
            """
            long = plan(() -> train(base, f, steps=1000000), seconds=0.5, processor=true)
            short = plan(() -> train(base, f, steps=40), seconds=20, processor=true)
            """)
        #expect(bench.failures.isEmpty && bench.messages == "", "\(bench.messages)")
        #expect(bench("ratio = long.seconds / short.seconds\nratio > 8000 and ratio < 75000") == "true\n")
        #expect(bench("print(join(long.notes, \" | \"))").contains("of 1000000 measured"), "\(bench.results)")
        // What comes after is done, too, and the program goes on.
        bench("both = plan(() -> { m = train(base, f, steps=1000000); nll(m, r) }, seconds=0.5); here = 1")
        #expect(bench("here") == "1\n", "\(bench.messages)")
    }

    /// What comes after something that was cut short is counted where the time is enough for it; where it is not, nobody
    /// can take what was seen for the whole.
    @Test func whatWasNotSeenIsNoPartOfAnInterval() {
        let bench = bench(
            """
            def after() { m = train(base, f, steps=1000000); x = 0; while true { x = x + 1 } }
            p = plan(after, seconds=0.5)
            def whole() { m = train(base, f, steps=1000000); x = 0; for i in range(1000) { x = x + 1 } }
            q = plan(whole, seconds=5)
            """)
        #expect(
            bench("print(p.high == inf, p.low < p.seconds, p.seconds < inf, q.high < inf)") == "true true true true\n",
            "\(bench.messages)")
        #expect(bench("p").contains(" or more)") && bench.results.contains("what comes after train"))
        #expect(!bench("q").contains("or more"), "\(bench.results)")
    }

    /// What a plan cuts short it writes nowhere: the run in earnest would find it and take it for the whole.
    @Test func whatWasCutShortIsNotWritten() throws {
        let folder = try TemporaryFolder(), bench = bench()
        bench(
            """
            def kept() { m = train(base, f, steps=1000000); save(m, "\(folder.path)/m"); nll(m, f) }
            p = plan(kept, seconds=0.5)
            def trained(a) = nll(train(base, f, steps=1000000, seed=a), f)
            def studied() = study(trained, grid=(a=[1, 2]), path="\(folder.path)/s.jsonl", workers=1)
            q = try { plan(studied, seconds=0.5) } catch e { none }
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let notes = bench("print(p.high == inf, join(p.notes, \" | \"))")
        #expect(notes.hasPrefix("true") && notes.contains("it writes a file after train"), "\(notes)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/m"))
        let lines = try String(contentsOfFile: folder.path + "/s.jsonl", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1, "\(lines)")
        // What was not cut is written, as ever.
        bench("plan(() -> write_text(\"here\", \"\(folder.path)/t.txt\"), seconds=0.5)")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/t.txt"), "\(bench.messages)")
    }

    /// A solver that is cut short while it is planned may find what it seeks long before its last iteration.
    @Test func aSolverMayBeDoneSooner() {
        let bench = bench(
            """
            def product(v) {
              start = clock(processor=true)
              while clock(processor=true) - start < 0.05 { }
              return tensor(range(1, 13)) * v
            }
            def solved() = cg(product, ones(12), steps=1000)
            p = plan(solved, seconds=0.6, processor=true)
            began = clock(processor=true)
            solved();
            took = clock(processor=true) - began
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        let said = bench("print(p.low < 2 * took, p.seconds > p.low, p.high > took)")
        #expect(said == "true true true\n", "\(bench("p"))")
        #expect(bench("print(join(p.notes, \" | \"))").contains("may be done with fewer"), "\(bench.results)")
    }

    /// Processor time varies twofold where others use the machine; a slope misread would be off by ten.
    @Test func functionsOfASizeGrowAsALine() {
        let bench = bench(
            """
            def work(n) { x = 0; for i in range(20000 * n) { x = x + i % 7 }; return x }
            p = plan(work, 200, seconds=1, processor=true)
            began = clock(processor=true)
            work(20);
            ratio = p.seconds / (10 * (clock(processor=true) - began))
            """)
        #expect(bench("ratio > 0.2 and ratio < 5") == "true\n", "\(bench("ratio"))\(bench.messages)")
    }

    @Test func whatDoesNotFitIsSaid() {
        let bench = bench()
        #expect(bench("plan(run, 5, machines=(memory=1000), seconds=1).fits") == "false\n", "\(bench.messages)")
        #expect(bench("plan(run, 5, machines=(memory=1000), seconds=1)").contains("a rank has 1 kB; accumulate="))
    }

    static let bad = [
        ("plan(run, machines=0)", "must be"),
        ("plan(run, machines=1.5)", "whole number"),
        ("plan(run, machines=\"two\")", "must be"),
        ("plan(run, machines=(ranks=0))", "`ranks` of `machines` must be a whole number from 1 to 1024; it is 0"),
        ("plan(run, machines=(rank=2))", "did you mean ranks?"),
        ("plan(run, machines=(ranks=\"a\"))", "`ranks` of `machines` must be a number"),
        ("plan(run, machines=(bandwidth=0))", "above 0"),
        ("plan(base)", "must be a run"),
        ("plan(() -> error(\"no luck\"), seconds=1)", "no luck"),
        ("plan((a, b) -> a, seconds=1)", "takes no argument or a size; this function needs 2"),
        ("plan(n -> n)", "needs n"),
        ("plan(() -> 1, 5)", "has no size"),
        ("plan(run, 0)", "at least 1"),
        ("plan(run, seconds=0)", "`seconds` of `plan` must be"),
        ("plan(() -> { while true { x = 1 } }, seconds=0.3)", "did not end within 0.3 s, and it tells nothing"),
        ("plan(() -> { for i in range(100) { train(base, f, steps=1000000); } }, seconds=0.5)", "had begun"),
        ("plan(start(base, f, r, loss=(m, f, r) -> nll(m, f) / 0), 5, seconds=1)", "loss"),
    ]

    @Test(arguments: bad) func badInputIsNamed(_ call: String, _ words: String) {
        let bench = bench()
        bench(call)
        #expect(bench.failures.count == 1 && bench.messages.contains(words), "\(call): \(bench.messages)")
        #expect(bench("step(run).step") == "1\n", "the session goes on")
    }

    /// What a loss or an optimizer of one's own prints it prints when it runs in earnest; a training within it goes to its end.
    @Test func aTrialSaysNothing() {
        let bench = bench()
        bench(
            """
            def told(m, f, r) { print("loss"); for i in range(40) { t = train(base, f, steps=1) }; nll(m, f) }
            def opt(m, g, s=0) { print("step"); (m - 0.01 * g, s + 1) }
            own = start(base, f, r, loss=told, optimizer=opt)
            """)
        #expect(bench("p = plan(own, 5, seconds=0.2)") == "", "\(bench.messages)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(bench("step(own);") == "loss\nstep\n", "\(bench.messages)")
    }

    /// Ctrl-C ends the measurement, and the next cell runs undisturbed.
    @Test func anInterruptionEndsIt() {
        let bench = bench(), cancellation = bench.device.cancellation
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.3)
            cancellation.request()
        }
        thread.start()
        bench("p = 1; p = plan(() -> train(base, f, steps=100000000), seconds=3000)")
        #expect(bench.messages.contains("interrupted"), "\(bench.messages)")
        cancellation.reset()
        #expect(bench("print(p, step(run).step)") == "1 1\n", "\(bench.messages)")
    }
}
