/// Stochastic gradient descent, with momentum and Nesterov's look-ahead.
import Settings
import CKernels

public struct StochasticGradientDescent: ElementwiseOptimizer {
    public static let name = "sgd"
    public static let example: String? = """
        p, s = sgd(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9, 2.2]
        """
    public static let summary = """
        Gradient descent. With momentum mu the step is m = mu m + (1 - dampening) g (m = g at first), and with \
        nesterov g + mu m (Sutskever et al., 2013). Weight decay is added to the gradient, as in PyTorch's SGD.
        """

    public var learningRate = 1e-3
    public var momentum = 0.0
    public var dampening = 0.0
    public var nesterov = false
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("momentum", \.momentum, "share of the past in the step"),
            .average("dampening", \.dampening, "how much less the gradient counts beside the past"),
            .flag("nesterov", \.nesterov, "whether to look ahead along the momentum"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, added to the gradient"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { momentum == 0 ? [] : ["momentum"] }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        UpdateOutcome(
            lethe_sgd(
                arrays, start, count,
                lethe_sgd_coefficients(
                    rate: Float(context.learningRate), decay: Float(weightDecay), decayed: Float(1 - momentum),
                    weight: context.step == 0 ? 1 : Float(1 - dampening), nesterov: nesterov ? 1 : 0)))
    }
}
