/// Influence unlearning: one step from θ₀ to where removing the forget set would have led, to first order.
import Autodiff
import Curvature
import LanguageModels
import Tensors

/// The linear system of influence unlearning, (H + λI) x = v.
public struct InfluenceProblem {
    /// v = (n_f/N) ∇ nll(forget) − (n_f/N) ∇ nll(retain), or its first term alone.
    public let direction: Direction
    /// Exact products with the Hessian of the retained loss, or with its Gauss-Newton part.
    public let product: (Direction) throws -> Direction
    /// Exact products with the Gauss-Newton part, whatever `product` is.
    public let gaussNewton: (Direction) throws -> Direction
    /// Gradients of the NLL of single retained examples, as rows; at most so many.
    public let perExample: (_ most: Int) throws -> Tensor
    /// The retained examples one by one, in their own order.
    public let examples: ModelExamples
    /// ∇ nll(retain) [P].
    public let retainGradient: () throws -> Tensor
    /// Whether `product` is with the Gauss-Newton part, and who takes the derivatives.
    let isGaussNewton: Bool
    let differentiator: Differentiator
    /// The weights that may move; nil for all. The system is then one of these alone.
    public var selection: ElementSelection?

    /// v, of the weights that may move.
    public var vector: Tensor {
        get throws { try selection.map { try $0.compacted(direction.values.value) } ?? direction.values.value }
    }

    /// A solution as a direction of all weights.
    public func direction(of solution: Tensor) throws -> Direction {
        let flat = try solution.reshaped([solution.count])
        return try Direction(direction.layout, Variable(selection.map { try $0.expanded(flat) } ?? flat))
    }

    /// The system of all weights in which those that may not move count as 0, for solvers that work on layers: x is
    /// then 0 there as well once it is `projected`.
    /// - Throws: `UnlearningError.partOfLayer` where only a part of a layer may move.
    public func wholeLayers(
        for solver: String, seed: UInt64, progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) throws -> CurvatureSystem {
        let layout = direction.layout
        guard let selection else {
            return CurvatureSystem(source(seed: seed, progress: progress), vector: try vector)
        }
        try selection.requireWholeLayers(of: examples, for: solver)
        let moving = try selection.projected(direction.values.value)
        let whole = CurvatureSource(
            shape: [layout.count], on: examples.model.device,
            product: {
                try selection.projected(product(Direction(layout, Variable(selection.projected($0)))).values.value)
            }, examples: examples, seed: seed, progress: progress)
        return CurvatureSystem(whole, vector: moving)
    }

    /// What solvers may ask for. Layers are whole: where only some weights may move, there are none.
    public func source(
        seed: UInt64, progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) -> CurvatureSource {
        let layout = direction.layout
        return source(seed: seed, progress: progress) { try product(Direction(layout, Variable($0))).values.value }
    }

    /// The same with products of at most so many of the retained examples.
    private func source(
        ofAtMost most: Int, seed: UInt64, progress: @escaping (SolverProgress) -> Bool
    ) throws -> CurvatureSource {
        let few = try examples.fewer(most)
        return source(seed: seed, progress: progress) {
            try few.product($0, gaussNewton: isGaussNewton, differentiator: differentiator)
        }
    }

    /// - Parameter product: with a vector of all weights.
    private func source(
        seed: UInt64, progress: @escaping (SolverProgress) -> Bool, product: @escaping (Tensor) throws -> Tensor
    ) -> CurvatureSource {
        let layout = direction.layout
        let subset = { most in try self.source(ofAtMost: most, seed: seed, progress: progress) }
        if let selection {
            return CurvatureSource(
                shape: [selection.count], on: examples.model.device,
                product: { try selection.compacted(product(selection.expanded($0))) },
                perExample: { most in
                    let rows = try perExample(most), count = rows.shape[0]
                    return try Variable.concatenated(
                        (0..<count).map { row in
                            let gradient = try rows.rows(row..<row + 1).reshaped([layout.count])
                            return Variable(try selection.compacted(gradient).reshaped([1, selection.count]))
                        }
                    ).value
                }, subset: subset, seed: seed, progress: progress)
        }
        return CurvatureSource(
            shape: [layout.count], on: examples.model.device, product: product, perExample: perExample,
            leading: { try examples.leadingGradients($0, progress: progress) }, examples: examples, subset: subset,
            seed: seed, progress: progress)
    }
}

