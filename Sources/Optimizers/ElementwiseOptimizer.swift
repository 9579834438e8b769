/// Optimizers that work element by element: settings, the tensors they remember, and one fused update.
import Settings
import CKernels
import Tensors

/// A pure rule (parameters, gradient, state) → (parameters, state), elementwise over tensors of any shape, in one pass
/// over memory. Threads, updates in place and checks of input come from here.
public protocol ElementwiseOptimizer: RatedOptimizer, Sendable {
    /// Pull of the parameters towards 0, where it applies.
    var weightDecay: Double { get set }
    /// What the optimizer remembers between steps: at most two tensors shaped like the parameters, all zero at first.
    var stateNames: [String] { get }
    /// What the stateNames tensors are kept in.
    var stateFormat: StateFormat { get set }
    /// Whether a step writes the stateNames tensor `name` anew; else the next state shares it.
    func updatesState(_ name: String, suppliedCurvature: Bool, after steps: Int) -> Bool
    /// The rule with what it finds anew for every step, as a number.
    /// - Parameter moving: the elements that move; nil for all.
    func settled(
        for gradient: Tensor, curvature: Tensor?, state: OptimizerState, moving: ElementSelection?
    ) throws -> Self
    /// Updates elements `start` ..< `start + count` in one pass over memory.
    func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome
}

/// When an update happens: what changes from step to step beside the tensors.
public struct StepContext: Sendable {
    /// Steps taken before this one.
    public let step: Int
    public let learningRate: Double
}

extension ElementwiseOptimizer {
    public func settled(
        for gradient: Tensor, curvature: Tensor?, state: OptimizerState, moving: ElementSelection?
    ) throws -> Self { self }
    public func updatesState(_ name: String, suppliedCurvature: Bool, after steps: Int) -> Bool { true }
    /// All do but one that looks at all elements for a number of its own.
    public var movesPartsAlone: Bool { autoUnclipped == nil }

    /// Parameters whose new values no cache would hold until they are read again.
    private static var streamed: Int { 1 << 22 }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: stateNames.map {
                switch stateFormat {
                case .float32:
                    OptimizerState.Entry(name: $0, tensor: try .zeros(parameters.shape, on: parameters.device))
                case .bfloat16:
                    OptimizerState.Entry(name: $0, half: try .zeros(parameters.shape, on: parameters.device))
                }
            })
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.check(fits: stateNames, of: Self.name, for: parameters)
        let curvature = try supply.diagonal(for: self.curvature, after: state.step, at: parameters)
        for (role, tensor) in [("gradient", gradient), ("curvature", curvature)] {
            guard let tensor, tensor.shape != parameters.shape else { continue }
            throw OptimizerError.shape(role: role, tensor.shape, parameters: parameters.shape)
        }
        let settled = try self.settled(for: gradient, curvature: curvature, state: state, moving: supply.moving)
        let device = parameters.device, count = parameters.count
        let parts = try DecayParts(supply.parameters.decaying, of: count)
        // Everything that can fail comes before the first write.
        let target = supply.overwrites ? parameters : try parameters.successor()
        let streams = !target.isSameMemory(as: parameters) && count >= Self.streamed
        let context = StepContext(step: state.step, learningRate: supply.rate(learningRate))
        var undecayed = settled
        undecayed.weightDecay = 0
        /// Updates a block; where the state is counts from the first element.
        func update(
            _ lent: [[UnsafeMutablePointer<Float>]], _ start: Int, _ count: Int, _ old: [UnsafeMutablePointer<Float>],
            _ new: [UnsafeMutablePointer<Float>]
        ) -> UpdateOutcome {
            let arrays = lethe_update(
                parameters: lent[0][0], gradient: lent[1][0], curvature: lent[2].first.map { UnsafePointer($0) },
                first: old.first.map { UnsafePointer($0) }, second: old.dropFirst().first.map { UnsafePointer($0) },
                new_parameters: lent[0][1], new_first: new.first, new_second: new.dropFirst().first,
                streams: streams ? 1 : 0)
            return withUnsafePointer(to: arrays) { arrays in
                parts.total(start..<(start + count)) { part, decays in
                    (decays ? settled : undecayed).update(
                        arrays, start: part.lowerBound, count: part.count, at: context)
                }
            }
        }
        let tensors = [[parameters, target], [gradient], [curvature].compactMap(\.self)]
        func updated<Storage: StateStorage>(_ storage: Storage.Type) throws -> [UpdateOutcome] {
            try state.renew(
                as: storage,
                { updatesState($0, suppliedCurvature: curvature != nil, after: context.step) },
                { old, new, isWritten in
                    tensors.withPointers { lent in
                        Storage.update(
                            old, to: new, isWritten: isWritten, draw: UInt32(truncatingIfNeeded: context.step),
                            origin: supply.origin, count: count, on: device
                        ) { update(lent, $0, $1, $2, $3) }
                    }
                })
        }
        let outcomes =
            switch stateFormat {
            case .float32: try updated(Tensor.self)
            case .bfloat16: try updated(BFloat16Tensor.self)
            }
        parameters = target
        state.step += 1
        let outcome = outcomes.reduce(.nothing, +)
        return StepFigures(
            clipped: count == 0 ? 0 : Double(outcome.clipped) / Double(count), isFinite: outcome.isFinite)
    }
}
