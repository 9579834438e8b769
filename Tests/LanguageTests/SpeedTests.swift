// The work of long scripts and long loops grows as they do: ten times as much takes about ten times as long, wherever
// it runs. What a turn takes is measured by Scripts/bench.
import Foundation
import Language
import TestSupport
import Testing

@Suite(.serialized) struct SpeedTests {
    /// Growth for ten times the work at which it is no longer in proportion: squares would take a hundred times.
    static let most = 40.0

    private static func statements(_ megabytes: Double) -> (text: String, count: Int) {
        var pieces: [String] = [], size = 0
        while Double(size) < megabytes * 1e6 {
            let number = pieces.count
            let piece = """
                def helper_\(number)(model, data, gamma=1.5, steps=\(number % 97)) {
                  total = gamma * \(number) + steps / 3.25  # a comment here
                  if total > \(number % 13) { total = total - 1 } else { total = [1, 2, 3][\(number % 3)] }
                  return total, (mom=0, hess="text {total:.3f}")
                }
                value_\(number) = \(number) * 3.5e-3 + \(number % 7) ^ 2 - exp(\(number % 5))
                list_\(number) = map(x -> x + \(number), [1, 2, 3, \(number), "abc"])

                """
            size += piece.utf8.count
            pieces.append(piece)
        }
        return (pieces.joined(), 3 * pieces.count)
    }

    /// Statements of every sort, up to two megabytes.
    @Test func longScripts() throws {
        func time(_ megabytes: Double) throws -> Double {
            let (text, expected) = Self.statements(megabytes)
            let source = Source(text, origin: .cell(1))
            var count = 0
            let time = try computingTime { count = try Program(parsing: source).statements.count }
            #expect(count == expected)
            return time
        }
        let short = try time(0.2), long = try time(2)
        #expect(long < Self.most * short, "\(short) s, then \(long) s")
    }

    @Test(arguments: [
        "for i in range(n) { x = i }", "i = 0; while i < n { i = i + 1 }",
        "xs = []; for i in range(n) { xs = xs + [i] }",
        "def f(x) = x + 1\nfor i in range(n) { y = f(i) }", "s = (a=0, b=0); for i in range(n) { s.a = s.a + 1 }",
        "xs = map(x -> x, range(n)); for i in range(n) { xs[i] = xs[i] + 1 }",
        "d = (a=0); for i in range(n) { d[\"k{i}\"] = i }", "s = \"\"; for i in range(n) { s = s + \"x\" }",
        "d = (a=0); for i in range(n) { d = merge(d, to_record([\"k{i}\"], [i])) }",
        "r = (xs=[]); for i in range(n) { r.xs = r.xs + [i] }", "r = (a=(xs=[])); for i in range(n) { r.a.xs += [i] }",
        "r = (xs=map(x -> x, range(n))); for i in range(n) { r.xs[i] = i + 1 }", "unique(map(i -> [i], range(n)));",
    ]) func longLoops(_ text: String) {
        func time(_ turns: Int) -> Double {
            let bench = Bench()
            _ = bench.cell(1, "n = \(turns)")
            return computingTime { #expect(bench.cell(2, text) == "") }
        }
        let short = time(20_000), long = time(200_000)
        #expect(long < Self.most * short, "\(text): \(short) s, then \(long) s")
    }
}
