/// Natural gradient descent with K-FAC's Fisher matrix.
import Settings
import Tensors

public struct NaturalGradient: RatedOptimizer {
    /// Whose labels the Fisher matrix's gradients have.
    public enum Labels: String, CaseIterable, Sendable {
        case sampled, data
    }

    public static let name = "natural_gradient"
    public static let summary = """
        Steps of (F + damping I)^-1 g: the gradient times the inverse of the Fisher matrix of the step's retain data, \
        or of its forget data where there are no others, by K-FAC's Kronecker factors of every linear layer (Martens & \
        Grosse, arXiv 1503.05671); parameters of no linear layer by F's diagonal. Factors are made anew every so many \
        steps, of that step's data. damping 0 stands for a tenth of F's mean eigenvalue, over all that it is added to. \
        A step d is shortened where lr^2 d g, about twice the \
        divergence that it brings, is above kl_clip (Ba et al. 2017). kfac as an optimizer of a run is this one.
        """
    public static let example: String? = """
        m, b = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3, 4]])
        n, s = natural_gradient(m, grad(m -> nll(m, b), m), none, lr=0.1, data=b)
        nll(n, b) < nll(m, b)
        #> true
        """

    public var learningRate = 0.1
    public var scalesWithRate: Bool { limit == 0 }
    public var damping = 0.0
    public var labels = Labels.sampled
    public var momentum = 0.0
    public var limit = 1e-3
    public var every = 1

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .number("damping", \.damping, "added to the eigenvalues; 0 for a tenth of their mean"),
            .choice("labels", \.labels, "whose labels the gradients have: drawn from the model, or the data's"),
            .average("momentum", \.momentum, "share of the past in the step"),
            .number("kl_clip", \.limit, "the most that lr^2 d g may be; 0 for no limit"),
            .count("every", \.every, "steps from one computation of the factors to the next"),
        ]
    }

    public init() {}

    public var needs: Set<StepNeed> { [.naturalGradient] }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        guard momentum > 0 else { return try OptimizerState() }
        return try OptimizerState(
            tensors: [.init(name: "momentum", tensor: try .zeros(parameters.shape, on: parameters.device))])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        let kept = try factors(in: state, for: parameters)
        try gradient.check("gradient", like: parameters)
        guard let solve = supply.naturalGradient else { throw OptimizerError.missing(.naturalGradient, Self.name) }
        let request = FisherRequest(damping: damping > 0 ? damping : nil, samplesLabels: labels == .sampled)
        let isDue = state.step % every == 0
        var (step, factors) = try solve(request, isDue ? nil : kept, gradient, parameters)
        let rate = supply.rate(learningRate), divergence = rate * rate * (try step.dot(gradient))
        if limit > 0, divergence > limit { step = try Float((limit / divergence).squareRoot()) * step }
        if momentum > 0 {
            step = try state.tensors[0].tensor.combined(Float(momentum), step, 1)
            try state.tensors[0].set(step)
        }
        if every > 1, let factors, isDue || kept == nil {
            state.tensors = state.tensors.prefix(momentum > 0 ? 1 : 0) + factors.tensors
            state.numbers = [.init(name: "damping", value: factors.damping)]
        }
        parameters = try parameters.moved(along: step, by: -rate)
        state.step += 1
        return .none
    }

    /// What the state keeps beside the momentum.
    private func factors(in state: OptimizerState, for parameters: Tensor) throws -> FisherFactors? {
        guard every > 1, let damping = state.number("damping"), state.numbers.count == 1 else {
            try state.check(fits: momentum > 0 ? ["momentum"] : [], of: Self.name, for: parameters)
            return nil
        }
        let own = momentum > 0 ? 1 : 0
        guard own == 0 || state.tensors.first?.name == "momentum" && state.tensors[0].shape == parameters.shape
        else {
            throw OptimizerError.state("this state of natural_gradient has no momentum of these parameters")
        }
        return FisherFactors(tensors: Array(state.tensors.dropFirst(own)), damping: damping)
    }
}
