/// Looking at the next update of a run.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

/// What an explanation looks ahead for.
public struct ExplanationSettings: Sendable {
    /// Steps like the next one that the outlook is about.
    public var ahead: Int
    /// What the retain loss may rise over them, in nats a token.
    public var limit: Double

    public init(ahead: Int = 10, limit: Double = 0.5) {
        (self.ahead, self.limit) = (ahead, limit)
    }
}

extension Run {
    /// Looks at the next update without taking it: gradients of the step's two batches, how each batch's NLL and the
    /// objective will change along the update, to first and second order and in fact, and what further steps would do.
    public func explained(_ settings: ExplanationSettings = ExplanationSettings()) throws -> Explanation {
        let inputs = try inputs()
        let (next, _) = try stepped(1)
        guard next.step > step else { throw TensorError.interrupted }
        let looking = try Looking(
            before: try model, after: try next.model.weights.value, pieces: recipe.pieces(of: inputs),
            recipe: recipe)
        let forget = try looking.seen { $0.forget }
        let retain = try inputs.retain.map { _ in try looking.seen { $0.retain } }
        var explanation = Explanation(
            step: next.step, forgetGradient: forget.gradient.norm(), retainGradient: retain?.gradient.norm(),
            cosine: try retain.flatMap { try Run.cosine(forget.gradient, $0.gradient) },
            updateNorm: looking.update.norm(), clipped: nil, curvature: nil, forget: forget.change,
            retain: retain?.change, suggestedRho: nil, lossState: state.loss.numbers,
            nextLossState: next.state.loss.numbers)
        let clips = recipe.rule.clips || next.log.last.map { $0.clipped > 0 } ?? false
        if clips { explanation.clipped = next.log.last?.clipped }
        let remembered = try next.state.wholeRule
        let kept = try recipe.trainable.map(remembered.compacted) ?? remembered
        explanation.curvature = try (kept["curvature"] ?? kept["square"]).map { Run.quantiles($0, [0.1, 0.5, 0.9]) }
        explanation.autoUnclipped = recipe.rule.autoUnclipped
        explanation.suggestedRho = try recipe.rule.rho(leavingUnclipped: explanation.autoUnclipped ?? 0.5, in: kept)
        explanation.trainable = recipe.trainable?.share ?? 1
        // A loss that has no second derivative, or cannot take half of its examples, has the rest of the explanation.
        explanation.loss = try recipe.unlessItFails { try looking.objectiveChange() }
        if let loss = explanation.loss, loss.first < 0 { explanation.alpha = -2 * loss.second / loss.first }
        explanation.signal = try recipe.unlessItFails { try signal(inputs) } ?? nil
        if let retain {
            explanation.conflicts = try recipe.base.layout.conflicts(forget.gradient, retain.gradient)
        }
        explanation.longer = try [2, 4].map { times in
            LongerStep(
                times: times, forget: try looking.longer(forget, times),
                retain: try retain.map { try looking.longer($0, times) })
        }
        if let retain { explanation.outlook = try outlook(retain, looking, settings) }
        return explanation
    }

    /// nil where one of them is 0.
    fileprivate static func cosine(_ a: Tensor, _ b: Tensor) throws -> Double? {
        let lengths = a.norm() * b.norm()
        return lengths > 0 ? try a.dot(b) / lengths : nil
    }

    /// How far the objective's gradients on the halves of the step's examples agree.
    private func signal(_ inputs: StepInputs) throws -> Double? {
        let halves = inputs.microBatches(2, areShares: false)
        guard halves.count == 2 else { return nil }
        let model = try model, objective = recipe.objective
        let gradients = try halves.map { half in
            try recipe.differentiator.gradient([model.weights]) {
                try objective(model.with(weights: $0[0]), half).total
            }[0].constant("the loss of a run")
        }
        let difference = try (gradients[0] - gradients[1]).norm()
        return difference > 0 ? try (gradients[0] + gradients[1]).norm() / difference : nil
    }

    /// The retain loss after steps like this one.
    private func outlook(
        _ retain: Looking.Seen, _ looking: Looking, _ settings: ExplanationSettings
    ) throws -> Outlook {
        let steps = Double(settings.ahead), change = retain.change
        let predicted = change.predicted(times: steps), measured = try looking.rise(retain, steps)
        var share: Double?
        // The parabola is a guess so far out; what is measured there decides.
        if !(measured <= settings.limit) {
            let found = try StepScale.withinLimit(
                slope: change.first, curvature: 2 * change.second, limit: settings.limit
            ) { try $0 == 0 ? 0 : looking.rise(retain, $0) }
            share = min(1, found.scale / steps)
        }
        let rate = recipe.rule.scalesWithRate ? recipe.rule.rate : nil
        return Outlook(
            steps: settings.ahead, predicted: predicted, measured: measured, limit: settings.limit, share: share,
            learningRate: share.flatMap { share in rate.map { share * $0 } })
    }

