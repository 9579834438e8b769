/// Steps of the sign of the gradient, or of its average.
import CKernels
import Settings

public struct SignDescent: ElementwiseOptimizer {
    public static let name = "sign_sgd"
    public static let example: String? = """
        p, s = sign_sgd(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.1]
        """
    public static let summary = """
        Every parameter moves by lr against the sign of the gradient (signSGD), or with momentum mu against that of \
        its average m = mu m + (1 - mu) g (Signum; Bernstein et al., arXiv 1802.04434), after decay.
        """

    public var learningRate = 1e-4
    public var momentum = 0.0
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate: the change of a parameter in a step"),
            .average("momentum", \.momentum, "share of the past in the average gradient"),
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
        // Lion with one average for the step and for the past.
        UpdateOutcome(
            lethe_lion(
                arrays, start, count,
                lethe_lion_coefficients(
                    rate: Float(context.learningRate), decay: Float(context.learningRate * weightDecay),
                    weight1: Float(1 - momentum), weight2: Float(1 - momentum))))
    }
}
