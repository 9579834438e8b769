// Curves of a frontier: means over seeds, and the height at a level.
import Autodiff
import Evaluation
import LanguageModels
import Optimizers
import Tensors
import Testing
import Unlearning

@Suite struct FrontierTests {
    private func run() throws -> Run {
        let device = Device(threads: 1)
        var generator = RandomGenerator(seed: 1)
        let base = try LanguageModel(
            initializing: Transformer.gpt2(vocabulary: 7, context: 8, width: 8, layers: 1, heads: 2), from: &generator,
            on: device)
        let forget = try TokenBatch([[1, 2, 3]]), retain = try TokenBatch([[3, 2, 1]])
        return try Run(
            Recipe(
                base: base, forget: BatchSchedule(forget), retain: BatchSchedule(retain),
                objective: { try WeightedLoss(GradientDifference())($0, $1, $2) }, lossName: "graddiff",
                rule: StochasticGradientDescent(), seed: 0, differentiator: Differentiator()), memory: 0)
    }

    @Test func aPathIsMeasuredFromItsStartOn() throws {
        let run = try run(), (forget, retain) = try run.batches()
        let kept = try #require(retain)
        var path = try FrontierPath(
            of: run, seedOffset: 0,
            measures: (
                { Double(try $0.nll(forget).value.item()) }, { Double(try $0.nll(kept).value.item()) }
            ))
        try path.measure()
        for _ in 0..<2 {
            for _ in 0..<5 { try path.step() }
            try path.measure()
        }
        #expect(path.steps == [0, 5, 10] && path.isRunning)
        let end = try run.stepped(10).run.model
        let last = (x: Double(try end.nll(forget).value.item()), y: Double(try end.nll(kept).value.item()))
        #expect(path.x[2] == last.x && path.y[2] == last.y)
        #expect(path.x[2] > path.x[0])
        let curve = FrontierCurve([path, path])
        #expect(curve.x == path.x && curve.steps == path.steps)
        #expect(curve.y(atFirst: path.x[0] - 1) == path.y[0] && curve.y(atFirst: path.x[2] + 1) == nil)
        let between = try #require(curve.y(atFirst: (path.x[1] + path.x[2]) / 2))
        #expect(abs(between - (path.y[1] + path.y[2]) / 2) < 1e-9)
    }

    @Test func whatIsNoNumberEndsAPath() throws {
        var count = 0.0
        var path = try FrontierPath(
            of: run(), seedOffset: 1,
            measures: (
                { _ in
                    count += 1
                    return count > 2 ? .nan : count
                }, { _ in 0 }
            ))
        for _ in 0..<4 {
            try path.measure()
            try path.step()
        }
        #expect(path.x == [1, 2] && path.divergedAt == 2)
    }
}
