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

extension Recipe {
    /// Rows of a micro-batch where ranks share them out: whatever their number, so that it changes no bit.
    private static let rowsShared = 4

    /// The parts that a step's loss is the sum of.
    func pieces(of inputs: StepInputs) -> [StepInputs] {
        var count = accumulation
        if base.device.ranks.sharesWork, addsUp {
            let rows = max(inputs.forget.tokens.rows, inputs.retain?.tokens.rows ?? 0)
            count = max(count, (rows + Self.rowsShared - 1) / Self.rowsShared)
        }
        return inputs.microBatches(count)
    }
}

extension LossInputs {
    /// The share of the step's forget examples that a micro-batch holds; 1 for a whole step.
    var exampleShare: Double { whole.map { Double(forget.rows) / Double(max(1, $0.forget.rows)) } ?? 1 }
}

/// Values of a loss's parts over the micro-batches of a step.
private struct PartSums {
    /// What a micro-batch tells, as numbers.
    static func figures(_ parts: LossParts, follows: Bool) throws -> [Double] {
        let nlls = [parts.forget, parts.retain].flatMap { nll -> [Double] in [nll ?? 0, nll == nil ? 0 : 1] }
        return [Double(try parts.total.value.item()), follows ? 1 : 0] + nlls
    }

    private var total = 0.0
    private var forget = 0.0, forgetTokens = 0.0, retain = 0.0, retainTokens = 0.0
    private var knowsForget = true, knowsRetain = true

    /// NLLs are means over tokens, and so is what becomes of them; tokens of micro-batches that tell none are not counted.
    mutating func add(_ figures: [Double], _ inputs: StepInputs) {
        total += figures[0]
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
        func nll(_ place: Int) -> Double? { figures[place + 1] == 0 ? nil : figures[place] }
        add(nll(2), inputs.forget.tokens, &forget, &forgetTokens, &knowsForget)
        add(nll(4), inputs.retain?.tokens, &retain, &retainTokens, &knowsRetain)
    }

    func parts(on device: Device) throws -> LossParts {
        LossParts(
            total: Variable(try Tensor(scalar: Float(total), on: device)),
            forget: knowsForget && forgetTokens > 0 ? forget / forgetTokens : nil,
            retain: knowsRetain && retainTokens > 0 ? retain / retainTokens : nil)
    }
}

extension Run {
    /// Value and gradient of the objective at a step's inputs, one micro-batch in memory at a time; ranks share them
    /// out.
    /// - Parameter parts: which part of the gradient a rank is given; nil for the whole.
    /// - Returns: no gradient where none is wanted.
    func objectiveGradient(
        _ inputs: StepInputs, _ model: LanguageModel, wantsGradient: Bool, parts division: RankParts? = nil
    ) throws -> (parts: LossParts, gradient: Tensor?) {
        let pieces = recipe.pieces(of: inputs)
        var sums = PartSums(), last: LossParts?
        let (gradients, figures) = try recipe.differentiator.sums(
            "gradient of step \(step + 1)", of: pieces.count, on: model.device, parts: division
        ) {
            let (parts, gradient, follows) = try objectiveGradient(of: pieces[$0], model, wantsGradient)
            last = parts
            return Summand(tensors: [gradient], figures: try PartSums.figures(parts, follows: follows))
        }
        for (piece, figures) in zip(pieces, figures) { sums.add(figures, piece) }
        let depends = !wantsGradient || figures.contains { $0[1] != 0 }
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
        if pieces.count == 1, let last { return (last, gradients.first ?? nil) }
        guard !pieces.isEmpty else { throw UnlearningError.emptyData }
        return (try sums.parts(on: model.device), gradients.first ?? nil)
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
            let (found, gradients) = try recipe.differentiator.valueAndGradient([model.weights]) { w, spend in
                var inputs = inputs
                inputs.spend = { term in
                    depends = depends || term.depends(on: w[0])
                    return try spend(term)
                }
                let result = try objective(model.with(weights: w[0]), inputs)
                depends = depends || result.total.depends(on: w[0])
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
