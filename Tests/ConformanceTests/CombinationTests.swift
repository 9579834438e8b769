// Every pair of built-in and user-written loss, optimizer, solver and metric, in everything that takes steps or looks
// at them: a copy written in the language gives the numbers of what it copies.
import Foundation
import TestSupport
import Testing

/// One thing under two names: as it is built in, and as a user writes it.
struct Twins: Sendable {
    let name: String
    let builtIn, written: String
}

@Suite struct CombinationTests {
    private static let setup = """
        texts = question_set([
          (question="Who?", answer="anna"), (question="Where?", answer="in nora"), (question="When?", answer="now"),
          (question="What?", answer="a hat"), (question="Why?", answer="no"),
        ])
        asked = (forget=texts[0:2], retain=texts[2:5])
        given = (forget=batch([[1, 2, 3, 4], [2, 3, 1]]), retain=batch([[4, 5, 6, 1], [5, 1, 2], [3, 2]]))
        base = gpt(texts.vocab, layers=1, width=8, heads=2, context=40, seed=1)
        base = base + 0.2 * randn_like(base, seed=2)
        ref = base + 0.02 * randn_like(base, seed=3)
        def mysgd(m, g, s=none, lr=0.1) = (m - lr * g, s)
        def momentum(m, g, s=(v=0, n=0), lr=0.05) {
          s.v = if s.n == 0 { g } else { 0.9 * s.v + g }
          s.n = s.n + 1
          return m - lr * s.v, s
        }
        def myadam(m, g, s=(a=0, b=0, t=0), lr=0.01) {
          s.t = s.t + 1
          s.a = 0.9 * s.a + 0.1 * g
          s.b = 0.999 * s.b + 0.001 * g^2
          return m - lr / (1 - 0.9^s.t) * s.a / (sqrt(s.b / (1 - 0.999^s.t)) + 1e-8), s
        }
        def wrapped(m, g, s=none, lr=0.003) = adamw(lr=lr)(m, g, s)
        def mynpo(m, f, r) = 2 / 0.3 * mean(softplus(0 - 0.3 * (sequence_nll(m, f) - detach(sequence_nll(ref, f))))) + \
        nll(m, r)
        def mycg(H, v) {
          x, r = 0 * v, v
          p, rr = v, dot(v, v)
          for i in range(4) {
            q = H(p) + 1 * p
            a = rr / dot(p, q)
            x = x + a * p
            r = r - a * q
            next = dot(r, r)
            p = r + next / rr * p
            rr = next
          }
          return x
        }
        def forgotten(m) = nll(m, data.forget)
        def kept(m) = nll(m, data.retain)

        """

    private static let losses = [
        Twins(name: "ga", builtIn: "ga", written: "(m, f, r) -> 0 - nll(m, f)"),
        Twins(
            name: "graddiff", builtIn: "graddiff(retain_weight=2)", written: "(m, f, r) -> 2 * nll(m, r) - nll(m, f)"),
        Twins(name: "npo", builtIn: "npo(beta=0.3, reference=ref)", written: "mynpo"),
    ]
    private static let optimizers = [
        Twins(name: "sgd", builtIn: "sgd(lr=0.1)", written: "mysgd"),
        Twins(name: "momentum", builtIn: "sgd(lr=0.05, momentum=0.9)", written: "momentum"),
        Twins(name: "adam", builtIn: "adam(lr=0.01)", written: "myadam"),
        Twins(name: "adamw", builtIn: "adamw(lr=0.003)", written: "wrapped"),
    ]

    /// Numbers that everything that takes steps comes to, with a loss and an optimizer, on data of one kind.
    private static let steps = """
        u = unlearn(base, data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, steps=3, clip_norm=2, \
        schedule="linear", seed=4, watch=kept, every=1)
        v = unlearn(unlearn(base, data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, steps=2), \
        data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, steps=1)
        t = train(base, data.retain, loss=(m, f, r) -> nll(m, f), optimizer=optimizer, batch=2, steps=2)
        run = start(base, data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, memory=memory)
        e = explain(run)
        late = step(run, 3)
        assert(back(late, 1).model == step(run, 2).model and late.model == step(back(late, 2), 2).model and \
        explain(run).update == e.update)
        front = frontier(late, steps=2, every=1, on=on, names=["a"])
        numbers = [norm(u - base), nll(u, data.forget), nll(u, data.retain), norm(v - late.model), norm(t - base), \
        nll(t, data.retain)]
        numbers = numbers + u.log.loss + u.log.gradient + u.log.watch + late.log.loss + [e.update, e.forget.predicted, \
        e.retain.predicted, e.forget.actual, e.cosine]
        numbers = numbers + front.a.forget + front.a.retain + [norm(late.model - base)]
        numbers = map(x -> to_number("{x:.17g}"), numbers)
        """

