// The language keeps up with long scripts and long loops. The bars are several times what it takes on a busy laptop; in a
// debug build it is not asked.
import Foundation
import Language
import Testing

@Suite(.serialized) struct SpeedTests {
    static let isOptimized: Bool = {
        #if DEBUG
            false
        #else
            true
        #endif
    }()

    /// Time that the thread computed; what else the machine does is left out.
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = now()
        try body()
        return now() - start
    }

    /// Ten megabytes of statements of every sort; about half a second here.
    @Test(.enabled(if: isOptimized)) func tenMegabytesOfScript() throws {
        var pieces: [String] = [], size = 0
        while size < 10_000_000 {
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
        let source = Source(pieces.joined(), origin: .cell(1))
        var count = 0
        let time = try Self.seconds { count = try Program(parsing: source).statements.count }
        #expect(count == 3 * pieces.count)
        #expect(time < 3, "ten megabytes took \(time) s")
    }

    @Test(
        .enabled(if: isOptimized),
        arguments: [
            "for i in range(10^6) { x = i }", "i = 0; while i < 10^6 { i = i + 1 }",
            "xs = []; for i in range(10^6) { xs = xs + [i] }",
            "def f(x) = x + 1\nfor i in range(10^6) { y = f(i) }",
            "s = (a=0, b=0); for i in range(10^6) { s.a = s.a + 1 }",
            "xs = map(x -> x, range(10^6)); for i in range(10^6) { xs[i] = xs[i] + 1 }",
        ]) func aMillionTurns(_ text: String)
    {
        let bench = Bench()
        let time = Self.seconds { #expect(bench.cell(1, text) == "") }
        #expect(time < 2, "\(text) took \(time) s")
    }
}
