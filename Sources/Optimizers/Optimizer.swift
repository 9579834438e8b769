/// What an optimizer is: settings, the tensors it remembers, the curvature it wants, and one fused update.
import Settings
import CKernels
import Tensors

/// A pure rule (parameters, gradient, state) → (parameters, state), elementwise over tensors of any shape.
///
/// A conforming type lives in a file of its own and stands in one list, `Optimizers.all`; everything else (settings by
/// name, checks of input, threads, updates in place) comes from here.
public protocol Optimizer: Configurable {
    /// Step size, when the step itself is not given one.
    var learningRate: Double { get set }
    /// Pull of the parameters towards 0, where it applies.
    var weightDecay: Double { get set }
    /// What the optimizer remembers between steps: at most two tensors shaped like the parameters, all zero at first.
    var stateNames: [String] { get }
    /// The curvature a run must supply, and how often; `nil` when the gradient is enough.
    var curvature: CurvatureRequest? { get }
    /// Whether a step writes the stateNames tensor `name` anew; else the next state shares it.
    func updatesState(_ name: String, suppliedCurvature: Bool, after steps: Int) -> Bool
    /// The setting of that name with which so large a share of the elements would not be clipped in `state`; nil for
    /// optimizers that do not clip.
    func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double?
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

/// What a step did, for `explain` and tables.
public struct StepFigures: Equatable, Sendable {
    /// Fraction of elements whose update was cut to ±1, for optimizers that clip; else 0.
    public let clipped: Double
    /// Whether the new weights and state are known to be finite, so that nobody needs to read them for that.
    public let isFinite: Bool

    /// The figures of a rule that tells none.
    public static let none = StepFigures(clipped: 0, isFinite: false)
}

extension Optimizer {
    public var curvature: CurvatureRequest? { nil }
    public func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double? { nil }
    public func updatesState(_ name: String, suppliedCurvature: Bool, after steps: Int) -> Bool { true }

    /// Parameters whose new values no cache would hold until they are read again.
    private static var streamed: Int { 1 << 22 }

    /// The state before the first step. `parameters` gives shape and device.
    public func initialState(for parameters: Tensor) throws -> OptimizerState {
        try OptimizerState(
            step: 0,
            tensors: stateNames.map {
                OptimizerState.Entry(name: $0, tensor: try .zeros(parameters.shape, on: parameters.device))
            })
    }

    /// One step, values in and values out.
    /// - Parameters:
    ///   - gradient: of the loss, shaped like `parameters`.
    ///   - curvature: an estimate of the Hessian's diagonal, on the steps where `curvature` asks for one; without it
    ///     the old estimate stays.
    ///   - decaying: the elements that weight decay applies to (not those of biases and norms), in ascending order;
    ///     all of them without it.
    ///   - learningRate: instead of the optimizer's own.
    /// - Throws: when a shape differs, or the state belongs to another optimizer or other parameters.
    public func step(
        _ parameters: Tensor, gradient: Tensor, state: OptimizerState, curvature: Tensor? = nil,
        decaying: [Range<Int>]? = nil, learningRate: Double? = nil
    ) throws -> (parameters: Tensor, state: OptimizerState) {
        var parameters = parameters, state = state
        try advance(
            &parameters, gradient: gradient, state: &state, curvature: curvature, decaying: decaying,
            learningRate: learningRate)
        return (parameters, state)
    }

    /// One step that replaces `parameters` and `state`. Memory that nobody else sees is written in place, so a training
    /// loop that keeps no old values allocates nothing. On an error both are unchanged.
    @discardableResult
    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, curvature: Tensor? = nil,
        decaying: [Range<Int>]? = nil, learningRate: Double? = nil
    ) throws -> StepFigures {
        try state.check(fits: stateNames, of: Self.name, for: parameters)
        for (role, tensor) in [("gradient", gradient), ("curvature", curvature)] {
            guard let tensor, tensor.shape != parameters.shape else { continue }
            throw OptimizerError.shape(role: role, tensor.shape, parameters: parameters.shape)
        }
        let device = parameters.device, count = parameters.count
        let parts = try DecayParts(decaying, of: count)
        // Everything that can fail comes before the first write.
        let target = try parameters.successor()
        var next: [Tensor] = []
        for index in state.tensors.indices {
            let kept = !updatesState(
                state.tensors[index].name, suppliedCurvature: curvature != nil, after: state.step)
            next.append(kept ? state.tensors[index].tensor : try state.tensors[index].tensor.successor())
        }

        let old = state.tensors.map(\.tensor)
        let streams = !target.isSameMemory(as: parameters) && count >= Self.streamed
        let context = StepContext(step: state.step, learningRate: learningRate ?? self.learningRate)
        var undecayed = self
        undecayed.weightDecay = 0
        let outcomes = [[parameters, target], [gradient], [curvature].compactMap(\.self), old, next].withPointers {
            lent in
            let arrays = lethe_update(
                parameters: lent[0][0], gradient: lent[1][0], curvature: lent[2].first.map { UnsafePointer($0) },
                first: lent[3].first.map { UnsafePointer($0) },
                second: lent[3].dropFirst().first.map { UnsafePointer($0) },
                new_parameters: lent[0][1], new_first: lent[4].first, new_second: lent[4].dropFirst().first,
                streams: streams ? 1 : 0)
            return withUnsafePointer(to: arrays) { arrays in
                device.partials(count) { start, count in
                    parts.total(start..<(start + count)) { part, decays in
                        (decays ? self : undecayed).update(
                            arrays, start: part.lowerBound, count: part.count, at: context)
                    }
                }
            }
        }
        parameters = target
        for index in next.indices { state.tensors[index].tensor = next[index] }
        state.step += 1
        let outcome = outcomes.reduce(.nothing, +)
        return StepFigures(
            clipped: count == 0 ? 0 : Double(outcome.clipped) / Double(count), isFinite: outcome.isFinite)
    }
}

extension Tensor {
    /// Memory for what replaces this tensor: its own when nobody else sees it, else new.
    fileprivate mutating func successor() throws -> Tensor {
        isUnique ? self : try Tensor(uninitialized: shape, on: device)
    }
}
