/// DualOptim+: averages that forgetting and keeping share, and what each adds to them.
import Glibc
import Settings
import Tensors

public struct DualOptimPlus: RatedOptimizer {
    public static let name = "dualoptim_plus"
    public static let summary = """
        Adam on the gradients of the forget and the retain term by turns, with averages that both share (B of \
        gradients, w of squares) and a difference of each objective o: D averages g - B, v averages g^2 - w, all \
        corrected for their start at 0, and p moves by lr (D + B) / (sqrt|v + w| + eps), after decay (DualOptim+, \
        arXiv 2605.21539). The retain gradient is taken where the forget step has led.
        """
    public static let example: String? = """
        o = dualoptim_plus(lr=0.1, weight_decay=0)
        p, s = o(tensor([1, 1]), forget_gradient=tensor([1, 0]), retain_gradient=tensor([0, 1]))
        p[0] < 1 and p[1] < 1
        #> true
        """

    public var learningRate = 1e-3
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var weightDecay = 0.01

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("beta1", \.beta1, "share of the past in the average gradients"),
            .average("beta2", \.beta2, "share of the past in the average squares"),
            .number("eps", \.epsilon, "added to the root; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
        ]
    }

    public init() {}

    public var movesTwice: Bool { true }

    public var needs: Set<StepNeed> { [.parts] }
    public func needsGradient(in state: OptimizerState) -> Bool { false }

    private static let names = ["mean", "square", "forget", "forget_square", "retain", "retain_square"]

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: Self.names.map {
                .init(name: $0, tensor: try Tensor.zeros(parameters.shape, on: parameters.device))
            })
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.check(fits: Self.names, of: Self.name, for: parameters)
        var tensors = try state.tensors.map { try $0.tensor }, point = parameters, norms = 0.0
        let rate = supply.rate(learningRate), before = state.step
        for (index, part) in [LossPart.forget, .retain].enumerated() {
            let gradient = try supply.shortened(supply.gradient(of: part, at: point, for: Self.name))
            norms += try gradient.dot(gradient)
            // What is shared has seen both terms of each earlier step.
            let shared = Double(2 * state.step + index + 1), place = 2 + 2 * index
            let square = try gradient.map(.square)
            tensors[0] = try tensors[0].averaged(with: gradient, past: beta1)
            tensors[1] = try tensors[1].averaged(with: square, past: beta2)
            let base = try Float(1 / (1 - pow(beta1, shared))) * tensors[0]
            let spread = try Float(1 / (1 - pow(beta2, shared))) * tensors[1]
            let step = try Self.joined(gradient, base, tensors[place], beta1, before: before)
            let root = try Self.joined(square, spread, tensors[place + 1], beta2, before: before).map(.abs).map(.sqrt)
            tensors[place] = try tensors[place].averaged(with: gradient - base, past: beta1)
            tensors[place + 1] = try tensors[place + 1].averaged(with: square - spread, past: beta2)
            // One decay a step.
            if index == 0 { point = try point.shrunk(by: rate * weightDecay, in: supply.parameters.decaying) }
            point = try point.moved(along: Self.quotient(step, root, epsilon: epsilon), by: -rate)
        }
        for index in tensors.indices { try state.tensors[index].set(tensors[index]) }
        parameters = point
        state.step += 1
        return StepFigures(gradientNorm: norms.squareRoot())
    }

    /// What is shared and what an objective adds to it, D + B: of the two parts of D one is x - B now, so that B goes out of
    /// the sum. Taken as it stands, x would be lost beside a B of another objective's larger gradients.
    /// - Parameters:
    ///   - x: the gradient, or its square.
    ///   - own: the average of the objective's differences before this step, not corrected for its start.
    ///   - before: steps before this one.
    private static func joined(
        _ x: Tensor, _ shared: Tensor, _ own: Tensor, _ beta: Double, before: Int
    ) throws -> Tensor {
        guard before > 0 else { return x }
        let share = (1 - beta) / (1 - pow(beta, Double(before + 1)))
        let past = try sum(shared, Float(1 / (1 - pow(beta, Double(before)))) * own)
        return try past.combined(Float(1 - share), x, Float(share))
    }

    /// The sum of two that cancel where nothing has changed: what rounding leaves of that is nothing, and over a root of 0
    /// would be a large step.
    private static func sum(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let rounding = try (try a.map(.abs) + b.map(.abs)).combined(.multiply, scalar: 16 * Float.ulpOfOne)
        let sum = try a + b
        return try sum * rounding.combined(.less, sum.map(.abs))
    }

    /// The step over its root, which may be 0 where epsilon is: there is no step then. NaN stays.
    private static func quotient(_ step: Tensor, _ root: Tensor, epsilon: Double) throws -> Tensor {
        guard epsilon == 0 else { return try step / root.combined(.add, scalar: Float(epsilon)) }
        let none = try root.combined(.equal, scalar: 0)
        return try (step - step * none) / (root + none)
    }
}
