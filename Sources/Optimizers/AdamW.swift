/// AdamW: Adam with decoupled weight decay.
import Settings
import CKernels

public struct AdamW: ElementwiseOptimizer {
    public static let name = "adamw"
    public static let example: String? = """
        p, s = adamw(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.899, 2.098]
        """
    public static let summary = """
        Adam whose weight decay acts on the parameters themselves, p -= lr weight_decay p, instead of passing through \
        the averages (Loshchilov & Hutter, arXiv 1711.05101).
        """

    public var learningRate = 1e-3
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var weightDecay = 0.01

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("beta1", \.beta1, "share of the past in the average gradient"),
            .average("beta2", \.beta2, "share of the past in the average square"),
            .number("eps", \.epsilon, "added to the root; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
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
            decay: context.learningRate * weightDecay, decoupled: true)
    }
}
