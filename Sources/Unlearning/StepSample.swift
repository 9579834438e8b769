/// Steps taken to learn what they cost.
import Tensors

extension Run {
    /// The same weights and state in a run of its own, whose steps see a share of the examples: what it does this run
    /// never hears of. It keeps states as this one does, since new memory for each takes time.
    public func sample(share: Double = 1) throws -> Run {
        var state = state
        state.log = []
        return try Run(share < 1 ? recipe.batched(share) : recipe, memory: memory, at: state)
    }

    /// The same run, of which every rank has the whole state. Where ranks have it in parts, all of them must ask.
    public var gathered: Run {
        get throws {
            var run = self
            run.state.rule = try state.wholeRule
            run.state.parts = nil
            return run
        }
    }

    /// Examples of a step: those to be forgotten or learned.
    public var rows: Int { recipe.forget.rows }

    /// Steps from one estimate of the curvature to the next; nil where the optimizer asks for none, or for one a step.
    public var curvaturePeriod: Int? { recipe.rule.curvature.flatMap { $0.every > 1 ? $0.every : nil } }

    /// Whether so many steps into the run an estimate is due.
    public func isCurvatureDue(at step: Int) -> Bool { recipe.rule.curvature?.isDue(after: step) ?? false }
}
