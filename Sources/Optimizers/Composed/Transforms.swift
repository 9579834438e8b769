/// What can be put around an optimizer, one around the other: shorter gradients, a schedule, decay of some parameters.
import Settings
import Tensors

public struct Clipped: OptimizerWrapper {
    /// What is shortened to the limit.
    public enum Measure: String, CaseIterable, Sendable {
        case all, parameter, value
    }

    public static let name = "clipped"
    public static let summary = """
        The inner optimizer is given a gradient that is shortened where it is longer than norm: as a whole, each \
        parameter tensor by itself, or every number cut to plus or minus norm.
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        p, s = clipped(sgd(lr=1), norm=1)(tensor([0, 0]), tensor([3, 4]), none)
        norm(p) < 1 + 1e-6
        #> true
        """

    public var rules: [any StepRule] = [AdamW()]
    public var norm = 1.0
    public var measure = Measure.all

    public static var settings: [Setting<Self>] {
        [
            .number("norm", \.norm, "the greatest length", range: "above 0") { $0 > 0 && $0.isFinite },
            .choice("by", \.measure, "what has that length: the whole gradient, each parameter's, or each number"),
        ]
    }

    public init() {}

    public static var changesGradient: Bool { true }
    public var movesPartsAlone: Bool { measure != .parameter && rules[0].movesPartsAlone }
    public func needsGradient(in state: OptimizerState) -> Bool {
        state.parts.isEmpty || rules[0].needsGradient(in: state.parts[0].state)
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let figures = try rules[0].advance(
            &parameters, gradient: shortened(gradient, supply), state: &state.parts[0].state, with: supply)
        state.step += 1
        return figures
    }

    private func shortened(_ gradient: Tensor, _ supply: StepSupply) throws -> Tensor {
        func factor(_ length: Double) -> Float? { length > norm ? Float(norm / length) : nil }
        switch measure {
        case .all: return try factor(supply.length(gradient)).map { try $0 * gradient } ?? gradient
        case .value: return try gradient.clipped(Float(-norm), Float(norm))
        case .parameter:
            let result = try gradient.copied()
            for entry in supply.parameters.entries {
                let part = entry.tensor(of: gradient)
                if let factor = factor(part.norm()) { result.write(try factor * part, at: entry.offset) }
            }
            return result
        }
    }
}

public struct Scheduled: OptimizerWrapper {
    /// How the learning rate goes after it has risen.
    public enum Shape: String, CaseIterable, Sendable {
        case constant, linear, cosine
    }

    public static let name = "scheduled"
    public static let summary = """
        The inner optimizer's learning rate rises from 0 over a share warmup of the steps, and then stays, falls in a \
        straight line, or falls along a half cosine to the share end of it. It counts its own steps; after them the \
        rate stays where it is.
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        o = scheduled(sgd(lr=1), schedule="linear", steps=4)
        p, s = 0, none
        for t in range(4) { p, s = o(p, 1, s) }
        p
        #> -2.5
        """

    public var rules: [any StepRule] = [AdamW()]
    public var shape = Shape.cosine
    public var warmup = 0.0
    public var steps = 100
    public var end = 0.0

    public static var settings: [Setting<Self>] {
        [
            .choice("schedule", \.shape, "how the rate goes after it has risen"),
            .number("warmup", \.warmup, "share of the steps in which it rises", range: "from 0 to 1") {
                (0...1).contains($0)
            },
            .count("steps", \.steps, "how many steps it spans"),
            .number("end", \.end, "share of the rate that is left in the end", range: "from 0 to 1") {
                (0...1).contains($0)
            },
        ]
    }

    public init() {}

    public var movesPartsAlone: Bool { rules[0].movesPartsAlone }

    private var schedule: LearningRateSchedule {
        switch shape {
        case .constant: .warmup(warmup)
        case .linear: .linear(warmup: warmup)
        case .cosine: .cosine(warmup: warmup)
        }
    }

    public func needsGradient(in state: OptimizerState) -> Bool {
        state.parts.isEmpty || rules[0].needsGradient(in: state.parts[0].state)
    }

