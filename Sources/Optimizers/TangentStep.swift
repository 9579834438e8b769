/// The derivative of an optimizer's step: what differentiating through a training needs.
import Glibc
import Tensors

/// An optimizer whose step (parameters, gradient, state) → (parameters, state) can be differentiated.
public protocol TangentOptimizer: ElementwiseOptimizer {
    /// What a step is divided by beside the size of the gradient: where it is small the step is nearly the gradient's
    /// sign, on which little follows to first order. nil where the step is linear in the gradient.
    var smoothing: Double? { get }
    /// Moves tangents along one step: those of the parameters and of the state are replaced by those after it.
    /// - Parameters:
    ///   - gradient: that of the step; `gradientTangent` its derivative.
    ///   - state: before the step.
    ///   - tangents: of the state; what `initialState` gives is 0.
    func advanceTangent(
        _ parameters: inout Tensor, gradient: Tensor, gradientTangent: Tensor, state: OptimizerState,
        tangents: inout OptimizerState, decaying: [Range<Int>]?) throws
}

extension StochasticGradientDescent: TangentOptimizer {
    public var smoothing: Double? { nil }

    /// The step is linear in parameters, gradient and momentum: tangents move as they do.
    public func advanceTangent(
        _ parameters: inout Tensor, gradient: Tensor, gradientTangent: Tensor, state: OptimizerState,
        tangents: inout OptimizerState, decaying: [Range<Int>]?
    ) throws {
        try advance(&parameters, gradient: gradientTangent, state: &tangents, decaying: decaying)
    }
}

extension Adam: TangentOptimizer {
    public var smoothing: Double? { epsilon }

    public func advanceTangent(
        _ parameters: inout Tensor, gradient: Tensor, gradientTangent: Tensor, state: OptimizerState,
        tangents: inout OptimizerState, decaying: [Range<Int>]?
    ) throws {
        guard weightDecay == 0 else {
            throw OptimizerError.state(
                """
                adam with weight decay, which passes through its averages, has no derivative here; use adamw, or \
                weight_decay=0
                """)
        }
        try Adam.advanceTangent(
            &parameters, gradient, gradientTangent, state, &tangents, beta1: beta1, beta2: beta2, epsilon: epsilon,
            rate: learningRate)
    }

    /// With m and v the averages after the step and hats for their corrections, d(m̂/(√v̂ + ε)) = dm̂/(√v̂ + ε) −
    /// m̂ dv̂/(2 √v̂ (√v̂ + ε)²).
    static func advanceTangent(
        _ parameters: inout Tensor, _ gradient: Tensor, _ gradientTangent: Tensor, _ state: OptimizerState,
        _ tangents: inout OptimizerState, beta1: Double, beta2: Double, epsilon: Double, rate: Double
    ) throws {
        let isWhole = (state.tensors + tangents.tensors).allSatisfy {
            if case .full = $0.content { true } else { false }
        }
        guard isWhole else {
            throw OptimizerError.state(
                "a state kept in bf16 is rounded at random, which has no derivative; use storage=\"f32\"")
        }
        guard state.tensors.count == 2, tangents.tensors.count == 2 else {
            throw OptimizerError.state("adam's state holds two averages; this one holds \(state.tensors.count)")
        }
        func average(_ old: Tensor, _ new: Tensor, _ beta: Double) throws -> Tensor {
            try old.combined(Float(beta), new, Float(1 - beta))
        }
        let mean = try average(state.tensors[0].tensor, gradient, beta1)
        let square = try average(state.tensors[1].tensor, gradient.map(.square), beta2)
        let meanTangent = try average(tangents.tensors[0].tensor, gradientTangent, beta1)
        let squareTangent = try average(tangents.tensors[1].tensor, 2 * (gradient * gradientTangent), beta2)
        let t = Double(state.step + 1)
        let first = Float(1 / (1 - pow(beta1, t))), second = Float(1 / (1 - pow(beta2, t)))
        let root = try square.combined(.multiply, scalar: second).map(.sqrt)
        let divisor = try root.combined(.add, scalar: Float(epsilon))
        let straight = try meanTangent.combined(.multiply, scalar: first) / divisor
        // Where the root is 0 the gradient has been 0 all along, and so is what it multiplies.
        let bend =
            try (mean.combined(.multiply, scalar: first) * squareTangent.combined(.multiply, scalar: second / 2))
            / (root.combined(.maximum, scalar: 1e-30) * divisor * divisor).combined(.maximum, scalar: 1e-37)
        parameters = try parameters.combined(1, straight, Float(-rate)).combined(1, bend, Float(rate))
        tangents = try OptimizerState(
            step: tangents.step + 1,
            tensors: zip(tangents.tensors, [meanTangent, squareTangent]).map {
                OptimizerState.Entry(name: $0.name, tensor: $1)
            })
    }
}

extension AdamW: TangentOptimizer {
    public var smoothing: Double? { epsilon }

    public func advanceTangent(
        _ parameters: inout Tensor, gradient: Tensor, gradientTangent: Tensor, state: OptimizerState,
        tangents: inout OptimizerState, decaying: [Range<Int>]?
    ) throws {
        // p − lr weight_decay p, where it decays.
        let kept = Float(1 - learningRate * weightDecay)
        if let decaying {
            let whole = parameters
            parameters = try Tensor(shape: whole.shape, on: whole.device) { target in
                whole.withElements { source in
                    _ = target.initialize(from: source)
                    for range in decaying { for place in range { target[place] *= kept } }
                }
            }
        } else {
            parameters = try parameters.combined(.multiply, scalar: kept)
        }
        try Adam.advanceTangent(
            &parameters, gradient, gradientTangent, state, &tangents, beta1: beta1, beta2: beta2, epsilon: epsilon,
            rate: learningRate)
    }
}
