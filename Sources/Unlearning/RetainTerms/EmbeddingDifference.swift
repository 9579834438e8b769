/// How far a layer's hidden states on the retain batch have moved from the reference model's.
import Autodiff
import LanguageModels
import Settings

public struct EmbeddingDifference: RetainTerm {
    public static let name = "embedding_difference"
    public static let summary = """
        The squared distance of a layer's hidden states on the retain batch from the reference model's: the mean over \
        the hidden state's numbers, then over the answer tokens of each sequence, then over sequences (the retain term \
        of RMU, Li et al. 2024). layer counts as hidden_states does; 0 stands for the middle one.
        """
    public var layer = 0
    public static let settings: [Setting<Self>] = [.layer("layer", \.layer)]
    public static let needsReference = true
    public init() {}

    public func termCount(_ batch: TokenBatch) -> Int? { batch.labelledRows }

    public func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue {
        let layer = try model.layer(layer, of: Self.name)
        let reference = try inputs.reference(of: "the retain term \(Self.name)").hiddenStates(batch, layer: layer)
        let difference = try model.hiddenStates(batch, layer: layer) - reference
        return RetainValue(try difference.meanSquare(onAnswersOf: batch))
    }
}

extension Setting {
    /// A layer's number; 0 for the middle one.
    static func layer(_ name: String, _ path: WritableKeyPath<Root, Int> & Sendable) -> Setting {
        .integer(name, path, "whose hidden states, counted from 1; 0 for the middle layer", in: 0...10_000)
    }
}

extension LanguageModel {
    /// A layer that a loss asks for, where 0 is the middle one.
    func layer(_ number: Int, of loss: String) throws -> Int {
        let layers = architecture.layers
        guard number <= layers else {
            throw UnlearningError.setting("\(loss) wants layer \(number), and the model has \(layers); set layer=")
        }
        return number == 0 ? (layers + 1) / 2 : number
    }
}

extension Variable {
    /// Of hidden states [rows, time, width]: the mean square over the width, then over each row's answer tokens, then
    /// over the rows that have some.
    func meanSquare(onAnswersOf batch: TokenBatch) throws -> Variable {
        let width = shape.last ?? 1
        var positions: [Int32] = [], shares: [Float] = []
        func labels(_ row: Int) -> ArraySlice<Int32> { batch.labels[row * batch.time..<(row + 1) * batch.time] }
        let counts = (0..<batch.rows).map { row in labels(row).count { $0 >= 0 } }
        let rows = counts.count { $0 > 0 }
        guard rows > 0 else { throw ModelError.nothingToPredict }
        for row in 0..<batch.rows where counts[row] > 0 {
            for (t, label) in labels(row).enumerated() where label >= 0 {
                positions.append(Int32(row * batch.time + t))
                shares.append(Float(1 / (Double(rows) * Double(counts[row]) * Double(width))))
            }
        }
        let chosen = try reshaped([batch.rows * batch.time, width]).gather(positions)
        let squares = try chosen.apply(.square).summed(to: [positions.count, 1])
        return try squares.dot(Variable(Tensor(shares, shape: [positions.count, 1], on: device)))
    }
}

import Tensors
