/// Gradients of two terms whose parts against each other are taken out.
import Settings
import Tensors

/// GRU: the forget gradient loses its part against what is kept.
public struct GradientRectified: OptimizerWrapper {
    public static let name = "gru"
    public static let summary = """
        The forget term's gradient loses its part against an average of the retain term's, g - min(0, <g, r>) r / \
        |r|^2, so that to first order forgetting does not raise the retain loss (GRU, arXiv 2503.09117); the inner \
        optimizer is given what is left plus the retain term's gradient.
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        o = gru(sgd(lr=1))
        p, s = o(tensor([0, 0]), forget_gradient=tensor([1, -1]), retain_gradient=tensor([0, 1]))
        p
        #> tensor [-1, -1]
        """

    public var rules: [any StepRule] = [AdamW()]
    public var beta = 0.9

    public static var settings: [Setting<Self>] {
        [.average("beta", \.beta, "share of the past in the average retain gradient")]
    }

    public init() {}

    public static var changesGradient: Bool { true }
    public var ownNeeds: Set<StepNeed> { [.parts] }
    public func needsGradient(in state: OptimizerState) -> Bool { false }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: [.init(name: "retain", tensor: try .zeros(parameters.shape, on: parameters.device))],
            parts: [.init(name: "inner", state: try rules[0].initialState(for: parameters, list))])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state, tensors: ["retain"])
        let forget = try supply.gradient(of: .forget, at: parameters, for: Self.name)
        let retain = try supply.gradient(of: .retain, at: parameters, for: Self.name)
        // Its length plays no part, so that its start at 0 needs no correction.
        let average = try state.tensors[0].tensor.averaged(with: retain, past: beta)
        let combined = try forget.rectified(against: average) + retain
        var figures = try rules[0].advance(
            &parameters, gradient: supply.shortened(combined), state: &state.parts[0].state, with: supply)
        figures.gradientNorm = combined.norm()
        try state.tensors[0].set(average)
        state.step += 1
        return figures
    }
}

/// BLUR: the retain gradient loses its part against forgetting.
public struct BilevelRectified: OptimizerWrapper {
    public static let name = "blur"
    public static let summary = """
        Forgetting comes first: the retain term's gradient loses its part against the forget term's, \
        r - min(0, <r, g>) g / |g|^2, and the inner optimizer is given the sum of both (BLUR, arXiv 2506.08164).
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        o = blur(sgd(lr=1))
        p, s = o(tensor([0, 0]), forget_gradient=tensor([0, 1]), retain_gradient=tensor([1, -1]))
        p
        #> tensor [-1, -1]
        """

    public var rules: [any StepRule] = [AdamW()]
    public static var settings: [Setting<Self>] { [] }

    public init() {}

    public static var changesGradient: Bool { true }
    public var ownNeeds: Set<StepNeed> { [.parts] }
    public func needsGradient(in state: OptimizerState) -> Bool { false }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let forget = try supply.gradient(of: .forget, at: parameters, for: Self.name)
        let retain = try supply.gradient(of: .retain, at: parameters, for: Self.name)
        let combined = try forget + retain.rectified(against: forget)
        var figures = try rules[0].advance(
            &parameters, gradient: supply.shortened(combined), state: &state.parts[0].state, with: supply)
        figures.gradientNorm = combined.norm()
        state.step += 1
        return figures
    }
}
