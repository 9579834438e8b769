/// Zeroth order: the gradient guessed from values of the loss alone.
import Settings
import Tensors

public struct ZerothOrder: RatedOptimizer {
    /// Distributions of the directions that are tried.
    public enum Direction: String, CaseIterable, Sendable {
        case normal, signs
        /// Uniform on the unit sphere.
        case sphere
    }

    public static let name = "zeroth_order"
    public static let summary = """
        No gradient: along q random directions u the loss is asked on both sides, and the guess is the mean of \
        (f(p + mu u) - f(p - mu u)) / (2 mu) u (SPSA, Spall 1992; MeZO, Malladi et al., arXiv 2305.17333). The \
        directions are drawn again from their seeds where they are used, and never kept. With sign=true the step is lr \
        times the sign of the guess. The direction sphere is the one of arXiv 2510.00761, whose hybrid is \
        alternate(adam(), zeroth_order(direction="sphere", sign=true), every=20).
        """
    public static let example: String? = """
        p, s = zeroth_order(tensor([3]), lr=0.1, direction="signs", loss=p -> sum(p^2))
        abs(p[0] - 2.4) < 1e-2
        #> true
        """

    public var learningRate = 1e-4
    public var distance = 1e-3
    public var probes = 1
    public var direction = Direction.normal
    public var sign = false

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .number("mu", \.distance, "how far to each side the loss is asked", range: "above 0") {
                $0 > 0 && $0.isFinite
            },
            .count("q", \.probes, "how many directions a step tries; each takes two values of the loss"),
            .choice("direction", \.direction, "of the directions: normal, plus and minus one, or on the unit sphere"),
            .flag("sign", \.sign, "whether every parameter moves by lr, against the sign of the guess"),
        ]
    }

    public init() {}

    public var needs: Set<StepNeed> { [.loss] }
    public func needsGradient(in state: OptimizerState) -> Bool { false }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState()
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.checkNames([], of: Self.name)
        let loss = try supply.loss(for: Self.name), draws = supply.draws(), point = parameters
        var slopes: [Double] = []
        for probe in 0..<probes {
            try point.device.cancellation.check()
            let u = try vector(probe, draws, like: point, supply.moving)
            let above = try loss.value(at: point.moved(along: u, by: distance))
            slopes.append((above - (try loss.value(at: point.moved(along: u, by: -distance)))) / (2 * distance))
        }
        var guess = try Tensor.zeros(point.shape, on: point.device)
        for (probe, slope) in slopes.enumerated() {
            guess = try guess.moved(
                along: vector(probe, draws, like: point, supply.moving), by: slope / Double(probes))
        }
        let norm = guess.norm()
        guess = try supply.shortened(guess)
        parameters = try point.moved(along: sign ? guess.map(.sign) : guess, by: -supply.rate(learningRate))
        state.step += 1
        return StepFigures(gradientNorm: norm)
    }

    /// The direction of that number, the same each time it is asked for.
    private func vector(
        _ probe: Int, _ draws: RandomGenerator, like point: Tensor, _ moving: ElementSelection?
    ) throws -> Tensor {
        var generator = draws.stream(UInt64(probe))
        var u = try Tensor.probe(
            point.shape, direction == .signs ? .signs : .normal, from: &generator, on: point.device)
        // A sphere among the weights that move: one of all weights would reach them with a share of its length.
        if let moving { u = try moving.projected(u) }
        guard direction == .sphere else { return u }
        return try Float(1 / max(u.norm(), 1e-30)) * u
    }
}
