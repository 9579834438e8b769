/// SAM: the gradient where the loss is highest nearby.
import Settings
import Tensors

public struct SharpnessAware: OptimizerWrapper {
    /// Which gradient is taken elsewhere.
    public enum Target: String, CaseIterable, Sendable {
        case loss, forget
    }

    public static let name = "sam"
    public static let summary = """
        Sharpness-aware steps: the inner optimizer is given the gradient at p + rho g / |g| instead of g (Foret et \
        al., arXiv 2010.01412). With on="forget" only the forget term's gradient is taken there, along its own \
        direction, and the retain term's where the weights are: the smoothness against relearning of arXiv 2502.05374.
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        f = p -> sum(p^2) / 2
        p, s = sam(sgd(lr=1), rho=0.5)(tensor([3, 4]), tensor([3, 4]), none, loss=f)
        norm(p - tensor([-0.3, -0.4])) < 1e-6
        #> true
        """

    public var rules: [any StepRule] = [AdamW()]
    public var rho = 0.05
    public var target = Target.loss

    public static var settings: [Setting<Self>] {
        [
            .number("rho", \.rho, "how far away the gradient is taken"),
            .choice("on", \.target, "which gradient is taken there: that of the whole loss, or of its forget term"),
        ]
    }

    public init() {}

    public static var changesGradient: Bool { true }
    public var ownNeeds: Set<StepNeed> { target == .loss ? [.loss] : [.parts] }
    public func needsGradient(in state: OptimizerState) -> Bool { target == .loss }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let sharp: Tensor
        switch target {
        case .loss:
            try gradient.check("gradient", like: parameters)
            let loss = try supply.loss(for: Self.name)
            sharp = try loss.gradient(at: uphill(from: parameters, along: gradient)).gradient
        case .forget:
            func part(_ part: LossPart, _ weights: Tensor) throws -> Tensor {
                try supply.gradient(of: part, at: weights, for: Self.name)
            }
            let forget = try part(.forget, uphill(from: parameters, along: part(.forget, parameters)))
            sharp = try forget + part(.retain, parameters)
        }
        var figures = try rules[0].advance(
            &parameters, gradient: supply.shortened(sharp), state: &state.parts[0].state, with: supply)
        if target == .forget { figures.gradientNorm = sharp.norm() }
        state.step += 1
        return figures
    }

    private func uphill(from point: Tensor, along gradient: Tensor) throws -> Tensor {
        let norm = gradient.norm()
        return norm > 0 ? try point.moved(along: gradient, by: rho / norm) : point
    }
}
