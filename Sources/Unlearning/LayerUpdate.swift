/// The next update of a run, layer by layer.
import Optimizers
import Tensors

/// What a step does to a part of the model.
public struct LayerUpdate: Equatable, Sendable {
    /// As the checkpoint calls it.
    public let name: String
    public let count: Int
    /// Length of the update and of the weights before it.
    public let update, weights: Double
    /// Fraction of weights whose update is clipped, for optimizers that clip.
    public let clipped: Double?

    public init(name: String, count: Int, update: Double, weights: Double, clipped: Double?) {
        (self.name, self.count, self.update, self.weights) = (name, count, update, weights)
        self.clipped = clipped
    }
}

extension Run {
    /// The next update, without taking it, added up over parts of the model.
    /// - Parameter part: from a parameter's name to the part's; nil gives each parameter a part of its own.
    /// - Returns: the parts in the order of the checkpoint.
    public func layerUpdates(by part: (String) -> String) throws -> [LayerUpdate] {
        let parameters = try parameterUpdates()
        let clips = recipe.rule.clips || parameters.contains { $0.clipped > 0 }
        var order: [String] = [], sums: [String: (count: Int, update: Double, weights: Double, clipped: Double)] = [:]
        for parameter in parameters {
            let name = part(parameter.name)
            if sums[name] == nil { order.append(name) }
            var sum = sums[name] ?? (0, 0, 0, 0)
            sum.count += parameter.count
            sum.update += parameter.update * parameter.update
            sum.weights += parameter.weights * parameter.weights
            sum.clipped += parameter.clipped * Double(parameter.count)
            sums[name] = sum
        }
        return order.compactMap { name in
            sums[name].map { sum in
                LayerUpdate(
                    name: name, count: sum.count, update: sum.update.squareRoot(), weights: sum.weights.squareRoot(),
                    clipped: clips && sum.count > 0 ? sum.clipped / Double(sum.count) : nil)
            }
        }
    }

    private typealias ParameterUpdate = (name: String, count: Int, update: Double, weights: Double, clipped: Double)

    private func parameterUpdates() throws -> [ParameterUpdate] {
        let layout = recipe.base.layout
        guard let optimizer = recipe.rule as? any ElementwiseOptimizer else {
            // Other rules work on the whole model, and do not tell what of it they clip.
            let (next, _) = try stepped(1)
            guard next.step > step else { throw TensorError.interrupted }
            let update = try next.state.weights - state.weights
            return layout.entries.map { name, entry in
                (
                    name, entry.count, update.segment(entry.offset, shape: entry.shape).norm(),
                    state.weights.segment(entry.offset, shape: entry.shape).norm(), 0
                )
            }
        }
        // One that works element by element moves a part by itself as it does in the whole.
        let gradients = try stepGradients(), whole = try state.wholeRule, supply = gradients.supply
        let curvature = try optimizer.curvature.flatMap { request in
            request.isDue(after: whole.step) ? try supply.estimate?(request, state.weights) : nil
        }
        let settled = try optimizer.settled(
            for: gradients.gradient, curvature: curvature, state: whole, moving: recipe.trainable)
        let rates = recipe.rule.stepRates(in: whole, with: supply),
            decaying = recipe.parameters.decaying ?? [0..<layout.count]
        let remembered = try whole.tensors.map { (name: $0.name, tensor: try $0.tensor) }
        return try layout.entries.map { name, entry in
            func part(_ tensor: Tensor) -> Tensor { tensor.segment(entry.offset, shape: [entry.count]) }
            let before = part(state.weights)
            var after = before
            var own = try OptimizerState(
                step: whole.step,
                tensors: remembered.map { OptimizerState.Entry(name: $0.name, tensor: part($0.tensor)) })
            let range = entry.offset..<(entry.offset + entry.count)
            let figures = try settled.advance(
                &after, gradient: part(gradients.gradient), state: &own, curvature: curvature.map(part),
                decaying: decaying.compactMap { $0.clamped(to: range).shifted(by: -entry.offset) },
                learningRate: rates.first)
            for decay in recipe.decays where decay.range == range {
                try [ParameterRate(range: 0..<entry.count, factor: decay.factor)].shrink(
                    &after, from: before, rates: rates)
            }
            for rate in recipe.rates where rate.range == range {
                after = try before.combined(Float(1 - rate.factor), after, Float(rate.factor))
            }
            let moving = recipe.trainable?.part(range)
            try moving?.restore(&after, from: before)
            // Of the weights that move.
            let share = moving?.share ?? 1
            return (
                name, entry.count, try (after - before).norm(), before.norm(), share > 0 ? figures.clipped / share : 0
            )
        }
    }
}

extension Range<Int> {
    /// nil when nothing is left of it.
    fileprivate func shifted(by amount: Int) -> Range<Int>? {
        isEmpty ? nil : lowerBound + amount..<upperBound + amount
    }
}
