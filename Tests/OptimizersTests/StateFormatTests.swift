/// Optimizers that keep what they remember in bfloat16.
import Optimizers
import Tensors
import Testing

@Suite struct StateFormatTests {
    let device = Device(threads: 2)

    private var halved: [any ElementwiseOptimizer] {
        Optimizers.all.compactMap { type in
            guard var optimizer = type.init() as? any ElementwiseOptimizer else { return nil }
            optimizer.stateFormat = .bfloat16
            return optimizer
        }
    }

    private func gradients(_ count: Int, on device: Device) throws -> [Tensor] {
        var generator = RandomGenerator(seed: 1)
        return try (0..<6).map { _ in try Tensor.normal([count], from: &generator, on: device) }
    }

    @Test func theStateTakesHalfTheMemory() throws {
        let x = try Tensor(repeating: 1, shape: [1000], on: device)
        for optimizer in halved {
            let state = try optimizer.initialState(for: x)
            #expect(state.bytes == 2000 * optimizer.stateNames.count, "\(optimizer.name)")
        }
    }

    /// Threads and blocks change no bit, and a state goes on through plain numbers, to the same bits.
    @Test func bitsAreTheSame() throws {
        // Two blocks, the last of odd length.
        let count = (1 << 15) + 77
        for optimizer in halved {
            let results = try [1, 2].map { threads in
                let device = Device(threads: threads), gradients = try gradients(count, on: device)
                var x = try Tensor(repeating: 0.5, shape: [count], on: device)
                var state = try optimizer.initialState(for: x)
                for (step, gradient) in gradients.enumerated() {
                    if step == 3, threads == 2 {
                        state = try OptimizerState(
                            step: state.step,
                            tensors: state.tensors.map { .init(name: $0.name, tensor: try $0.tensor.copied()) })
                    }
                    (x, state) = try optimizer.step(x, gradient: gradient, state: state)
                }
                return try [x.elements] + state.tensors.map { try $0.tensor.elements }
            }
            #expect(results[0] == results[1], "\(optimizer.name)")
        }
    }

    /// Rounding is right in the mean: averages with a long past follow as they do in float32.
    @Test func averagesAreRightInTheMean() throws {
        let count = 4096
        func square(_ format: StateFormat) throws -> Double {
            var optimizer = AdamW()
            optimizer.stateFormat = format
            var x = try Tensor(repeating: 0, shape: [count], on: device)
            var state = try optimizer.initialState(for: x)
            for step in 0..<1500 {
                let gradient = try Tensor(repeating: step < 300 ? 1 : 0.1, shape: [count], on: device)
                (x, state) = try optimizer.step(x, gradient: gradient, state: state)
            }
            let square = try #require(try state["square"])
            return Double(square.elements.reduce(0, +)) / Double(count)
        }
        let (whole, half) = try (square(.float32), square(.bfloat16))
        #expect(abs(half / whole - 1) < 0.01, "\(half) and \(whole)")
    }
}
