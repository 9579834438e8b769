/// AdaHessian: Adam with the diagonal of the Hessian in the place of the gradient's square.
import Glibc
import Settings
import Tensors

public struct AdaHessian: RatedOptimizer {
    public static let name = "adahessian"
    public static let summary = """
        m averages the gradient, v the square of D, an estimate of the Hessian's diagonal by products with \
        plus-minus-one probes (Hutchinson), both corrected for their start at 0; p moves by \
        lr m / (v^(power/2) + eps) against m, after decay (Yao et al., arXiv 2006.00719). D is the mean of |D| over \
        block neighbours within a parameter of two and more axes: the paper's spatial averaging, which lowers the \
        estimate's noise.
        """
    public static let example: String? = """
        p, s = adahessian(tensor([1, 2]), tensor([2, 8]), none, lr=1, loss=p -> sum(tensor([1, 2]) * p^2))
        max(abs(p)) < 1e-4
        #> true
        """

    public var learningRate = 0.15
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-4
    public var power = 1.0
    public var block = 1
    public var every = 1
    public var weightDecay = 0.0

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("beta1", \.beta1, "share of the past in the average gradient"),
            .average("beta2", \.beta2, "share of the past in the average square of the diagonal"),
            .number("eps", \.epsilon, "added to the divisor; with 0, 0 / 0 counts as 0"),
            .number("power", \.power, "of the curvature: 1 is Newton's, 0 momentum's", range: "from 0 to 1") {
                (0...1).contains($0)
            },
            .count("block", \.block, "neighbours that share one estimate"),
            .count("k", \.every, "steps from one estimate to the next"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
        ]
    }

    public init() {}

    public var curvature: CurvatureRequest? { CurvatureRequest(estimator: .hutchinson(.signs), every: every) }
    public var clips: Bool { false }
    /// Blocks of several elements would reach over the borders of parts.
    public var movesPartsAlone: Bool { block == 1 }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: ["mean", "square"].map {
                .init(name: $0, tensor: try Tensor.zeros(parameters.shape, on: parameters.device))
            }, numbers: [.init(name: "estimates", value: 0)])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.check(fits: ["mean", "square"], numbers: ["estimates"], of: Self.name, for: parameters)
        try gradient.check("gradient", like: parameters)
        let diagonal = try supply.diagonal(for: curvature, after: state.step, at: parameters)
        guard diagonal != nil || state.numbers[0].value > 0 else { throw OptimizerError.missing(.loss, Self.name) }
        let mean = try state.tensors[0].tensor.averaged(with: gradient, past: beta1)
        var square = try state.tensors[1].tensor, estimates = state.numbers[0].value
        if let diagonal {
            try diagonal.check("curvature", like: parameters)
            let blocks = try averaged(diagonal.map(.abs), supply.parameters, supply.moving)
            square = try square.averaged(with: blocks.map(.square), past: beta2)
            estimates += 1
        }
        let corrected = try square.combined(.multiply, scalar: Float(1 / (1 - pow(beta2, estimates))))
        let root = power == 1 ? try corrected.map(.sqrt) : try corrected.combined(.power, scalar: Float(power / 2))
        let direction = try mean.quotient(root, epsilon: epsilon)
        let rate = supply.rate(learningRate), correction = 1 - pow(beta1, Double(state.step + 1))
        parameters = try parameters.shrunk(by: rate * weightDecay, in: supply.parameters.decaying)
            .moved(along: direction, by: -rate / correction)
        try state.tensors[0].set(mean)
        try state.tensors[1].set(square)
        state.numbers[0].value = estimates
        state.step += 1
        return .none
    }

    /// Each element replaced by the mean of its block, of what moves in it; parameters of one axis stay as they are.
    private func averaged(_ diagonal: Tensor, _ list: ParameterList, _ moving: ElementSelection?) throws -> Tensor {
        guard block > 1 else { return diagonal }
        let weights = try moving?.projected(Tensor.zeros(diagonal.shape, on: diagonal.device).combined(.add, scalar: 1))
        func count(_ part: Range<Int>) -> Int {
            weights?.withElements { x in part.reduce(0) { $0 + (x[$1] == 0 ? 0 : 1) } } ?? part.count
        }
        return try Tensor(shape: diagonal.shape, on: diagonal.device) { target in
            diagonal.withElements { source in
                _ = target.initialize(from: source)
                for entry in list.entries where entry.shape.count > 1 {
                    for start in stride(from: entry.range.lowerBound, to: entry.range.upperBound, by: block) {
                        let part = start..<min(start + block, entry.range.upperBound)
                        let mean = part.reduce(0.0) { $0 + Double(source[$1]) } / Double(max(1, count(part)))
                        for place in part { target[place] = Float(mean) }
                    }
                }
            }
        }
    }
}
