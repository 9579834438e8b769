/// Lion: steps of equal length along the sign of an averaged gradient.
import Settings
import CKernels

public struct Lion: ElementwiseOptimizer {
    public static let name = "lion"
    public static let example: String? = """
        p, s = lion(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.1]
        """
    public static let summary = """
        Every parameter moves by lr against the sign of beta1 m + (1 - beta1) g, after decay; m averages with beta2 \
        (Chen et al., arXiv 2302.06675). Wants a smaller lr and a larger weight decay than adamw.
        """

    public var learningRate = 1e-4
    public var beta1 = 0.9
    public var beta2 = 0.99
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate: the change of a parameter in a step"),
            .average("beta1", \.beta1, "share of the past in the step"),
            .average("beta2", \.beta2, "share of the past in the average gradient"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { ["momentum"] }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        UpdateOutcome(
            lethe_lion(
                arrays, start, count,
                lethe_lion_coefficients(
                    rate: Float(context.learningRate), decay: Float(context.learningRate * weightDecay),
                    weight1: Float(1 - beta1), weight2: Float(1 - beta2))))
    }
}
