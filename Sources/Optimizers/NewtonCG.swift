/// Newton's method with the step found by conjugate gradients on exact products.
import Settings
import Tensors

public struct NewtonCG: RatedOptimizer {
    public static let name = "newton_cg"
    public static let summary = """
        A truncated Newton step on the step's own data: (C + damping I) d = -g solved by conjugate gradients on exact \
        products with the Hessian or the Gauss-Newton matrix C, cut off where the curvature turns negative (Nocedal & \
        Wright 2006, algorithm 7.1). With cubic = M > 0 the step minimises g d + d C d / 2 + M |d|^3 / 6 over a Krylov \
        space instead, which uses negative curvature (Cartis, Gould & Toint 2011). Then the loss is made sure to fall: \
        lr, lr/2, lr/4, ... until it does as Armijo asks; where none does, the step stays.
        """
    public static let example: String? = """
        p, s = newton_cg(tensor([1, 2]), tensor([2, 8]), none, damping=0, loss=p -> sum(tensor([1, 2]) * p^2))
        norm(p) < 1e-6
        #> true
        """

    public var learningRate = 1.0
    public var matrix = CurvatureMatrix.hessian
    public var damping = 1e-3
    public var cubic = 0.0
    public var iterations = 20
    public var tolerance = 1e-2
    public var lineSearch = true

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "the longest step, as a multiple of Newton's"),
            .choice("curvature", \.matrix, "the matrix: the loss's Hessian, or its Gauss-Newton matrix"),
            .number("damping", \.damping, "added to the matrix's diagonal"),
            .number("cubic", \.cubic, "M, the weight of the cubic term; 0 for conjugate gradients"),
            .count("iterations", \.iterations, "the most products a step takes"),
            .number("tolerance", \.tolerance, "the residual, relative to the gradient, at which a step is good enough"),
            .flag("line_search", \.lineSearch, "whether the step is shortened until the loss falls"),
        ]
    }

    public init() {}

    public var needs: Set<StepNeed> { [.loss] }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(numbers: [.init(name: "length", value: 0)])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.checkNames(["length"], of: Self.name)
        try gradient.check("gradient", like: parameters)
        let loss = try supply.loss(for: Self.name), point = parameters
        func product(_ v: Tensor) throws -> Tensor {
            let product = try loss.product(matrix, at: point, v)
            return damping == 0 ? product : try product.moved(along: v, by: damping)
        }
        let step = cubic > 0 ? try cubicStep(gradient, product) : try truncatedStep(gradient, product)
        var direction = step, slope = try gradient.dot(step)
        if !(slope < 0) { (direction, slope) = (try -gradient, -(try gradient.dot(gradient))) }
        let rate = supply.rate(learningRate)
        let length =
            lineSearch && slope < 0
            ? try LineSearch.length(
                from: point, along: direction, slope: slope, rate: rate, value: supply.value, loss) : rate
        parameters = try point.moved(along: direction, by: length)
        state.numbers[0].value = length
        state.step += 1
        return .none
    }

    /// Conjugate gradients on C d = −g.
    private func truncatedStep(_ gradient: Tensor, _ product: (Tensor) throws -> Tensor) throws -> Tensor {
        var x = try Tensor.zeros(gradient.shape, on: gradient.device)
        var residual = try -gradient, direction = residual
        var square = try residual.dot(residual)
        let goal = tolerance * square.squareRoot()
        for iteration in 0..<iterations {
            guard square.squareRoot() > goal else { break }
            try gradient.device.cancellation.check()
            let image = try product(direction), bend = try direction.dot(image)
            guard bend > 1e-12 * (try direction.dot(direction)) else {
                // Downhill all the way: the gradient itself, where nothing better is known yet.
                return iteration == 0 ? try -gradient : x
            }
            let length = square / bend
            x = try x.moved(along: direction, by: length)
            residual = try residual.moved(along: image, by: -length)
            let next = try residual.dot(residual)
            direction = try residual.moved(along: direction, by: next / square)
            square = next
        }
        return x
    }

    /// The least of ⟨g, d⟩ + ½ ⟨d, C d⟩ + M/6 ‖d‖³ over the Krylov space of C and g.
    private func cubicStep(_ gradient: Tensor, _ product: (Tensor) throws -> Tensor) throws -> Tensor {
        let norm = gradient.norm()
        guard norm > 0 else { return gradient }
        let space = try KrylovSpace(gradient, product, most: min(iterations, gradient.count))
        let weights = try CubicModel(space.tridiagonal(), size: space.basis.count, slope: norm, weight: cubic).minimum()
        var step = try Tensor.zeros(gradient.shape, on: gradient.device)
        for (vector, weight) in zip(space.basis, weights) { step = try step.moved(along: vector, by: weight) }
        return step
    }
}
