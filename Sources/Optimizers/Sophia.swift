/// Sophia: clipped steps of momentum over an estimate of the Hessian's diagonal.
import Settings
import CKernels
import Tensors

public struct Sophia: ElementwiseOptimizer {
    public static let name = "sophia"
    public static let example: String? = """
        p, s = sophia(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.89, 2.08]
        """
    public static let summary = """
        m averages the gradient, h an estimate of the Hessian's diagonal made every k steps; each parameter moves by \
        lr clip(m / (rho bs h + eps), 1) against m, after decay (Liu et al., arXiv 2305.14342). With labels sampled \
        from the model (estimator gnb) the estimate is B g^2 for B positions; rho is then the paper's gamma, and bs \
        stays 1. The paper's public code averages g^2 without B and sets bs to the tokens of a batch: the same steps. \
        Without any estimate h stays 0 and every step has length lr. Tune rho for the fraction clipped, 0.5 to 0.9 \
        early on, or let rho="auto" find it.
        """

    /// Where the curvature comes from.
    public enum Estimator: String, CaseIterable, Sendable {
        case gnb, hutchinson, rademacher, gradient
    }

    public var learningRate = 3e-4
    public var beta1 = 0.965
    public var beta2 = 0.99
    public var rho: ClippingScale = 0.04
    /// The share of elements that ρ "auto" leaves unclipped.
    public var unclipped = 0.5
    public var every = 10
    public var estimator = Estimator.gnb
    public var batchTokens = 1.0
    public var epsilon = 1e-15
    public var weightDecay = 0.1

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate: the largest change of a parameter in a step"),
            .average("beta1", \.beta1, "share of the past in the average gradient"),
            .average("beta2", \.beta2, "share of the past in the average curvature"),
            .number(
                "rho", \.rho,
                """
                scale of the curvature; a larger one clips less (the paper's gamma); "auto" finds for every step the \
                one that leaves the share unclipped of the weights that move unclipped, and explain shows it
                """),
            .number(
                "unclipped", \.unclipped, "what rho=\"auto\" leaves unclipped", range: "above 0 and below 1"
            ) { $0 > 0 && $0 < 1 },
            .count("k", \.every, "steps from one estimate of the curvature to the next"),
            .choice(
                "estimator", \.estimator,
                """
                curvature by Gauss-Newton-Bartlett (labels sampled from the model), by Hutchinson's products with \
                normal or plus-minus-one probes, or by the square of the step's own gradient
                """),
            .number(
                "bs", \.batchTokens,
                """
                factor of the curvature; other than 1, estimates are plain squared gradients, as in the public code, \
                and this is the tokens of a batch
                """),
            .number("eps", \.epsilon, "added to the divisor; with 0, 0 / 0 counts as 0"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
            formatSetting,
        ]
    }

    public var stateFormat = StateFormat.float32
    public init() {}

    public var stateNames: [String] { ["momentum", "curvature"] }

    public var curvature: CurvatureRequest? {
        switch estimator {
        case .gnb: CurvatureRequest(estimator: .gaussNewtonBartlett(scaled: batchTokens == 1), every: every)
        case .hutchinson: CurvatureRequest(estimator: .hutchinson(.normal), every: every)
        case .rademacher: CurvatureRequest(estimator: .hutchinson(.signs), every: every)
        case .gradient: nil
        }
    }

    /// Whether this step squares its own gradient for want of an estimate from outside.
    func squaresGradient(suppliedCurvature: Bool, after steps: Int) -> Bool {
        estimator == .gradient && !suppliedCurvature && steps % max(1, every) == 0
    }

    public func updatesState(_ name: String, suppliedCurvature: Bool, after steps: Int) -> Bool {
        name != "curvature" || suppliedCurvature
            || squaresGradient(suppliedCurvature: suppliedCurvature, after: steps)
    }

    public func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        var coefficients = lethe_sophia_coefficients(
            rate: Float(context.learningRate), decay: Float(context.learningRate * weightDecay),
            weight1: Float(1 - beta1), weight2: Float(1 - beta2), scale: Float(rho.number * batchTokens),
            epsilon: Float(epsilon),
            square: 0)
        guard squaresGradient(suppliedCurvature: arrays.pointee.curvature != nil, after: context.step) else {
            return UpdateOutcome(lethe_sophia(arrays, start, count, coefficients))
        }
        var own = arrays.pointee
        own.curvature = own.gradient
        coefficients.square = 1
        return UpdateOutcome(lethe_sophia(&own, start, count, coefficients))
    }
}
