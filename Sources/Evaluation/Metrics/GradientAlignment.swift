/// Whether forgetting and retaining pull the same way.
import Autodiff
import Datasets
import LanguageModels
import Settings
import Tensors

public struct GradientAlignment: Metric {
    public static let name = "gradient_alignment"
    public static let summary = """
        The cosine between the gradients of the mean token NLL on what is to be forgotten and on what is to be kept: \
        near 1 a step that unlearns the one unlearns the other, too; at 0 they are free of each other. One cosine an \
        example of the forget set (against the retain gradient) and one a parameter tensor are among the details (Wang \
        et al. 2025, G-effect).
        """
    public static let better = MetricDirection.lower
    public static let unit = "cosine"
    public static let needs: [MetricNeed] = [.retain]
    public static let exampleCondition = "<= 1.001"
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        guard !subject.data.isSingle else { throw MetricNeed.retain.missing(for: Self.name, "examples to retain") }
        let model = subject.model.detached
        let forgotten = try subject.batches(.forget, for: Self.name)
        let forget = try gradient(model, forgotten)
        let retain = try gradient(model, subject.batches(.retain, for: Self.name))
        var byExample: [Double] = []
        for start in stride(from: 0, to: forgotten.count, by: 16) {
            let part = Array(forgotten[start..<min(start + 16, forgotten.count)])
            let rows = try model.exampleGradients(part)
            for row in part.indices {
                byExample.append(try cosine(rows.segment(row * retain.count, shape: [retain.count]), retain))
            }
        }
        let byTensor = try model.layout.entries.map { name, entry in
            let (a, b) = (
                forget.segment(entry.offset, shape: [entry.count]), retain.segment(entry.offset, shape: [entry.count])
            )
            return (name: name, values: [try cosine(a, b)])
        }
        return MetricValue(try cosine(forget, retain), byExample: byExample, details: byTensor)
    }

    private func gradient(_ model: LanguageModel, _ batches: [TokenBatch]) throws -> Tensor {
        // Batches of like length, as many rows as fit.
        let merged = try BatchMerging.merged(batches)
        let result = try Differentiator().valueAndGradient([model.weights]) {
            try model.with(weights: $0[0]).nll(merged)
        }
        guard let gradient = result.1.first else {
            throw MetricError("`\(Self.name)` found no gradient: the examples have nothing to predict")
        }
        return try gradient.constant("a gradient")
    }

    /// 0 where one of the two is zero.
    private func cosine(_ a: Tensor, _ b: Tensor) throws -> Double {
        let lengths = a.norm() * b.norm()
        return lengths == 0 ? 0 : try a.dot(b) / lengths
    }
}

/// Single sequences side by side again.
enum BatchMerging {
    static func merged(_ batches: [TokenBatch]) throws -> [TokenBatch] {
        try BatchPlan(grouping: batches.map(\.time)).batches.map { group in
            try TokenBatch(group.map { batches[$0].ids(ofRow: 0) }, labels: group.map { batches[$0].labels(ofRow: 0) })
        }
    }
}
