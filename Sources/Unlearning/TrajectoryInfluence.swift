/// Influence along the whole way of a training: what leaving examples out would have changed, by differentiating through
/// every step (Bae et al., arXiv 2405.12186; MAGIC, arXiv 2504.16430), with exact products.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

/// A deterministic training: each step's loss is Σ over the batch's examples of w NLL / (targets of the whole batch),
/// with all weights w = 1.
public struct ReplayedTraining {
    public let base: LanguageModel
    public let schedule: BatchSchedule
    public let optimizer: any TangentOptimizer
    public let steps: Int
    private let differentiator: Differentiator

    public init(
        _ base: LanguageModel, _ schedule: BatchSchedule, _ optimizer: any TangentOptimizer, steps: Int,
        differentiator: Differentiator
    ) throws {
        _ = try base.weights.constant("a model that a training is replayed from")
        self.base = base
        self.schedule = schedule
        self.optimizer = optimizer
        self.steps = steps
        self.differentiator = differentiator
    }

    /// Where the training ends, and dθ/dw summed over the examples left out, times −1: added to the end it gives, to
    /// first order, where the training would have ended without them.
    public struct Ending {
        public let weights: Tensor
        public let direction: Tensor
    }

    /// v ← v along each step: its gradient moves by H v, and where the batch holds an example that is left out by minus
    /// the gradient of its share of the loss. About three gradients' work a step.
    /// - Parameter leavingOut: indices among the schedule's examples.
    public func ending(
        leavingOut: Set<Int>, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Ending {
        var weights = base.weights.value, tangent = try Tensor.zeros(weights.shape, on: weights.device)
        var state = try optimizer.initialState(for: weights), tangents = try optimizer.initialState(for: weights)
        let decaying = base.layout.decaying
        for step in 0..<steps {
            try progress(step, steps)
            let batch = try schedule.scheduled(at: step), here = weights
            let swept = try differentiator.gradientAndHessianProduct(
                [Variable(here)], [Variable(tangent)]
            ) { try base.with(weights: $0[0]).nll(batch.tokens) }
            let gradient = swept.gradient[0].value
            var moved = swept.product[0].value
            if let (share, part) = try Self.part(batch, where: { leavingOut.contains($0) }) {
                let own = try self.gradient(of: part, at: here)
                moved = try moved.combined(1, own, Float(-share))
            }
            try optimizer.advanceTangent(
                &tangent, gradient: gradient, gradientTangent: moved, state: state, tangents: &tangents,
                decaying: decaying)
            try optimizer.advance(&weights, gradient: gradient, state: &state, decaying: decaying)
        }
        try progress(steps, steps)
        return Ending(weights: weights, direction: tangent)
    }

    /// The training itself without some examples: the same batches, in which they count 0.
    public func retrained(
        leavingOut: Set<Int>, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Tensor {
        var weights = base.weights.value, state = try optimizer.initialState(for: weights)
        for step in 0..<steps {
            try progress(step, steps)
            let batch = try schedule.scheduled(at: step)
            let gradient: Tensor
            if let (share, part) = try Self.part(batch, where: { !leavingOut.contains($0) }) {
                gradient = try Float(share) * self.gradient(of: part, at: weights)
            } else {
                gradient = try Tensor.zeros(weights.shape, on: weights.device)
            }
            try optimizer.advance(&weights, gradient: gradient, state: &state, decaying: base.layout.decaying)
        }
        try progress(steps, steps)
        return weights
    }

    private func gradient(of batch: TokenBatch, at weights: Tensor) throws -> Tensor {
        try differentiator.gradient([Variable(weights)]) { try base.with(weights: $0[0]).nll(batch) }[0].value
    }

    /// The examples of a batch that are meant, and their share of its targets; `nil` where there is none.
    private static func part(
        _ batch: ScheduledBatch, where isMeant: (Int) -> Bool
    ) throws -> (share: Double, tokens: TokenBatch)? {
        let indices = batch.indices ?? Array(0..<batch.tokens.rows), counts = batch.tokens.targetCounts
        let rows = indices.indices.filter { isMeant(indices[$0]) && counts[$0] > 0 }
        guard !rows.isEmpty else { return nil }
        let share = Double(rows.reduce(0) { $0 + counts[$1] }) / Double(counts.reduce(0, +))
        return (share, rows.count == indices.count ? batch.tokens : try batch.tokens.selecting(rows))
    }
}
