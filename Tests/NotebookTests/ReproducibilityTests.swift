// The same bits for any number of threads, and no memory asked for once a training is under way.
import Autodiff
import LanguageModels
import Optimizers
import Tensors
import Testing
import Unlearning

@Suite struct ReproducibilityTests {
    /// Sizes at which every kind of work is cut into blocks: matrix products into several tiles, sums over rows and
    /// weights.
    private func model(_ kind: String, on device: Device) throws -> LanguageModel {
        let architecture: any Architecture =
            kind == "gpt2"
            ? try Transformer.gpt2(vocabulary: 1111, context: 48, width: 96, layers: 2, heads: 4)
            : try Transformer.llama(
                vocabulary: 1111, context: 48, width: 96, layers: 2, heads: 4, groups: 2, on: device)
        var generator = RandomGenerator(seed: 5)
        return try LanguageModel(initializing: architecture, from: &generator, on: device)
    }

    /// Sequences of different lengths.
    private func batch() throws -> TokenBatch {
        try TokenBatch((0..<9).map { row in (0..<(48 - 3 * row)).map { ($0 * 7919 + row * 104_729) % 1111 } })
    }

    private func run(_ model: LanguageModel, optimizer: any Optimizer) throws -> Run {
        let objective: Objective = { model, forget, _ in
            LossParts(total: try model.nll(forget), forget: nil, retain: nil)
        }
        return try Run(
            Recipe(
                base: model, forget: BatchSchedule(batch()), retain: nil, objective: objective, lossName: "nll",
                rule: optimizer, seed: 3,
                differentiator: Differentiator()),
            memory: 0)
    }

    /// Weights after a training by Sophia with sampled curvature, and products of Hessian and Gauss-Newton matrix
    /// there.
    private func outcome(_ kind: String, threads: Int) throws -> [[UInt32]] {
        let device = Device(threads: threads)
        var optimizer = Sophia()
        optimizer.every = 3
        let trained = try run(model(kind, on: device), optimizer: optimizer).stepped(7).run.model
        var generator = RandomGenerator(seed: 8)
        let direction = Variable(try Tensor.normal([trained.layout.count], from: &generator, on: device))
        let batch = try batch()
        let loss: Differentiator.Function = { try trained.with(weights: $0[0]).nll(batch) }
        let results =
            try [trained.weights] + Differentiator().hessianProduct([trained.weights], [direction], of: loss)
            + Differentiator().gaussNewtonProduct([trained.weights], [direction], of: loss)
        return results.map { $0.value.elements.map(\.bitPattern) }
    }

    @Test(arguments: ["gpt2", "llama"]) func threadsDoNotChangeBits(_ kind: String) throws {
        let one = try outcome(kind, threads: 1)
        #expect(one.allSatisfy { $0.contains { $0 != 0 } })
        for threads in [2, 5] { #expect(try outcome(kind, threads: threads) == one) }
    }

    @Test(arguments: ["adamw", "sophia"]) func trainingAsksForNoMemoryAfterItsSecondStep(_ name: String) throws {
        let device = Device(threads: 2)
        var optimizer = try #require(Optimizers.named(name)).init()
        if name == "sophia" { try optimizer.set("k", to: .number(1)) }
        var run = try run(model("gpt2", on: device), optimizer: optimizer)
        for _ in 0..<2 { try run.takeStep() }
        let before = device.memory.allocations
        for _ in 0..<20 { try run.takeStep() }
        #expect(device.memory.allocations == before)
    }
}
