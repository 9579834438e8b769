/// SOUL's optimizer exactly as its authors' code has it, to repeat their results.
import Settings
import CKernels

public struct SoulReleased: ElementwiseOptimizer {
    public static let name = "soul_released"
    public static let example: String? = """
        p, s = soul_released(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9881, 1.981]
        """
    public static let summary = """
        The optimizer of SOUL (Jia et al., arXiv 2404.18239) as released: Sophia's step, but in every step the \
        curvature averages the square of the step's own gradient (no sampled labels), the momentum takes the same \
        gradient in twice, and bs is 5120 whatever the batch. The released runs clip the gradient's norm to 1, warm up \
        over a tenth of the steps and decay linearly. For the method as its paper describes it, use sophia.
        """

    public var learningRate = 5e-6
    public var beta1 = 0.9
    public var beta2 = 0.95
    public var rho = 0.04
    public var batchTokens = 5120.0
    public var epsilon = 1e-15
    public var weightDecay = 0.1

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate: the largest change of a parameter in a step"),
            .average("beta1", \.beta1, "share of the past in the average gradient, applied twice a step"),
            .average("beta2", \.beta2, "share of the past in the average squared gradient"),
            .number("rho", \.rho, "scale of the curvature; a larger one clips less"),
            .number("bs", \.batchTokens, "factor of the curvature"),
            .number("eps", \.epsilon, "added to the divisor; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { ["momentum", "curvature"] }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        var own = arrays.pointee
        own.curvature = own.gradient
        // Twice m ← β₁m + (1 − β₁)g is once m ← β₁²m + (1 − β₁²)g.
        let twice = beta1 * beta1
        return UpdateOutcome(
            lethe_sophia(
                &own, start, count,
                lethe_sophia_coefficients(
                    rate: Float(context.learningRate), decay: Float(context.learningRate * weightDecay),
                    weight1: Float(1 - twice), weight2: Float(1 - beta2),
                    scale: Float(rho * batchTokens), epsilon: Float(epsilon), square: 1)))
    }
}
