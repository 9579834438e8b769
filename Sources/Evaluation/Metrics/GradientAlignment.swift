/// Whether forgetting and retaining pull the same way.
import Autodiff
import Datasets
import LanguageModels
import Settings
import Tensors

public struct GradientAlignment: Metric {
    public static let name = "gradient_alignment"
    public static let followsWeights = true
    public static let summary = """
        The cosine between the gradients of the mean token NLL on what is to be forgotten and on what is to be kept: \
        near 1 a step that unlearns the one unlearns the other, too; at 0 they are free of each other. The details \
        hold the same by example of the forget set (against the retain gradient), by layer, by layer and example (a \
        list "….by_example" a layer), and by parameter tensor (Wang et al. 2025, G-effect).
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
        let layers = Self.layers(model.layout)
        var byExample: [Double] = [], byLayer = layers.map { _ in [Double]() }
        for start in stride(from: 0, to: forgotten.count, by: 16) {
            let part = Array(forgotten[start..<min(start + 16, forgotten.count)])
            let rows = try model.exampleGradients(part)
            for row in part.indices {
                let gradient = rows.segment(row * retain.count, shape: [retain.count])
                byExample.append(try cosine(gradient, retain))
                for (index, layer) in layers.enumerated() {
                    byLayer[index].append(try cosine(gradient, retain, in: layer.range))
                }
            }
        }
        let byTensor = try model.layout.entries.map { name, entry in
            (name: name, values: [try cosine(forget, retain, in: entry.offset..<(entry.offset + entry.count))])
        }
        let details = try zip(layers, byLayer).flatMap { layer, examples in
            [
                (name: layer.name, values: [try cosine(forget, retain, in: layer.range)]),
                (name: layer.name + ".by_example", values: examples),
            ]
        }
        // A layer of one tensor may have its name.
        return MetricValue(
            try cosine(forget, retain), byExample: byExample,
            details: details + byTensor.filter { tensor in !details.contains { $0.name == tensor.name } })
    }

    /// The parts of a model that stand side by side in its checkpoint: each block, and what is in none by its module.
    private static func layers(_ layout: ParameterLayout) -> [(name: String, range: Range<Int>)] {
        var layers: [(name: String, range: Range<Int>)] = []
        for (name, entry) in layout.entries {
            let parts = name.split(separator: ".")
            let number = parts.firstIndex { $0.allSatisfy(\.isNumber) }
            let layer = parts[..<(number.map { $0 + 1 } ?? max(1, parts.count - 1))].joined(separator: ".")
            let end = entry.offset + entry.count
            if let last = layers.last, last.name == layer, last.range.upperBound == entry.offset {
                layers[layers.count - 1].range = last.range.lowerBound..<end
            } else {
                layers.append((layer, entry.offset..<end))
            }
        }
        return layers
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

    private func cosine(_ a: Tensor, _ b: Tensor, in range: Range<Int>) throws -> Double {
        try cosine(
            a.segment(range.lowerBound, shape: [range.count]), b.segment(range.lowerBound, shape: [range.count]))
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