    /// Quantiles over at most about a million elements at equal distances.
    private static func quantiles(_ tensor: Tensor, _ fractions: [Double]) -> [Double] {
        let step = max(1, tensor.count >> 20)
        let sample = tensor.withElements { x in stride(from: 0, to: x.count, by: step).map { x[$0] } }.sorted()
        guard let last = sample.indices.last else { return [] }
        return fractions.map { Double(sample[min(last, Int($0 * Double(sample.count)))]) }
    }
}

extension Recipe {
    /// What `body` finds, or nil where it fails; an interruption is none of its failures.
    fileprivate func unlessItFails<R>(_ body: () throws -> R) throws -> R? {
        do {
            return try body()
        } catch {
            try base.device.cancellation.check()
            return nil
        }
    }
}

/// Losses of one step's examples around and along its update.
private struct Looking {
    let before: LanguageModel
    let after: Tensor
    let update: Tensor
    let pieces: [StepInputs]
    let recipe: Recipe

    /// One of the batches, in pieces: its NLL and its gradient before the step, and how it changes.
    struct Seen {
        let batches: [TokenBatch]
        let value: Double
        let gradient: Tensor
        let change: PredictedChange
    }

    init(before: LanguageModel, after: Tensor, pieces: [StepInputs], recipe: Recipe) throws {
        (self.before, self.after, self.pieces, self.recipe) = (before, after, pieces, recipe)
        update = try after - before.weights.value
    }

    private func nll(_ weights: Tensor, _ batches: [TokenBatch]) throws -> Double {
        Double(try before.with(weights: Variable(weights)).nll(batches).value.item())
    }

    func seen(_ part: (StepInputs) -> ScheduledBatch?) throws -> Seen {
        let batches = pieces.compactMap { part($0)?.tokens }
        let (value, gradient, product) = try recipe.differentiator.gradientAndHessianProduct(
            [before.weights], [Variable(update)]
        ) { w in
            let weights = try recipe.trainable.map { try w[0].restricted(to: $0) } ?? w[0]
            return try before.with(weights: weights).nll(batches)
        }
        let start = Double(try value.value.item())
        return Seen(
            batches: batches, value: start, gradient: gradient[0].value,
            change: PredictedChange(
                first: try gradient[0].value.dot(update), second: try 0.5 * product[0].value.dot(update),
                actual: try nll(after, batches) - start))
    }

    /// How far a batch's NLL rises over so many times the update.
    func rise(_ seen: Seen, _ times: Double) throws -> Double {
        try nll(before.weights.value.combined(1, update, Float(times)), seen.batches) - seen.value
    }

    /// The change over a longer update, by the same parabola.
    func longer(_ seen: Seen, _ times: Double) throws -> PredictedChange {
        PredictedChange(
            first: times * seen.change.first, second: times * times * seen.change.second,
            actual: try rise(seen, times))
    }

    /// How the objective changes over the update.
    func objectiveChange() throws -> PredictedChange {
        var first = 0.0, second = 0.0, actual = 0.0
        let after = try before.with(weights: Variable(after))
        for piece in pieces {
            let (value, gradient, product) = try recipe.differentiator.gradientAndHessianProduct(
                [before.weights], [Variable(update)]
            ) { try recipe.objective(before.with(weights: $0[0]), piece).total }
            first += try gradient[0].constant("the loss of a run").dot(update)
            second += try 0.5 * product[0].constant("the loss of a run").dot(update)
            actual += try Double(recipe.objective(after, piece).total.value.item()) - Double(value.value.item())
        }
        return PredictedChange(first: first, second: second, actual: actual)
    }
}

extension ParameterLayout {
    /// The cosine of two gradients in each block, the largest first; blocks where one of them is 0 have none.
    fileprivate func conflicts(_ a: Tensor, _ b: Tensor) throws -> [BlockConflict] {
        let found = try blocks.compactMap { name, ranges -> BlockConflict? in
            var product = 0.0, lengthA = 0.0, lengthB = 0.0
            for range in ranges {
                let (x, y) = (
                    a.segment(range.lowerBound, shape: [range.count]), b.segment(range.lowerBound, shape: [range.count])
                )
                product += try x.dot(y)
                lengthA += try x.dot(x)
                lengthB += try y.dot(y)
            }
            let lengths = (lengthA * lengthB).squareRoot()
            return lengths > 0 ? BlockConflict(block: name, cosine: product / lengths) : nil
        }
        // Equal ones in the order of the checkpoint.
        return found.enumerated().sorted { ($1.element.cosine, $0.offset) < ($0.element.cosine, $1.offset) }
            .map(\.element)
    }
}
