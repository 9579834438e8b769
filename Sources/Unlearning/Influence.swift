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
    /// Gradients of the NLL of single retained examples, as rows; at most so many.
    public let perExample: (_ most: Int) throws -> Tensor
}

public enum Influence {
    /// Prepares the system at `base`.
    ///
    /// Koh & Liang 2017, with weights moved from 1/N on all examples to 1/n_r on the retained ones: to first order
    /// θ(w) ≈ θ₀ + H⁻¹ v. At an optimum of the whole data the retained term equals minus the forgotten one up to scale,
    /// and `centered: false` leaves it out.
    public static func problem(
        _ base: LanguageModel, forget: [TokenBatch], retain: [TokenBatch], forgetCount: Int, retainCount: Int,
        centered: Bool, gaussNewton: Bool
    ) throws -> InfluenceProblem {
        let layout = base.layout, differentiator = Differentiator()
        let share = Float(Double(forgetCount) / Double(forgetCount + retainCount))
        func gradient(_ batches: [TokenBatch]) throws -> Tensor {
            try accumulated(batches) { batch in
                try differentiator.gradient([base.weights]) { try base.with(weights: $0[0]).nll(batch) }[0].value
            }
        }
        var v = try share * gradient(forget)
        if centered { v = try v.combined(1, gradient(retain), -share) }
        return InfluenceProblem(
            direction: try Direction(layout, Variable(v)),
            product: { direction in
                let product = try accumulated(retain) { batch in
                    let f: Differentiator.Function = { try base.with(weights: $0[0]).nll(batch) }
                    let result = gaussNewton
                        ? try differentiator.gaussNewtonProduct([base.weights], [direction.values], of: f)
                        : try differentiator.hessianProduct([base.weights], [direction.values], of: f)
                    return result[0].value
                }
                return try Direction(layout, Variable(product))
            },
            perExample: { most in try perExampleGradients(base, retain, most: most) })
    }

    /// The mean over all targets of what `body` gives as mean over one batch's targets.
    static func accumulated(_ batches: [TokenBatch], _ body: (TokenBatch) throws -> Tensor) throws -> Tensor {
        let total = batches.reduce(0) { $0 + $1.targetCounts.reduce(0, +) }
        guard total > 0 else { throw ModelError.nothingToPredict }
        var sum: Tensor?
        for batch in batches {
            let weight = Float(Double(batch.targetCounts.reduce(0, +)) / Double(total))
            let term = try body(batch)
            sum = try sum.map { try $0.combined(1, term, weight) } ?? weight * term
        }
        guard let sum else { throw ModelError.emptyBatch }
        return sum
    }

    /// Gradients of single sequences' mean token NLL, as rows [M, P]; at most `most`, evenly spaced over the data.
    public static func perExampleGradients(_ model: LanguageModel, _ batches: [TokenBatch], most: Int) throws -> Tensor {
        let singles = try batches.flatMap { try $0.split() }
        guard !singles.isEmpty else { throw ModelError.emptyBatch }
        let count = min(max(1, most), singles.count)
        let matrix = try Tensor.zeros([count, model.layout.count], on: model.device)
        let differentiator = Differentiator()
        for row in 0..<count {
            let batch = singles[row * singles.count / count]
            let gradient = try differentiator.gradient([model.weights]) { try model.with(weights: $0[0]).nll(batch) }
            matrix.segment(row * model.layout.count, shape: [model.layout.count]).copy(from: gradient[0].value)
        }
        return matrix
    }
}
