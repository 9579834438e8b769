/// Steps of which each rank takes a part: what an optimizer remembers, and gradients once they are summed, are divided
/// among the ranks, and the new weights are put together (stages 1 and 2 of ZeRO, Rajbhandari et al., arXiv 1910.02054).
///
/// The parts begin where blocks of elementwise work do, so that all has the bits of one rank that holds the whole.
import Optimizers
import Tensors

extension Recipe {
    /// How the ranks divide what the rule remembers; nil where each has all of it.
    func parts(from least: Int) -> RankParts? {
        let count = base.weights.count
        guard rule.movesPartsAlone, count >= least, var parts = base.device.ranks.parts(of: count) else { return nil }
        parts.holdsOneSummand = 4 * count >= Self.largeGradient
        return parts
    }

    /// Bytes of a gradient of which a rank holds but one beside its part of the sum, however many micro-batches it has.
    private static let largeGradient = 1 << 30
}

extension RunState {
    /// A state that is whole, as `parts` divide it.
    func divided(among parts: RankParts?) throws -> RunState {
        guard let parts, self.parts == nil else { return self }
        var state = self
        state.rule = try rule.changed { try $0.count == parts.total ? parts.part(of: $0) : $0 }
        state.parts = parts
        return state
    }

    /// What the rule remembers of all weights. Where ranks have it in parts, all of them must ask.
    public var wholeRule: OptimizerState {
        get throws {
            guard let parts else { return rule }
            return try rule.changed { part in
                var whole = try Tensor.zeros(weights.shape, on: part.device)
                try part.device.ranks.complete("state of an optimizer", &whole, from: part, parts)
                return whole
            }
        }
    }
}

extension Run {
    /// How many weights a run has at least whose optimizer's state is divided: less is not worth it, and a whole state
    /// goes anywhere, also into the function of a study.
    public static let shardedFrom = 1 << 22

    /// One step of the rule on this rank's part of the weights; every rank gets all of the new ones.
    func advance(
        _ weights: inout Tensor, state rule: inout OptimizerState, _ parts: RankParts, with gradients: StepGradients
    ) throws -> StepFigures {
        let ranks = weights.device.ranks, place = "update of step \(step + 1)"
        // Here alone: what is written over must be seen by nobody else.
        let overwrites = weights.isUnique
        let (part, figures) = try moved(weights, overwrites, &rule, parts, gradients)
        try ranks.complete(place, &weights, from: part, parts)
        let clipped = (figures.clipped * Double(parts.own.count)).rounded()
        let all = try ranks.joined(place, [clipped, figures.isFinite ? 1 : 0])
        var common = figures
        common.clipped = stride(from: 0, to: all.count, by: 2).reduce(0) { $0 + all[$1] } / Double(max(1, parts.total))
        common.isFinite = stride(from: 1, to: all.count, by: 2).allSatisfy { all[$0] != 0 }
        return common
    }

    /// This rank's part of the weights after the step, in their memory where that `overwrites` it.
    private func moved(
        _ weights: Tensor, _ overwrites: Bool, _ rule: inout OptimizerState, _ parts: RankParts,
        _ gradients: StepGradients
    ) throws -> (part: Tensor, figures: StepFigures) {
        var part = parts.view(of: weights), supply = gradients.supply
        let ranks = weights.device.ranks, place = "gradient of step \(step + 1)"
        supply.parameters = supply.parameters.part(parts.own)
        supply.origin = parts.own.lowerBound
        supply.overwrites = overwrites
        supply.moving = supply.moving?.part(parts.own)
        supply.length = { try ranks.norm(place, of: $0, parts) }
        // Estimates are of all weights, and a rule knows its own.
        if let estimate = supply.estimate { supply.estimate = { request, _ in try estimate(request, weights) } }
        let figures = try recipe.rule.advance(&part, gradient: gradients.gradient, state: &rule, with: supply)
        return (part, figures)
    }

    /// The name of what the rule remembers that is no longer finite, on any rank.
    func lostTensor(of rule: OptimizerState, _ parts: RankParts?) throws -> String? {
        let tensors = rule.allTensors, own = try tensors.firstIndex { try !$0.tensor.isFinite }
        guard parts != nil else { return own.map { tensors[$0].name } }
        let all = try state.weights.device.ranks.joined("state of an optimizer", [Double(own ?? -1)])
        return all.filter { $0 >= 0 }.min().map { tensors[Int($0)].name }
    }
}
