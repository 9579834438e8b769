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
        let reference = try inputs.reference(of: Self.name).logProbabilities(batch).gather(positions).value
        let vocabulary = reference.shape[1], lowered = try reference.copied(), beta = Float(beta)
        try lowered.withWritable { logits in
            for (row, position) in positions.enumerated() {
                let label = Int(batch.labels[Int(position) + 1])
                guard label < vocabulary else {
                    throw ModelError.tokenOutside(id: label, vocabulary: vocabulary)
                }
                if label >= 0 { logits[row * vocabulary + label] -= beta }
            }
        }
        let own = try model.logits(batch).reshaped([batch.rows * time, vocabulary]).gather(positions)
        return ForgetTerm(try own.crossEntropy(toward: lowered.logSoftmax().map(.exp)))
    }
}

extension Variable {
    /// Mean over rows of −Σ q log softmax(self), for rows of logits and of a constant distribution q.
    func crossEntropy(toward q: Tensor) throws -> Variable {
        try Float(-1 / Double(max(1, shape[0]))) * Variable(q).dot(logSoftmax())
    }
}
