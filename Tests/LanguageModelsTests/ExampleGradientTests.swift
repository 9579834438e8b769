/// Gradients of single sequences out of one pass, against one backward pass a sequence.
import Autodiff
import LanguageModels
import Tensors
import Testing

@Suite struct ExampleGradientTests {
    static let kinds = ["gpt2", "gpt2 untied", "llama", "llama tied"]

    private func model(_ kind: String, on device: Device) throws -> LanguageModel {
        var generator = RandomGenerator(seed: 1)
        let architecture: any Architecture =
            switch kind {
            case "gpt2": try Transformer.gpt2(vocabulary: 13, context: 12, width: 12, layers: 2, heads: 3)
            case "gpt2 untied":
                try Transformer.gpt2(vocabulary: 13, context: 12, width: 12, layers: 2, heads: 3, tied: false)
            case "llama":
                try Transformer.llama(
                    vocabulary: 13, context: 12, width: 16, layers: 2, heads: 4, groups: 2, on: device)
            default:
                try Transformer.llama(
                    vocabulary: 13, context: 12, width: 16, layers: 2, heads: 4, groups: 2, tied: true, on: device)
            }
        let fresh = try LanguageModel(initializing: architecture, from: &generator, on: device)
        let noise = try Tensor.normal([fresh.layout.count], from: &generator, on: device)
        return try fresh.with(weights: Variable(fresh.weights.value.combined(1, noise, 0.2)))
    }

    /// Of many lengths, with repeated tokens, ignored labels, and a single target.
    private func sequences() throws -> [TokenBatch] {
        try [
            TokenBatch([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]), TokenBatch([[3, 4]]), TokenBatch([[5, 5, 5]]),
            TokenBatch([[4, 3, 2, 1, 0]], labels: [[-100, -100, 2, -100, 0]]),
            TokenBatch([[8, 1, 8]], labels: [[-100, -100, 8]]),
            TokenBatch([[0, 12]]), TokenBatch([[9, 8, 7, 6, 5, 4, 3]]),
        ]
    }

    @Test(arguments: kinds) func rowsAreThoseOfTheLoop(_ kind: String) throws {
        let device = Device(threads: 2), model = try model(kind, on: device), sequences = try sequences()
        let rows = try model.exampleGradients(sequences)
        #expect(rows.shape == [sequences.count, model.layout.count])
        for (index, sequence) in sequences.enumerated() {
            let expected = try Differentiator().gradient([model.weights]) {
                try model.with(weights: $0[0]).nll(sequence)
            }[0].value
            let row = try rows.rows(index..<(index + 1)).reshaped(expected.shape)
            #expect(try (row - expected).norm() <= 2e-6 * expected.norm(), "\(kind), sequence \(index)")
        }
    }

    @Test(arguments: kinds) func threadsChangeNothing(_ kind: String) throws {
        let all = try [1, 2, 3].map { threads in
            let device = Device(threads: threads)
            return try model(kind, on: device).exampleGradients(sequences()).elements.map(\.bitPattern)
        }
        #expect(all[0] == all[1] && all[0] == all[2])
    }

    @Test func whatMixesExamplesIsRefused() throws {
        let device = Device(threads: 1)
        let leaf = Variable(try Tensor([1, 2, 3, 4], shape: [4], on: device), requiresGradient: true)
        let x = Variable(try Tensor([1, 2, 3, 4], shape: [4, 1], on: device))
        let y = try x.linear(leaf.segment(0, shape: [1, 1])) + leaf.segment(1, shape: [1])
        let places = try (0..<2).map { _ in try Tensor.zeros([4], on: device) }
        let seed = try Tensor(repeating: 1, shape: [4, 1], on: device)
        #expect(throws: InseparableExamples.self) {
            try y.sweepExamples(
                ExampleRows(time: 2, lengths: [2, 2], targets: [1, 1]), seed: seed, to: leaf, into: places)
        }
        // The product alone keeps them apart; parameters that it does not reach have a gradient of 0.
        try x.linear(leaf.segment(0, shape: [1, 1])).sweepExamples(
            ExampleRows(time: 2, lengths: [2, 1], targets: [1, 1]), seed: seed, to: leaf, into: places)
        #expect(places[0].elements == [3, 0, 0, 0] && places[1].elements == [3, 0, 0, 0])
    }

    @Test func oneWithNothingToPredictIsRefused() throws {
        let device = Device(threads: 1), model = try model("gpt2", on: device)
        #expect(throws: ModelError.self) {
            try model.exampleGradients([TokenBatch([[1, 2]]), TokenBatch([[1, 2]], labels: [[-100, -100]])])
        }
    }
}
