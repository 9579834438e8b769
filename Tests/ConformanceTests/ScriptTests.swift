// The scripts of Tests/Conformance, which compare with other programs' numbers through the language alone.
import Foundation
import TestSupport
import Testing

@Suite struct ConformanceScripts {
    static let golden = [
        "checkpoints", "architectures", "adapters", "losses", "losses-derivatives", "optimizers", "influence",
        "influence-scores", "retraining", "memory", "gguf", "long-positions",
        "tensor-functions",
    ]
    static let own = [
        "raw-access", "same-bits", "derivatives", "nested-derivatives", "same-value-followed", "built-in-models",
        "no-default-collapses", "solvers-against-retraining", "text-tasks", "optimizers-in-runs", "pairs",
    ]

    @Test(arguments: golden + own) func holds(_ name: String) throws { try run(name) }

    @Test func everyScriptIsRun() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Places.scripts).filter {
            $0.hasSuffix(".lethe")
        }
        #expect(Set(names) == Set((Self.golden + Self.own).map { $0 + ".lethe" }))
    }

    private func run(_ name: String) throws {
        let folder = try TemporaryFolder(), bench = Bench()
        let ending = try bench.script(
            Places.scripts + "/\(name).lethe",
            arguments: [GoldenData.folder, folder.path, Places.scripts + "/table.csv"])
        #expect(ending == .success, "\(bench.messages)")
        // It ends with one line that says so: nothing was cut short.
        #expect(bench.results.split(separator: "\n").count == 1, "\(bench.results)")
    }

    /// The same bits with one thread and with three.
    @Test func threadsDoNotChangeResults() throws {
        let folder = try TemporaryFolder()
        var results: [String] = []
        for threads in [1, 2, 3] {
            let bench = Bench(threads: threads)
            bench(
                """
                m = gpt(tokenizer(["to be or not to be, that is the question"], size=270), layers=2, width=64, seed=1)
                f = batch([range(40), range(3, 33)])
                r = batch([range(60, 90), range(100, 150)])
                v = randn_like(m, seed=2)
                u = unlearn(m, f, r, steps=4, optimizer=sophia(lr=1e-3, k=2))
                w = train(m, r, steps=3)
                i = influence(m, f, r, inverse=cg(damping=1e-1, steps=5))
                print([norm(grad(m -> nll(m, f), m)), norm(hvp(m -> nll(m, f), m, v)), norm(ggnvp(m -> nll(m, f), m, \
                v))])
                print(repr([nll(u, f), nll(w, f), nll(i, f), norm(u - m), norm(w - m), norm(i - m)]))
                print(generate(w, [1, 2, 3], most=30), generate(u, [1, 2, 3], most=30, temperature=1, seed=3))
                save(u, "\(folder.path)/\(threads)")
                """)
            #expect(bench.failures.isEmpty, "\(bench.messages)")
            results.append(bench.results)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
        let files = try ["1", "2", "3"].map {
            try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)/model.safetensors"))
        }
        #expect(files[0] == files[1] && files[0] == files[2])
    }
}
