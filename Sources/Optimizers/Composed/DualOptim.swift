/// DualOptim: an optimizer for what is forgotten, another for what is kept.
import Settings
import Tensors

public struct DualOptim: OptimizerWrapper {
    public static let name = "dualoptim"
    public static let summary = """
        Each step is a step on the forget term's gradient by one optimizer, and then one on the retain term's, taken \
        where the first has led, by another: their averages do not mix (arXiv 2504.15827).
        """
    public static let slots = [
        OptimizerSlot("forget", standard: "adamw", "takes the steps of the forget term"),
        OptimizerSlot("retain", standard: "adamw", "takes the steps of the retain term"),
    ]
    public static let example: String? = """
        o = dualoptim(sgd(lr=1), sgd(lr=0.1))
        p, s = o(tensor([1, 1]), forget_gradient=tensor([1, 0]), retain_gradient=tensor([0, 1]))
        norm(p - tensor([0, 0.9])) < 1e-6
        #> true
        """

    public var rules: [any StepRule] = [AdamW(), AdamW()]
    public static var settings: [Setting<Self>] { [] }

    public init() {}

    public static var changesGradient: Bool { true }
    public var movesTwice: Bool { true }
    public var ownNeeds: Set<StepNeed> { [.parts] }
    public func needsGradient(in state: OptimizerState) -> Bool { false }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        var moved = parameters, next = state, clipped = 0.0, norms = 0.0
        for (index, part) in [LossPart.forget, .retain].enumerated() {
            let own = try supply.shortened(supply.gradient(of: part, at: moved, for: Self.name))
            norms += try own.dot(own)
            let figures = try rules[index].advance(
                &moved, gradient: own, state: &next.parts[index].state, with: supply)
            clipped += figures.clipped / 2
        }
        next.step += 1
        (parameters, state) = (moved, next)
        return StepFigures(clipped: clipped, gradientNorm: norms.squareRoot())
    }
}
