/// What a run's rule may ask for in the next step.
import Autodiff
import Curvature
import LanguageModels
import Optimizers
import Tensors

extension ParameterLayout {
    /// The same parameters as optimizers see them.
    public var parameterList: ParameterList {
        ParameterList(shapes: entries.map { ($0.key, $0.value.shape) }, decaying: decaying)
    }
}

extension Recipe {
    /// The parameters as the rule sees them: it leaves alone what has a decay of its own.
    var parameters: ParameterList {
        let list = base.layout.parameterList
        guard !decays.isEmpty else { return list }
        let own = Set(decays.map(\.range.lowerBound))
        return ParameterList(
            list.entries, decaying: list.entries.filter { $0.shape.count > 1 && !own.contains($0.offset) }.map(\.range))
    }
}

extension Run {
    /// - Parameters:
    ///   - value: of the loss as the weights are.
    ///   - parts: which part of an estimate of the curvature a rank is given; nil for the whole.
    func supply(_ inputs: StepInputs, value: Double, _ parts: RankParts?) -> StepSupply {
        let recipe = recipe, step = state.step
        var supply = StepSupply(parameters: recipe.parameters)
        supply.rateFactor = recipe.schedule.factor(step: step, of: recipe.plannedSteps)
        supply.gradientLimit = recipe.gradientLimit
        supply.moving = recipe.trainable
        supply.value = value
        supply.draws = { inputs.draws.generator(for: .optimizer) }
        supply.loss = recipe.lossAccess(inputs)
        supply.part = { part, weights in try recipe.term(part, at: weights, inputs) }
        supply.estimate = { request, weights in
            let estimate = try recipe.estimate(request, at: weights, inputs, parts)
            var isFinite = estimate.isFinite
            var isNaN = !isFinite && estimate.withElements { $0.contains(where: \.isNaN) }
            if parts != nil {
                let all = try weights.device.ranks.joined(
                    "curvature of a step", [isFinite ? 1 : 0, isNaN ? 1 : 0])
                isFinite = stride(from: 0, to: all.count, by: 2).allSatisfy { all[$0] != 0 }
                isNaN = stride(from: 1, to: all.count, by: 2).contains { all[$0] != 0 }
            }
            guard isFinite else {
                throw UnlearningError.notFinite(what: "curvature of the loss", isNaN: isNaN, step: step + 1)
            }
            return estimate
        }
        supply.naturalGradient = { request, kept, gradient, weights in
            var generator = inputs.draws.generator(for: .curvature)
            try recipe.requireWholeLayers(inputs)
            let working = recipe.model(working: try recipe.base.with(weights: Variable(weights)))
            let (solution, factors) = try working.naturalGradient(
                (inputs.retain ?? inputs.forget).tokens.rowsApart(), request, kept, gradient, seed: generator.next(),
                differentiator: recipe.differentiator)
            return (try recipe.trainable.map { try $0.projected(solution) } ?? solution, factors)
        }
        return supply
    }
}

extension LanguageModel {
    /// (F + λI)⁻¹ g with the K-FAC Fisher of the sequences' mean token loss; parameters of no linear layer by the
    /// diagonal. With factors that were `kept` no new ones are made.
    public func naturalGradient(
        _ sequences: [TokenBatch], _ request: FisherRequest, _ kept: FisherFactors?, _ gradient: Tensor, seed: UInt64,
        differentiator: Differentiator
    ) throws -> (step: Tensor, factors: FisherFactors?) {
        let examples = try ModelExamples(self, sequences)
        if let kept {
            let inverse = try KroneckerInverse(
                parts: kept.tensors.map { ($0.name, try $0.tensor) }, of: examples.linearLayers(),
                parameters: layout.count,
                damping: kept.damping)
            return (try inverse.solution(of: gradient), kept)
        }
        var solver = KroneckerFactored()
        solver.damping = request.damping.map { .value($0) } ?? .auto
        solver.labels = request.samplesLabels ? .sampled : .data
        solver.others = .diagonal
        let inverse = try solver.inverse(
            examples.source(gaussNewton: true, seed: seed, differentiator: differentiator))
        let factors = FisherFactors(
            tensors: inverse.parts.map { OptimizerState.Entry(name: $0.name, tensor: $0.tensor) },
            damping: inverse.damping)
        return (try inverse.solution(of: gradient), factors)
    }
}