    private func numbers(_ bench: Bench) -> [Double] {
        bench("write_json(numbers, \"\(folder)/numbers\")")
        guard let data = FileManager.default.contents(atPath: "\(folder)/numbers"),
            let list = try? JSONSerialization.jsonObject(with: data) as? [Double]
        else { return [] }
        return list
    }

    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }
    init() throws { temporary = try TemporaryFolder() }

    private static func differ(_ a: [Double], _ b: [Double]) -> Int? {
        guard a.count == b.count, !a.isEmpty else { return -1 }
        return zip(a, b).enumerated().first { abs($1.0 - $1.1) > 2e-4 * max(1, abs($1.0)) }?.offset
    }

    @Test(arguments: ["asked", "given"]) func copiesGiveTheSameNumbers(_ data: String) throws {
        var byThreads: [[[Double]]] = []
        for threads in [1, 2] {
            let bench = Bench(threads: threads), after = Bench(threads: threads)
            bench(Self.setup + "data = \(data)")
            #expect(bench.failures.isEmpty, "\(bench.messages)")
            var all: [[Double]] = []
            for loss in Self.losses {
                for optimizer in Self.optimizers {
                    var results: [[Double]] = []
                    for (index, (l, o)) in [
                        (loss.builtIn, optimizer.builtIn), (loss.builtIn, optimizer.written),
                        (loss.written, optimizer.builtIn), (loss.written, optimizer.written),
                    ].enumerated() {
                        let on = index % 2 == 0 ? "data" : "(forget=forgotten, retain=kept)"
                        bench(
                            "loss, optimizer, on, memory = \(l), \(o), \(on), \(index < 2 ? "1" : "1e9")\n" + Self.steps
                        )
                        #expect(bench.failures.isEmpty, "\(loss.name) \(optimizer.name) \(index): \(bench.messages)")
                        results.append(numbers(bench))
                        if let place = Self.differ(results[0], results[index]) {
                            Issue.record(
                                """
                                \(data): \(loss.name) with \(optimizer.name), pair \(index), differs at \(place): \
                                \(results[0]) \(results[index])
                                """
                            )
                        }
                    }
                    all += results
                }
            }
            // The last one, whose loss and optimizer are the user's own, comes back from a workspace to the bit.
            bench(":save \(folder)/\(data)\(threads).ws")
            after(":load \(folder)/\(data)\(threads).ws")
            let look = """
                print(back(late, 2).model == step(run).model, repr(nll(step(late).model, data.forget)), \
                repr(e.update), explain(run).update == e.update)
                w = unlearn(u, data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, steps=3, \
                clip_norm=2, schedule="linear", seed=4)
                w = unlearn(v, data.forget, data.retain, loss=loss, optimizer=optimizer, batch=2, steps=2)
                print(w.log.steps, repr(norm(w - base)))
                """
            let expected = bench(look)
            #expect(expected.hasPrefix("true ") && expected.contains("\n5 "), "\(expected) \(bench.messages)")
            #expect(after(look) == expected, "\(after.messages)")
            byThreads.append(all)
        }
        #expect(byThreads[0] == byThreads[1], "threads change bits")
    }

    @Test(arguments: ["asked", "given"]) func solversAndMetrics(_ data: String) throws {
        for threads in [1, 2] {
            let bench = Bench(threads: threads)
            bench(
                Self.setup + """
                    data = \(data)
                    a = influence(base, data.forget, data.retain, inverse=cg(steps=4, damping=1, tolerance=0))
                    b = influence(base, data.forget, data.retain, inverse=mycg)
                    c = influence(base, data.forget, data.retain, inverse=(H, v) -> cg(H, v, steps=4, damping=1, \
                    tolerance=0))
                    table = compare(base, a, on=data)
                    numbers = [norm(a - base), norm(b - base), norm(c - base), dot(a - base, b - base) / norm(a - \
                    base) / norm(b - base), nll(a, data.forget), nll(b, data.forget), forgotten(a), nll(c, data.forget)]
                    """)
            #expect(bench.failures.isEmpty, "\(bench.messages)")
            let found = numbers(bench)
            #expect(found.count == 8)
            guard found.count == 8 else { continue }
            #expect(
                abs(found[0] - found[1]) < 2e-3 * found[0] && abs(found[0] - found[2]) < 1e-4 * found[0], "\(found)")
            #expect(
                found[3] > 0.999 && abs(found[4] - found[5]) < 1e-3 && found[4] == found[6]
                    && abs(found[4] - found[7]) < 1e-4, "\(found)")
        }
    }

    /// Where the arithmetic is the same, so are the bits.
    @Test func theSameArithmeticGivesTheSameBits() {
        let bench = Bench()
        bench(Self.setup + "data = asked")
        for optimizer in Self.optimizers.map(\.builtIn) + ["sophia(lr=1e-3, k=2)", "lion(lr=1e-3)"] {
            bench(
                """
                o = \(optimizer)
                a = train(base, data.retain, optimizer=o, batch=2, steps=3)
                b = train(base, data.retain, loss=(m, f, r) -> nll(m, f), optimizer=o, batch=2, steps=3)
                c = train(base, data.retain, loss=nll, optimizer=o, batch=2, steps=3)
                d = step(start(base, data.retain, loss=(m, f) -> nll(m, f), optimizer=o, batch=2), 3).model
                """)
            #expect(bench("print(a == b, a == c, a == d)") == "true true true\n", "\(optimizer): \(bench.messages)")
        }
    }
}