    public func check() throws {
        try rules[0].check()
        try requireRates("changes")
    }

    /// What the inner rule is supplied with at this step: the rate that the schedule leaves.
    private func supply(at step: Int, _ supply: StepSupply) -> StepSupply {
        let factor = schedule.factor(step: min(step, steps), of: steps)
        // The rise goes from 0, whatever is left in the end.
        let rises = Double(step) < (Double(steps) * warmup).rounded(.up)
        var own = supply
        own.rateFactor *= rises || shape == .constant ? factor : end + (1 - end) * factor
        return own
    }

    public func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double] {
        guard let part = state.parts.first else { return [] }
        return rules[0].stepRates(in: part.state, with: self.supply(at: state.step, supply))
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let figures = try rules[0].advance(
            &parameters, gradient: gradient, state: &state.parts[0].state, with: self.supply(at: state.step, supply))
        state.step += 1
        return figures
    }
}

extension [Double] {
    /// What decoupled decay takes off weights in steps of these sizes: 1 − ∏ (1 − lr λ).
    public func decayed(by weightDecay: Double) -> Double {
        count == 1 ? self[0] * weightDecay : 1 - reduce(1) { $0 * (1 - $1 * weightDecay) }
    }
}

public struct Decayed: OptimizerWrapper {
    public static let name = "decayed"
    public static let summary = """
        Beside the inner optimizer's step the parameters shrink by lr weight_decay p: those whose names fit only, a \
        pattern such as "*.mlp.*" (several are divided by commas), else all but biases and norms. One around the other \
        they give each group a decay of its own.
        """
    public static let slots = [OptimizerSlot("inner", standard: "adamw", "takes the steps")]
    public static let example: String? = """
        o = decayed(sgd(lr=0.5), weight_decay=1, only="a*")
        p, s = o((a=2, b=2), (a=0, b=0), none)
        p
        #> (a=1, b=2)
        """

    public var rules: [any StepRule] = [AdamW()]
    public var weightDecay = 0.01
    public var only = ""

    public static var settings: [Setting<Self>] {
        [
            .number("weight_decay", \.weightDecay, "pull towards 0, times the lr that the inner optimizer's step uses"),
            .text("only", \.only, "pattern of the names of what shrinks; empty for all but biases and norms"),
        ]
    }

    public init() {}

    public func needsGradient(in state: OptimizerState) -> Bool {
        state.parts.isEmpty || rules[0].needsGradient(in: state.parts[0].state)
    }

    public func check() throws {
        try rules[0].check()
        try requireRates("multiplies its decay by")
    }

    public var movesPartsAlone: Bool { only.isEmpty && rules[0].movesPartsAlone }

    private func ranges(_ list: ParameterList) throws -> [Range<Int>]? {
        guard !only.isEmpty else { return list.decaying }
        let chosen = list.matching(only)
        guard !chosen.isEmpty else {
            throw OptimizerError.composition(
                """
                decayed finds no parameter whose name fits "\(only)"; there are \
                \(list.entries.prefix(4).map(\.name).joined(separator: ", "))\(list.entries.count > 4 ? ", …" : "")
                """)
        }
        return chosen.map(\.range)
    }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        _ = try ranges(list)
        return try OptimizerState(
            parts: [.init(name: "inner", state: try rules[0].initialState(for: parameters, list))])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state)
        let before = parameters
        // Of each step that the inner rule makes of this one.
        let share = rules[0].stepRates(in: state.parts[0].state, with: supply).decayed(by: weightDecay)
        let shrunk = try before.shrunk(by: share, in: ranges(supply.parameters))
        var moved = parameters, own = supply
        // Where it began is wanted afterwards.
        own.overwrites = false
        let figures = try rules[0].advance(
            &moved, gradient: gradient, state: &state.parts[0].state, with: own)
        // What the step adds stands beside what the decay takes: p + (step) − share p.
        parameters = try shrunk + (moved - before)
        state.step += 1
        return StepFigures(clipped: figures.clipped, gradientNorm: figures.gradientNorm)
    }
}