extension Recipe {
    /// Kronecker factors are those of whole layers: a part of one would need factors of its own.
    fileprivate func requireWholeLayers(_ inputs: StepInputs) throws {
        guard let trainable else { return }
        try trainable.requireWholeLayers(
            of: ModelExamples(base, inputs.forget.tokens.rowsApart()), for: rule.name)
    }

    /// The loss of a step's data as a function of the weights.
    func lossAccess(_ inputs: StepInputs) -> LossAccess {
        let objective = objective
        return LossAccess(
            of: "the loss of a run", differentiator,
            sumOf: pieces(of: inputs).map { piece in
                { try objective(self.model(at: $0), piece).total }
            })
    }

    /// A model as steps differentiate it.
    func model(working model: LanguageModel) -> LanguageModel {
        var model = model
        model.recomputes = model.recomputes || recomputes
        return model
    }

    /// The model at a point; weights that do not move are where they were, whatever point that is.
    private func model(at weights: Variable) throws -> LanguageModel {
        model(
            working: try base.with(
                weights: trainable.map { try weights.pinned(outside: $0, at: base.weights.value) } ?? weights))
    }

    /// Value and gradient of one term of the loss.
    /// - Throws: `UnlearningError.inseparable` for a loss that does not tell its terms apart.
    func term(_ part: LossPart, at weights: Tensor, _ inputs: StepInputs) throws -> (value: Double, gradient: Tensor) {
        let pieces = pieces(of: inputs)
        let (gradients, values) = try differentiator.sums("term of a step", of: pieces.count, on: weights.device) {
            let piece = pieces[$0]
            let (value, gradient) = try differentiator.valueAndGradient([Variable(weights)]) { x in
                guard let terms = try objective(model(at: x[0]), piece).terms else {
                    throw UnlearningError.inseparable(lossName)
                }
                // A term that is not there is 0 for all weights.
                return try (part == .forget ? terms.forget : terms.retain) ?? 0 * x[0].sum()
            }
            return Summand(
                tensors: [try gradient[0].constant("a term of a run's loss")],
                figures: [Double(try value.constant("a term of a run's loss").item())])
        }
        return (
            values.reduce(0) { $0 + $1[0] },
            try (gradients.first ?? nil) ?? Tensor.zeros(weights.shape, on: weights.device)
        )
    }

    /// The diagonal of the curvature as an optimizer wants it estimated.
    /// - Parameter parts: which part of it a rank is given; nil for the whole.
    func estimate(
        _ request: CurvatureRequest, at weights: Tensor, _ inputs: StepInputs, _ parts: RankParts?
    ) throws -> Tensor {
        // A stream of its own for each step: computing a step again draws the same labels.
        var generator = inputs.draws.generator(for: .curvature)
        let pieces = pieces(of: inputs), objective = objective
        let estimate: Tensor
        switch request.estimator {
        case .gaussNewtonBartlett(let scaled):
            // Labels that are drawn take a gradient of their own.
            differentiator.note(gradients: 1)
            // What is to be kept decides where small steps are needed; without it, what is at hand.
            estimate = try CurvatureEstimate.gaussNewtonBartlett(
                model(at: Variable(weights)), pieces.map { ($0.retain ?? $0.forget).tokens }, of: trainable,
                scaled: scaled, from: &generator, parts: parts)
        case .hutchinson(let distribution):
            let probe = try Tensor.probe(weights.shape, distribution, from: &generator, on: weights.device)
            estimate = try CurvatureEstimate.hutchinson(
                weights, probe, differentiator: differentiator,
                losses: pieces.map { piece in { try objective(self.model(at: $0), piece).total } }, parts: parts)
        }
        let moving = parts.map { parts in trainable?.part(parts.own) } ?? trainable
        return try moving.map { try $0.projected(estimate) } ?? estimate
    }
}
