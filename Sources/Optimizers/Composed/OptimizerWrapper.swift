/// Optimizers that are made of others.
import Settings
import Tensors

/// A place in an optimizer that another rule fills.
public struct OptimizerSlot: Sendable {
    public let name: String
    /// The built-in that stands there when none is given.
    public let standard: String
    public let summary: String

    public init(_ name: String, standard: String, _ summary: String) {
        self.name = name
        self.standard = standard
        self.summary = summary
    }
}

/// An optimizer whose steps are taken by other rules.
public protocol OptimizerWrapper: Optimizer {
    static var slots: [OptimizerSlot] { get }
    /// The rules in the slots, in their order.
    var rules: [any StepRule] { get set }
    /// Whether its rules are given another gradient than that of the loss: then one that looks at the loss itself would
    /// see two different functions.
    static var changesGradient: Bool { get }
    /// What it asks for besides what its rules do.
    var ownNeeds: Set<StepNeed> { get }
}

extension OptimizerWrapper {
    public static var changesGradient: Bool { false }
    public var ownNeeds: Set<StepNeed> { [] }
    public var rate: Double? { rules.lazy.compactMap(\.rate).first }
    public var unrated: String? { rules.lazy.compactMap(\.unrated).first }
    public func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double] {
        zip(rules, state.parts).flatMap { $0.stepRates(in: $1.state, with: supply) }
    }
    public var scalesWithRate: Bool { rules.count == 1 && rules[0].scalesWithRate }
    public var movesTwice: Bool { rules.contains { $0.movesTwice } }
    public var curvature: CurvatureRequest? { rules.lazy.compactMap(\.curvature).first }
    public var clips: Bool { rules.contains(where: \.clips) }
    public var heedsGradientLimit: Bool { rules.isEmpty || rules.contains(where: \.heedsGradientLimit) }
    public var needs: Set<StepNeed> { rules.reduce(ownNeeds) { $0.union($1.needs) } }

    public func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double? {
        for (rule, part) in zip(rules, state.parts) {
            if let rho = try rule.rho(leavingUnclipped: fraction, in: part.state) { return rho }
        }
        return nil
    }

    public var autoUnclipped: Double? { rules.lazy.compactMap(\.autoUnclipped).first }

    public func check() throws {
        for rule in rules {
            try rule.check()
            guard Self.changesGradient, rule.needs.contains(.loss) || rule.needs.contains(.parts) else { continue }
            throw OptimizerError.composition(
                """
                \(name) changes the gradient, and \(rule.name) looks at the loss itself: give \(name) a rule that \
                works on gradients alone, such as adamw
                """)
        }
    }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            parts: zip(Self.slots, rules).map { slot, rule in
                OptimizerState.Part(name: slot.name, state: try rule.initialState(for: parameters, list))
            })
    }

    /// - Throws: where a rule within has no learning rate, which `name` `does` something with.
    func requireRates(_ does: String) throws {
        guard let unrated = rules.lazy.compactMap(\.unrated).first else { return }
        throw OptimizerError.composition(
            "\(name) \(does) the learning rate, and \(unrated) has none; give it an option lr")
    }

    /// - Throws: for a state that is another optimizer's.
    func checkParts(_ state: OptimizerState, tensors: [String] = []) throws {
        try state.checkNames(tensors + Self.slots.map(\.name), of: Self.name)
    }
}
