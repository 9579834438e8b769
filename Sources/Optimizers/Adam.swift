/// Adam, and what it shares with AdamW.
import Settings
import CKernels
import Glibc

public struct Adam: ElementwiseOptimizer {
    public static let name = "adam"
    public static let example: String? = """
        p, s = adam(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.1]
        """
    public static let summary = """
        Steps of the average gradient over the root of the average square, both corrected for their start at 0 \
        (Kingma & Ba, arXiv 1412.6980). Weight decay is added to the gradient; adamw decouples it.
        """

    public var learningRate = 1e-3
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("beta1", \.beta1, "share of the past in the average gradient"),
            .average("beta2", \.beta2, "share of the past in the average square"),
            .number("eps", \.epsilon, "added to the root; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, added to the gradient"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { ["mean", "square"] }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        Adam.update(
            arrays, start: start, count: count, at: context, beta1: beta1, beta2: beta2, epsilon: epsilon,
            decay: weightDecay, decoupled: false)
    }

    static func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext, beta1: Double,
        beta2: Double, epsilon: Double, decay: Double, decoupled: Bool
    ) -> UpdateOutcome {
        let t = Double(context.step + 1)
        return UpdateOutcome(
            lethe_adam(
                arrays, start, count,
                lethe_adam_coefficients(
                    rate: Float(context.learningRate / (1 - pow(beta1, t))), decay: Float(decay),
                    weight1: Float(1 - beta1), weight2: Float(1 - beta2),
                    correction: Float(1 / (1 - pow(beta2, t)).squareRoot()), epsilon: Float(epsilon),
                    decoupled: decoupled ? 1 : 0)))
    }
}
