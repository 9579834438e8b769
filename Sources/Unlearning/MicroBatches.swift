/// Steps taken micro-batch by micro-batch: the gradient of a large batch with the memory of a small one.
import Autodiff
import LanguageModels
import Tensors

/// The examples of a step, as token ids.
public struct StepExamples: Sendable {
    public let forget: TokenBatch
    public let retain: TokenBatch?
    /// The forget prompts with other answers, row by row.
    public let alternatives, otherAnswers: TokenBatch?

    public init(
        forget: TokenBatch, retain: TokenBatch? = nil, alternatives: TokenBatch? = nil, otherAnswers: TokenBatch? = nil
    ) {
        (self.forget, self.retain) = (forget, retain)
        (self.alternatives, self.otherAnswers) = (alternatives, otherAnswers)
    }
}

extension TokenBatch {
    /// Tokens to predict.
    public var targetCount: Int { targetCounts.reduce(0, +) }
    /// The rows in which there is something to predict.
    var predictedRows: [Int] {
        let counts = targetCounts
        return counts.indices.filter { counts[$0] > 0 }
    }

    /// The same without rows in which nothing is to be predicted; as it is where there are no others.
    func withoutEmptyRows(_ rows: [Int]) throws -> TokenBatch {
        rows.isEmpty || rows.count == self.rows ? self : try selecting(rows)
    }

    /// Rows with a label.
    var labelledRows: Int {
        (0..<rows).count { row in labels[row * time..<(row + 1) * time].contains { $0 >= 0 } }
    }
}

extension StepInputs {
    /// The step's examples in `count` micro-batches of about equally many, in their order; fewer where a batch has not so
    /// many examples.
    /// - Parameter areShares: whether their losses add up to that of all examples; else each is a batch of its own.
    func microBatches(_ count: Int, areShares: Bool = true) -> [StepInputs] {
        let rows = forget.tokens.rows, kept = retain?.tokens.rows
        let count = min(count, rows, kept ?? rows)
        guard count > 1 else { return [self] }
        func range(_ part: Int, of rows: Int) -> Range<Int> { part * rows / count..<(part + 1) * rows / count }
        func slice(_ batch: ScheduledBatch, _ part: Int) -> ScheduledBatch {
            let range = range(part, of: batch.tokens.rows)
            return ScheduledBatch(
                tokens: batch.tokens.slice(range), indices: batch.indices.map { Array($0[range]) } ?? Array(range))
        }
        let whole = examples
        return (0..<count).map { part in
            StepInputs(
                draws: draws.part(part), position: position, forget: slice(forget, part),
                retain: retain.map { slice($0, part) },
                alternatives: alternatives?.slice(range(part, of: rows)),
                otherAnswers: otherAnswers?.slice(range(part, of: rows)), state: state,
                whole: areShares ? whole : nil)
        }
    }

    /// The share of the step's forget examples that a micro-batch holds; 1 for a whole step.
    public var exampleShare: Double {
        whole.map { Double(forget.tokens.rows) / Double(max(1, $0.forget.rows)) } ?? 1
    }

    /// The same of the retain examples; where there are none, of the forget examples.
    public var retainShare: Double {
        guard let retain, let all = whole?.retain else { return exampleShare }
        return Double(retain.tokens.rows) / Double(max(1, all.rows))
    }
}

extension LossInputs {
    /// The share of the step's forget examples that a micro-batch holds; 1 for a whole step.
    var exampleShare: Double { whole.map { Double(forget.rows) / Double(max(1, $0.forget.rows)) } ?? 1 }
}

/// Values of a loss's parts over the micro-batches of a step.
private struct PartSums {
    private var total = 0.0
    private var forget = 0.0, forgetTokens = 0.0, retain = 0.0, retainTokens = 0.0
    private var knowsForget = true, knowsRetain = true

    /// NLLs are means over tokens, and so is what becomes of them; tokens of micro-batches that tell none are not counted.
    mutating func add(_ parts: LossParts, _ inputs: StepInputs) throws {
        total += Double(try parts.total.value.item())
        func add(_ nll: Double?, _ batch: TokenBatch?, _ sum: inout Double, _ tokens: inout Double, _ knows: inout Bool)
        {
            let count = Double(batch?.targetCount ?? 0)
            guard count > 0 else { return }
            guard let nll else {
                knows = false
                return
            }
            sum += count * nll
            tokens += count
        }
        add(parts.forget, inputs.forget.tokens, &forget, &forgetTokens, &knowsForget)
        add(parts.retain, inputs.retain?.tokens, &retain, &retainTokens, &knowsRetain)
    }

    func parts(on device: Device) throws -> LossParts {
        LossParts(
            total: Variable(try Tensor(scalar: Float(total), on: device)),
            forget: knowsForget && forgetTokens > 0 ? forget / forgetTokens : nil,
            retain: knowsRetain && retainTokens > 0 ? retain / retainTokens : nil)
    }
}

extension Run {
    /// Value and gradient of the objective at a step's inputs, one micro-batch in memory at a time.
    /// - Returns: no gradient where none is wanted.
    func objectiveGradient(
        _ inputs: StepInputs, _ model: LanguageModel, wantsGradient: Bool
    ) throws -> (parts: LossParts, gradient: Tensor?) {
        let pieces = inputs.microBatches(recipe.accumulation)
        var sums = PartSums(), sum: Tensor?, last: LossParts?, depends = !wantsGradient
        for piece in pieces {
            let (parts, gradient, follows) = try objectiveGradient(of: piece, model, wantsGradient)
            depends = depends || follows
            try sums.add(parts, piece)
            last = parts
            guard let gradient else { continue }
            if sum == nil { sum = gradient } else { try sum?.add(gradient) }
        }
        // Later a loss may well be constant for a while; one that begins so was hardly meant.
        if step == 0, !depends {
            guard recipe.trainable == nil else {
                throw UnlearningError.setting(
                    """
                    no weight that is trainable reaches the loss \(recipe.lossName), so no step can lower it; name \
                    others in trainable=
                    """)
            }
            throw UnlearningError.lossWithoutModel(recipe.lossName)
        }
        guard let last else { throw UnlearningError.emptyData }
        return (pieces.count == 1 ? last : try sums.parts(on: model.device), sum)
    }

    private func objectiveGradient(
        of inputs: StepInputs, _ model: LanguageModel, _ wantsGradient: Bool
    ) throws -> (parts: LossParts, gradient: Tensor?, depends: Bool) {
        var parts: LossParts?, depends = false, gradient: Variable?
        let objective = recipe.objective, value: Variable
        func keep(_ result: LossParts) {
            // Keep the numbers, not the graph.
            parts = LossParts(
                total: result.total.detached, forget: result.forget, retain: result.retain, state: result.state)
        }
        if wantsGradient {
            let (found, gradients) = try recipe.differentiator.valueAndGradient([model.weights]) { w in
                let result = try objective(model.with(weights: w[0]), inputs)
                depends = result.total.depends(on: w[0])
                keep(result)
                return result.total
            }
            (value, gradient) = (found, gradients.first)
        } else {
            let result = try objective(model, inputs)
            keep(result)
            value = result.total
        }
        _ = try value.constant("the loss of a run")
        guard let parts else { throw UnlearningError.emptyData }
        return (parts, try gradient?.constant("the loss of a run"), depends)
    }
}
