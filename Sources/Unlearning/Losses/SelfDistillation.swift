/// UNDIAL (Dong et al., arXiv 2402.10052): distillation from a teacher whose memorised tokens are turned down.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct SelfDistillation: UnlearningLoss {
    public static let name = "undial"
    public static let summary = """
        Self-distillation with adjusted logits, UNDIAL (Dong et al. 2024): the cross-entropy to softmax(reference \
        logits - beta · one-hot(label)), the mean over all positions that have a next one. Where nothing is to be \
        predicted (label -100) the reference's own distribution is the target; padding counts among these.
        """
    public var beta = 10.0
    public static let settings: [Setting<Self>] = [
        .number("beta", \.beta, "how far the reference's logit of the label is turned down")
    ]
    public static let needsReference = true
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.rows * (examples.forget.time - 1) }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let batch = inputs.forget, time = batch.time
        guard time > 1 else { throw ModelError.nothingToPredict }
        let positions = (0..<batch.rows * time).filter { $0 % time != time - 1 }.map { Int32($0) }
        let labels = positions.map { batch.labels[Int($0) + 1] }, beta = Float(beta)
        let own = try model.predictions(batch, positions), vocabulary = own.vocabulary
        if let outside = labels.first(where: { Int($0) >= vocabulary }) {
            throw ModelError.tokenOutside(id: Int(outside), vocabulary: vocabulary)
        }
        let reference = try inputs.reference(of: Self.name).predictions(batch, positions)
        let rows = try own.eachPosition { logits, range in
            let lowered = try reference.logits(range).value.copied()
            lowered.withWritable { x in
                for (row, label) in labels[range].enumerated() where label >= 0 {
                    x[row * vocabulary + Int(label)] -= beta
                }
            }
            return try logits.crossEntropies(toward: lowered.logSoftmax().map(.exp))
        }
        return ForgetTerm(try rows.mean())
    }
}

extension Variable {
    /// −Σ q log softmax(self) of each row, for rows of logits and of a constant distribution q: [rows].
    func crossEntropies(toward q: Tensor) throws -> Variable {
        try -1 * (Variable(q) * logSoftmax()).summed(to: [shape[0], 1]).reshaped([shape[0]])
    }
}
