/// CE-U (Yang, arXiv 2503.01224): the model's own distribution without the label is the target.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct CrossEntropyUnlearning: UnlearningLoss {
    public static let name = "ceu"
    public static let summary = """
        Cross-entropy unlearning, CE-U (Yang 2025): the cross-entropy to the model's own distribution with the label's \
        logit at minus infinity, a constant to derivatives; the mean over answer tokens but the first of each answer, \
        which says little of what is to be forgotten.
        """
    public var ignored = 1
    public static let settings: [Setting<Self>] = [
        .integer("ignore", \.ignored, "so many first tokens of each answer are left out", in: 0...1_000_000)
    ]
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? {
        examples.forget.targetCounts.reduce(0) { $0 + max(0, $1 - ignored) }
    }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let (positions, labels) = inputs.forget.targets
        var kept: [Int] = [], start = 0
        for count in inputs.forget.targetCounts {
            kept += (start..<start + count).dropFirst(ignored)
            start += count
        }
        guard !kept.isEmpty else {
            throw UnlearningError.setting(
                """
                \(Self.name) leaves out the first \(ignored) tokens of each answer, and no answer is longer; set ignore=
                """)
        }
        let own = try model.predictions(inputs.forget, kept.map { positions[$0] }), vocabulary = own.vocabulary
        if let outside = kept.first(where: { Int(labels[$0]) >= vocabulary }) {
            throw ModelError.tokenOutside(id: Int(labels[outside]), vocabulary: vocabulary)
        }
        let rows = try own.eachPosition { [kept] logits, range in
            let target = try logits.value.copied()
            target.withWritable { x in
                for (row, place) in kept[range].enumerated() {
                    let label = Int(labels[place])
                    // So low that its share is 0 in float32; the kernels do without infinities.
                    let logits = UnsafeBufferPointer(start: x + row * vocabulary, count: vocabulary)
                    let largest = logits.indices.reduce(-Float.infinity) { $1 == label ? $0 : max($0, logits[$1]) }
                    x[row * vocabulary + label] = largest - 200
                }
            }
            return try logits.crossEntropies(toward: target.logSoftmax().map(.exp))
        }
        return ForgetTerm(try rows.mean())
    }
}
