// Values without an end, or nearly so: every built-in and every operator that is given one answers, refuses it in words,
// or stops soon after it was asked to.
import Foundation
import Language
import Synchronization
import Tensors
import TestSupport
import Testing

/// Asks a session to stop once a thread has computed for so long, and notes when that was by the thread's own clock.
private final class Stopper: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let stoppedAt = Mutex<Double?>(nil)

    /// Seconds of computing from the request to the end of `body`; nil where it ended by itself.
    func timeToStop(_ cancellation: Cancellation, after patience: Double, _ body: () -> Void) -> Double? {
        var clock = clockid_t()
        pthread_getcpuclockid(pthread_self(), &clock)
        let own = clock, began = Self.now(own)
        let watcher = Thread { [self] in
            while !isOver.load(ordering: .acquiring) {
                usleep(2000)
                let time = Self.now(own)
                if time - began > patience {
                    stoppedAt.withLock { $0 = time }
                    cancellation.request()
                    return
                }
            }
        }
        watcher.start()
        body()
        isOver.store(true, ordering: .releasing)
        let end = Self.now(own)
        return stoppedAt.withLock { $0 }.map { end - $0 }
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

@Suite(.serialized) struct EndlessValueTests {
    static let operators = [
        "x + 1", "2 * x", "-x", "x == x", "x < 1", "x @ x", "x[0]", "x[:]", "x[[0, 0]]", "1 in x",
        "for a in x { a }", "\"{x}\"", "[0] + x", "y = x; y[0] = 1", "x |> len", "a, b = x", "not x", "x.a", "x(1)",
        "grad(y -> sum(x), 2)", "if x { 1 }", "map(a -> a, x)", "filter(a -> a, x)", "fold((a, b) -> 0, 0, x)",
        "sort(x, by=a -> 0)", "max(x, key=a -> 0)", "x ^ x", "x % 7", "try { error(x) } catch e { e.report }",
    ]

    /// Seconds of computing that stopping may take, at the best of some tries, after a tenth of them: what was printed
    /// until then is kept, and letting go of millions of values takes its time, longer on a machine that others use.
    static let mostToStop = 3.0, triesToStop = 3

    @Test(arguments: [
        "x = [1]; for i in range(60) { x = [x, x] }", "x = (a=1); for i in range(60) { x = (a=x, b=x) }",
        "x = range(9e14)", "x = \"ab, c\\n\" * 27_000_000", "x = [range(1e6)] * 1e6",
    ]) func everyBuiltinEnds(_ value: String) throws {
        let bench = Bench(threads: 1, memoryLimit: 2 << 30)
        bench(value)
        #expect(bench.failures.isEmpty)
        bench.keepsOutput = false
        let calls = bench.session.examples.map(\.name).filter { $0 != "exit" }.flatMap { name in
            ["\(name)(x);", "\(name)(x, x);"]
        }
        for call in calls + Self.operators.map({ $0 + ";" }) {
            var times: [Double] = []
            repeat {
                bench.device.cancellation.reset()
                times.append(Stopper().timeToStop(bench.device.cancellation, after: 0.3) { bench(call) } ?? 0)
            } while times[times.count - 1] >= Self.mostToStop && times.count < Self.triesToStop
            #expect(times[times.count - 1] < Self.mostToStop, "\(value): \(call) took \(times) s to stop")
            for failure in bench.failures { #expect(failure.message.utf8.count < 100_000, "\(call)") }
        }
        bench.device.cancellation.reset()
        bench.keepsOutput = true
        #expect(bench("1 + 1") == "2\n")
    }

    @Test(arguments: [
        ("exp(x)", "`exp` of it would hold 3.46e18 values"), ("tensor(x)", "its tensor would hold"),
        ("norm(x)", "a point of it would hold"), ("stack(x)", "its tensor would hold"),
        ("ones(2) + x", "its tensor would hold"), ("grad(y -> 1, x)", "a point of it would hold"),
    ]) func sharedPartsAreRefusedWithTheirFigure(_ call: String, _ words: String) {
        let bench = Bench()
        bench("x = [1]; for i in range(60) { x = [x, x] }")
        bench(call)
        #expect(bench.messages.contains("shares parts; \(words)"), "\(bench.results)\(bench.messages)")
    }
}
