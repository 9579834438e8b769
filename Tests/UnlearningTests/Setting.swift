// A tiny model with something to forget and something to retain.
import Settings
import Tokenizers
import Autodiff
import Datasets
import LanguageModels
import Optimizers
import Tensors
import Unlearning

struct Setting {
    let device: Device
    let base: LanguageModel
    let forget: [TokenSequence]
    let retain: [TokenSequence]

    init(
        threads: Int = 2, width: Int = 8, vocabulary: Int = 11, noise: Float = 0.3, memoryLimit: Int? = nil,
        on given: Device? = nil
    ) throws {
        device = given ?? Device(threads: threads, memoryLimit: memoryLimit)
        var generator = RandomGenerator(seed: 1)
        let fresh = try LanguageModel(
            initializing: Transformer.gpt2(vocabulary: vocabulary, context: 16, width: width, layers: 1, heads: 2),
            from: &generator, on: device)
        let added = try Tensor.normal([fresh.layout.count], from: &generator, on: device)
        base = try fresh.with(weights: Variable(fresh.weights.value.combined(1, added, noise)))
        func sequences(_ count: Int, _ start: Int) -> [TokenSequence] {
            (0..<count).map { row in
                TokenSequence(ids: (0..<(4 + row % 3)).map { (start + row * 5 + $0 * 3) % vocabulary }, promptLength: 2)
            }
        }
        forget = sequences(5, 1)
        retain = sequences(9, 4)
    }

    func recipe(
        _ optimizer: any StepRule, loss: WeightedLoss = WeightedLoss(GradientDifference()), rows: Int = 2
    ) throws -> Recipe {
        Recipe(
            base: base, forget: try BatchSchedule(forget, rows: rows, seed: 7),
            retain: try BatchSchedule(retain, rows: rows, seed: 8),
            objective: { (model: LanguageModel, inputs: StepInputs) in
                try loss(model, inputs.lossInputs(reference: loss.reference))
            }, lossName: "loss",
            rule: optimizer, seed: 3, differentiator: Differentiator())
    }

    func optimizer(_ name: String, _ settings: [(String, SettingValue)] = []) throws -> any Optimizer {
        guard let type = Optimizers.named(name) else { throw OptimizerError.state("no optimizer \(name)") }
        var made = type.init()
        for (key, value) in settings { try made.set(key, to: value) }
        return made
    }
}

/// Everything a run's state holds, to the bit.
struct Bits: Equatable, Sendable {
    let step: Int
    let weights: [UInt32]
    let rule: [[UInt32]]
    let log: [StepRecord]

    init(_ run: Run) {
        step = run.step
        weights = run.state.weights.elements.map(\.bitPattern)
        log = Array(run.log)
        rule = ((try? run.state.wholeRule) ?? run.state.rule).allTensors.map {
            (try? $0.tensor)?.elements.map(\.bitPattern) ?? []
        }
    }
}
