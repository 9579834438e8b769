/// Two optimizers by turns.
import Settings
import Tensors

public struct Alternate: OptimizerWrapper {
    public static let name = "alternate"
    public static let summary = """
        every steps of a, then every steps of b, and so on; each remembers its own steps. Adam and zeroth order by \
        turns, ending on the latter, is the hybrid of arXiv 2510.00761.
        """
    public static let slots = [
        OptimizerSlot("a", standard: "adam", "takes the first steps"),
        OptimizerSlot("b", standard: "zeroth_order", "takes the steps after these"),
    ]
    public static let example: String? = """
        o = alternate(sgd(lr=1), sgd(lr=0.5), every=2)
        p, s = 8, none
        for t in range(4) { p, s = o(p, 1, s) }
        p
        #> 5
        """

    public var rules: [any StepRule] = [Adam(), ZerothOrder()]
    public var every = 20

    public static var settings: [Setting<Self>] {
        [.count("every", \.every, "steps that each takes before the other's turn")]
    }

    public init() {}

    public var movesPartsAlone: Bool { rules.allSatisfy(\.movesPartsAlone) }

    private func turn(_ state: OptimizerState) -> Int { state.step / max(1, every) % 2 }

    public func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double] {
        let turn = turn(state)
        return turn < state.parts.count ? rules[turn].stepRates(in: state.parts[turn].state, with: supply) : []
    }

    public func needsGradient(in state: OptimizerState) -> Bool {
        let turn = turn(state)
        guard turn < state.parts.count else { return true }
        return rules[turn].needsGradient(in: state.parts[turn].state)
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let turn = turn(state)
        let figures = try rules[turn].advance(
            &parameters, gradient: gradient, state: &state.parts[turn].state, with: supply)
        state.step += 1
        return figures
    }
}
