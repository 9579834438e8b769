/// RMSProp: gradients over the root of the average of recent squares.
import Settings
import CKernels

public struct RMSProp: ElementwiseOptimizer {
    public static let name = "rmsprop"
    public static let example: String? = """
        p, s = rmsprop(lr=0.01)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.1]
        """
    public static let summary = """
        Steps of the gradient over the root of its average square (Tieleman & Hinton, 2012). Weight decay is added to \
        the gradient.
        """

    public var learningRate = 1e-2
    public var alpha = 0.99
    public var epsilon = 1e-8
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("alpha", \.alpha, "share of the past in the average square"),
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
                    rate: Float(context.learningRate), decay: Float(weightDecay), decayed: Float(1 - alpha),
                    weight: Float(1 - alpha),
                    epsilon: Float(epsilon))))
    }
}
