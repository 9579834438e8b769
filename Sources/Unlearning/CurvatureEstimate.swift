/// The diagonal of the curvature that second-order optimizers ask a run for.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

public enum CurvatureEstimate {
    /// Gauss-Newton-Bartlett (Liu et al., arXiv 2305.14342, algorithm 2): labels drawn from the model's own
    /// distribution at each of the batch's B targets, ĝ the gradient of their mean NLL; B ĝ⊙ĝ, or ĝ⊙ĝ unless `scaled`.
    public static func gaussNewtonBartlett(
        _ model: LanguageModel, _ batch: TokenBatch, scaled: Bool, from generator: inout RandomGenerator
    ) throws -> Tensor {
        try gaussNewtonBartlett(model, [batch], scaled: scaled, from: &generator)
    }

    /// The same of one batch in several parts, with the memory of one of them.
    /// - Parameters:
    ///   - selection: the weights that it is wanted of, if not of all; of others it may be 0.
    ///   - parts: which part of it a rank is given; nil for the whole.
    static func gaussNewtonBartlett(
        _ model: LanguageModel, _ parts: [TokenBatch], of selection: ElementSelection? = nil, scaled: Bool,
        from generator: inout RandomGenerator, parts division: RankParts? = nil
    ) throws -> Tensor {
        let positions = parts.map(\.targets.positions), total = positions.reduce(0) { $0 + $1.count }
        guard total > 0 else { throw ModelError.nothingToPredict }
        // Drawn before the parts are shared out, in their order.
        let draws = positions.map { $0.map { _ in generator.uniform() } }
        let used = parts.indices.filter { !positions[$0].isEmpty }
        var sums = try model.device.ranks.sums(
            "curvature of a step", of: used.count, on: model.device, parts: division
        ) {
            let (part, positions, draws) = (parts[used[$0]], positions[used[$0]], draws[used[$0]])
            let leaf = Variable(model.weights.value, requiresGradient: true)
            let weights = try selection.map { try leaf.restricted(to: $0) } ?? leaf
            let predictions = try model.with(weights: weights).predictions(part, positions)
            let labels = try predictions.sampledLabels { draws[$0] }
            var loss = try predictions.crossEntropy(labels).mean()
            if positions.count < total { loss = try Float(Double(positions.count) / Double(total)) * loss }
            return Summand(tensors: [try loss.sweep(.gradient, to: [leaf]).first?.gradient])
        }.tensors
        guard var square = sums.popLast() ?? nil else {
            return try Tensor.zeros(division.map { [$0.own.count] } ?? model.weights.shape, on: model.device)
        }
        try square.square(times: scaled ? Float(total) : 1)
        return square
    }

    /// u ⊙ (H u) for the Hessian of `loss` (Hutchinson).
    public static func hutchinson(
        _ weights: Tensor, _ probe: Tensor, differentiator: Differentiator,
        loss: @escaping (Variable) throws -> Variable
    ) throws -> Tensor {
        try hutchinson(weights, probe, differentiator: differentiator, losses: [loss])
    }

    /// u ⊙ (H u) for the Hessian of the sum of `losses` (Hutchinson).
    /// - Parameter parts: which part of it a rank is given; nil for the whole.
    public static func hutchinson(
        _ weights: Tensor, _ probe: Tensor, differentiator: Differentiator, losses: [(Variable) throws -> Variable],
        parts: RankParts? = nil
    ) throws -> Tensor {
        let sums = try differentiator.sums(
            "curvature of a step", of: losses.count, on: weights.device, parts: parts
        ) { index in
            let product = try differentiator.hessianProduct([Variable(weights)], [Variable(probe)]) {
                try losses[index]($0[0])
            }
            return Summand(tensors: [try product[0].constant("the curvature of a run's loss")])
        }.tensors
        let own = parts?.view(of: probe) ?? probe
        return try (sums.first ?? nil).map { try $0 * own } ?? Tensor.zeros(own.shape, on: weights.device)
    }
}
