/// Examples as a language model sees them: what curvature matrices of its loss are made of.
import Autodiff
import LanguageModels
import Tensors

/// What the matrix is the curvature of.
public enum LossMean: Equatable, Sendable {
    /// The mean token NLL over all targets of all examples.
    case tokens
    /// The mean over examples of each one's loss: its tokens' summed or mean NLL.
    case examples(LossReduction)
}

public struct ModelExamples: LayeredExamples {
    public let model: LanguageModel
    /// A sequence each, with something to predict.
    public let sequences: [TokenBatch]
    public let mean: LossMean
    private let targets: Int

    /// - Throws: when no sequence has anything to predict; those that have not are left out.
    public init(_ model: LanguageModel, _ sequences: [TokenBatch], mean: LossMean = .tokens) throws {
        _ = try model.weights.constant("a model whose curvature is estimated")
        self.model = model.detached
        self.mean = mean
        let counts = sequences.map { $0.targetCounts[0] }
        self.sequences = zip(sequences, counts).filter { $1 > 0 }.map(\.0)
        targets = counts.reduce(0, +)
        guard targets > 0 else { throw sequences.isEmpty ? ModelError.emptyBatch : ModelError.nothingToPredict }
    }

    public var parameters: Int { model.layout.count }
    public var count: Int { sequences.count }
    private var reduction: LossReduction {
        if case .examples(let reduction) = mean { return reduction }
        return .sum
    }

    /// Tokens are drawn independently of each other: the sum over tokens of outer products is that over sequences.
    public var exampleScale: Double { mean == .tokens ? 1 / Double(targets) : 1 / Double(count) }

    /// As a mean over positions, each with the gradient of its sequence's loss: kronfluence's convention for examples.
    public func positionScale(rows: Int) -> Double { mean == .tokens ? Double(rows) / Double(targets) : 1 }

    public func atMost(_ most: Int) -> any LayeredExamples { (try? fewer(most)) ?? self }

    /// At most so many of them, evenly spaced.
    public func fewer(_ most: Int) throws -> ModelExamples {
        guard most < count, most > 0 else { return self }
        return try ModelExamples(model, (0..<most).map { sequences[$0 * count / most] }, mean: mean)
    }

    public func passLayers(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (LinearLayerPass) throws -> Void
    ) throws {
        try model.passLinearLayers(sequences, labels: labels, reduction: reduction, progress: progress, visit: visit)
    }

    public var pieces: Int { model.groups(of: sequences).count }

    public func passLayers(
        ofPiece piece: Int, labels: LabelSource, visit: (LinearLayerPass) throws -> Void
    ) throws {
        try model.passLinearLayers(
            sequences, labels: labels, reduction: reduction, groups: piece..<piece + 1, visit: visit)
    }

    public func eachGradient(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (_ indices: [Int], _ rows: Tensor) throws -> Void
    ) throws {
        try model.eachExampleGradient(
            sequences, labels: labels, reduction: reduction, progress: progress, visit: visit)
    }

    public func summedGradient(labels: LabelSource) throws -> Tensor {
        try model.summedGradient(sequences, labels: labels, reduction: reduction)
    }

    /// Products with the Gauss-Newton matrix, or the Hessian, of the mean loss, a group of sequences in memory at a
    /// time.
    public func product(
        _ vector: Tensor, gaussNewton: Bool, differentiator: Differentiator
    ) throws -> Tensor {
        let sum = try Tensor.zeros([parameters], on: model.device)
        let flat = Variable(try vector.reshaped([parameters]))
        let groups = model.groups(of: sequences), scale = Float(exampleScale)
        func product(_ group: [Int]) throws -> Tensor {
            try model.device.cancellation.check()
            let batch = try TokenBatch.sideBySide(group.map { sequences[$0] })
            let loss: Differentiator.Function = { try model.with(weights: $0[0]).weightedLoss(batch, reduction) }
            return
                (gaussNewton
                ? try differentiator.gaussNewtonProduct([model.weights], [flat], of: loss)
                : try differentiator.hessianProduct([model.weights], [flat], of: loss))[0].value
        }
        if model.device.ranks.sharesWork || model.device.ranks.isLogged {
            let found = try differentiator.sums("product with a curvature", of: groups.count, on: model.device) {
                Summand(tensors: [try product(groups[$0])])
            }.tensors
            if let found = found.first ?? nil { sum.accumulate(found, times: scale) }
        } else {
            for group in groups { sum.accumulate(try product(group), times: scale) }
        }
        return try sum.reshaped(vector.shape)
    }

    /// The curvature of the mean loss as a source: products, gradients of single examples, and layers.
    /// - Parameter ranges: parameters that take part; the matrix is 0 in the rows and columns of all others.
    public func source(
        gaussNewton: Bool, within ranges: [Range<Int>]? = nil, seed: UInt64, differentiator: Differentiator,
        progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) -> CurvatureSource {
        func kept(_ tensor: Tensor) throws -> Tensor { try ranges.map { try tensor.keeping($0) } ?? tensor }
        let perExampleReduction: LossReduction = mean == .examples(.sum) ? .sum : .mean
        return CurvatureSource(
            shape: [parameters], on: model.device,
            product: { try kept(product(kept($0), gaussNewton: gaussNewton, differentiator: differentiator)) },
            perExample: { most in
                let count = min(max(1, most), sequences.count)
                let rows = try model.exampleGradients(
                    (0..<count).map { sequences[$0 * sequences.count / count] }, reduction: perExampleReduction
                ) { done, total in
                    if !progress(SolverProgress(iteration: done, most: total)) { throw TensorError.interrupted }
                }
                return try kept(rows)
            }, leading: { try kept(leadingGradients($0, reduction: perExampleReduction, progress: progress)) },
            examples: self,
            subset: { most in
                try fewer(most).source(
                    gaussNewton: gaussNewton, within: ranges, seed: seed, differentiator: differentiator,
                    progress: progress)
            }, seed: seed, progress: progress)
    }

    /// The gradients of the first examples, at most so many, as rows [M, P].
    public func leadingGradients(
        _ most: Int, reduction: LossReduction = .mean, progress: (SolverProgress) -> Bool
    ) throws -> Tensor {
        try model.exampleGradients(Array(sequences.prefix(max(1, most))), reduction: reduction) { done, total in
            if !progress(SolverProgress(iteration: done, most: total)) { throw TensorError.interrupted }
        }
    }

    /// The parameters of the model's linear layers, without the one that gives the logits: weights, then biases.
    public func linearLayers() throws -> [LinearLayer] {
        guard let shortest = sequences.min(by: { $0.time < $1.time }) else { return [] }
        var layers: [LinearLayer] = []
        try model.passLinearLayers([shortest], labels: .data, reduction: .sum) { layers.append($0.layer) }
        return layers.reversed()
    }
}

extension Tensor {
    /// The same numbers in some columns of the last axis, and 0 in all others.
    func keeping(_ ranges: [Range<Int>]) throws -> Tensor {
        guard let width = shape.last, width > 0 else { return self }
        let result = try Tensor.zeros(shape, on: device)
        result.withWritable { target in
            withElements { source in
                for start in stride(from: 0, to: count, by: width) {
                    for range in ranges { for place in range { target[start + place] = source[start + place] } }
                }
            }
        }
        return result
    }
}