extension ElementSelection {
    /// - Throws: `UnlearningError.partOfLayer` for a linear layer of which a part is selected, `noLayer` where none is:
    /// the others count as 0, so that nothing would move.
    func requireWholeLayers(of examples: ModelExamples, for name: String) throws {
        var hasLayer = false
        for layer in try examples.linearLayers() {
            let ranges = [layer.weight] + (layer.bias.map { [$0] } ?? [])
            let moving = try intersection(ranges).count
            guard moving == 0 || moving == ranges.reduce(0, { $0 + $1.count }) else {
                throw UnlearningError.partOfLayer(name, layer: layer.name)
            }
            if moving > 0 { hasLayer = true }
        }
        if !hasLayer { throw UnlearningError.noLayer(name) }
    }
}

public enum Influence {
    /// Prepares the system at `base`.
    ///
    /// Koh & Liang 2017, with weights moved from 1/N on all examples to 1/n_r on the retained ones: to first order
    /// θ(w) ≈ θ₀ + H⁻¹ v. At an optimum of the whole data the retained term equals minus the forgotten one up to scale,
    /// and `centered: false` leaves it out. `examples` are the retained sequences one by one in their own order, where
    /// batches have another. `progress` hears of per-example gradients as they are made, and may throw to stop.
    public static func problem(
        _ base: LanguageModel, forget: [TokenBatch], retain: [TokenBatch], forgetCount: Int, retainCount: Int,
        centered: Bool, gaussNewton: Bool, differentiator: Differentiator, examples: [TokenBatch]? = nil,
        progress: @escaping (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> InfluenceProblem {
        let layout = base.layout
        _ = try base.weights.constant("a model that influence starts from")
        let share = Float(Double(forgetCount) / Double(forgetCount + retainCount))
        func gradient(_ batches: [TokenBatch]) throws -> Tensor {
            try differentiator.gradient([base.weights]) { try base.with(weights: $0[0]).nll(batches) }[0].value
        }
        var v = try share * gradient(forget), retained: Tensor?
        if centered {
            let gradient = try gradient(retain)
            retained = gradient
            v = try v.combined(1, gradient, -share)
        }
        let kept = try ModelExamples(base, examples ?? split(retain))
        // A group of sequences in memory at a time.
        func product(_ direction: Direction, _ gaussNewton: Bool) throws -> Direction {
            let vector = try direction.values.constant("a vector that the curvature is multiplied with")
            return try Direction(
                layout, Variable(kept.product(vector, gaussNewton: gaussNewton, differentiator: differentiator)))
        }
        return InfluenceProblem(
            direction: try Direction(layout, Variable(v)), product: { try product($0, gaussNewton) },
            gaussNewton: { try product($0, true) },
            perExample: { most in
                try perExampleGradients(
                    base, kept.sequences, most: most, differentiator: differentiator, progress: progress
                ).value
            }, examples: kept, retainGradient: { try retained ?? gradient(retain) },
            isGaussNewton: gaussNewton, differentiator: differentiator)
    }

    /// Each sequence that has something to predict by itself.
    private static func split(_ batches: [TokenBatch]) throws -> [TokenBatch] {
        try batches.flatMap { try $0.split() }
    }

    /// Gradients of single sequences' mean token NLL, as rows [M, P] in the order given; at most `most`, evenly spaced.
    /// Inside a derivative the rows are followed by it. `progress` hears how many are done, and may throw to stop.
    /// - Parameter examples: a sequence each.
    public static func perExampleGradients(
        _ model: LanguageModel, _ examples: [TokenBatch], most: Int, differentiator: Differentiator,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Variable {
        guard !examples.isEmpty else { throw ModelError.emptyBatch }
        let count = min(max(1, most), examples.count), width = model.layout.count
        let chosen = (0..<count).map { examples[$0 * examples.count / count] }
        if !model.weights.isTracked { return Variable(try model.exampleGradients(chosen, progress: progress)) }
        // Inside a derivative: one after the other, recorded.
        let rows = try chosen.enumerated().map { row, example in
            try model.device.cancellation.check()
            let loss: Differentiator.Function = { try model.with(weights: $0[0]).nll(example) }
            let gradient = try differentiator.gradient([model.weights], of: loss)[0]
            try progress(row + 1, count)
            return try gradient.reshaped([1, width])
        }
        return try Variable.concatenated(rows)
    }
}
