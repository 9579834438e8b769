/// Adagrad: gradients over the root of the sum of all past squares.
import Settings
import CKernels

public struct Adagrad: ElementwiseOptimizer {
    public static let name = "adagrad"
    public static let example: String? = """
        p, s = adagrad(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.1]
        """
    public static let summary = """
        Steps of the gradient over the root of the sum of its squares so far (Duchi et al., 2011). Weight decay is \
        added to the gradient.
        """

    public var learningRate = 1e-2
    public var epsilon = 1e-10
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .number("eps", \.epsilon, "added to the root; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, added to the gradient"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { ["square"] }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        UpdateOutcome(
            lethe_scaled(
                arrays, start, count,
                lethe_scaled_coefficients(
                    rate: Float(context.learningRate), decay: Float(weightDecay), decayed: 0, weight: 1,
                    epsilon: Float(epsilon))))
    }
}
