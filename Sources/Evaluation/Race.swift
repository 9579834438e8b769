/// Optimizers on a function of the plane: where each goes, and what it costs.
import Autodiff
import Optimizers
import Tensors

/// One optimizer's way over a function of two numbers.
///
/// The function is given as variables [2] → one number; its gradient is taken once a step, and an optimizer that asks
/// for curvature gets it from exact Hessian products.
public struct RaceLane {
    /// Every place it has been at, the start first.
    public private(set) var path: [PlanePoint]
    /// The function's value at each.
    public private(set) var values: [Double] = []
    /// How many gradients and Hessian-vector products it took.
    public private(set) var gradients = 0
    public private(set) var products = 0
    /// The step at which a value, a gradient or a place stopped being a number or left every bound.
    public private(set) var divergedAt: Int?

    public typealias Function = (Variable) throws -> Variable
    /// Moves a point [2] along its gradient [2]. The last argument gives an estimate of the Hessian's diagonal.
    public typealias Step = (inout Tensor, _ gradient: Tensor, _ diagonal: (CurvatureRequest) throws -> Tensor) throws
        -> Void

    private let function: Function
    private let step: Step
    private let differentiator: Differentiator
    private var point: Tensor
    private var generator: RandomGenerator

    /// Farther away is nowhere.
    private static let bound = 1e8

    /// - Parameters:
    ///   - step: a rule with a memory of its own.
    ///   - generator: of the probes of stochastic estimates.
    public init(
        from start: PlanePoint, on function: @escaping Function, by step: @escaping Step,
        differentiator: Differentiator, generator: RandomGenerator, device: Device
    ) throws {
        path = [start]
        point = try Tensor([Float(start.x), Float(start.y)], shape: [2], on: device)
        (self.function, self.step, self.differentiator, self.generator) = (function, step, differentiator, generator)
    }

    /// The steps of a built-in optimizer.
    public static func steps(of optimizer: any Optimizer, from start: Tensor) throws -> Step {
        var state = try optimizer.initialState(for: start), taken = 0
        return { point, gradient, diagonal in
            let request = optimizer.curvature.flatMap { $0.isDue(after: taken) ? $0 : nil }
            try optimizer.advance(&point, gradient: gradient, state: &state, curvature: request.map(diagonal))
            taken += 1
        }
    }

    /// Whether it still moves.
    public var isRunning: Bool { divergedAt == nil }
    public var steps: Int { path.count - 1 }

    /// Takes a step, if it has not diverged.
    public mutating func advance() throws {
        guard isRunning else { return }
        let (value, gradient) = try differentiator.valueAndGradient([Variable(point)]) { try function($0[0]) }
        gradients += 1
        note(Double(try value.constant("the function of a race").item()))
        guard isRunning, let slope = try gradient.first?.constant("the function of a race"), slope.isFinite else {
            if isRunning { divergedAt = steps }
            return
        }
        var next = point, products = 0, generator = generator
        try step(&next, slope) { request in
            try Self.diagonal(request, at: point, function, differentiator, &generator, &products)
        }
        (self.products, self.generator) = (self.products + products, generator)
        point = next
        let numbers = point.elements.map(Double.init)
        path.append((numbers[0], numbers[1]))
        if !numbers.allSatisfy({ abs($0) < Self.bound }) { divergedAt = steps }
    }

    /// Computes the value at the last place.
    public mutating func finish() throws {
        guard values.count < path.count else { return }
        note(Double(try function(Variable(point)).constant("the function of a race").item()))
    }

    /// Forgets what came after so many steps, and a last place whose value is not known.
    public mutating func trim(to steps: Int) {
        path.removeLast(max(0, self.steps - steps))
        if values.count < path.count, path.count > 1 { path.removeLast() }
        values.removeLast(max(0, values.count - path.count))
    }

    private mutating func note(_ value: Double) {
        values.append(value)
        if !value.isFinite, divergedAt == nil { divergedAt = steps }
    }

    /// The Hessian's diagonal as an optimizer wants it estimated. The Gauss-Newton-Bartlett estimate needs a model that
    /// labels can be drawn from; a bare function gives the diagonal itself instead, by two products.
    private static func diagonal(
        _ request: CurvatureRequest, at point: Tensor, _ function: Function, _ differentiator: Differentiator,
        _ generator: inout RandomGenerator, _ products: inout Int
    ) throws -> Tensor {
        func product(_ v: Tensor) throws -> Tensor {
            products += 1
            return try differentiator.hessianProduct([Variable(point)], [Variable(v)]) { try function($0[0]) }[0].value
        }
        switch request.estimator {
        case .hutchinson(let distribution):
            let probe = try Tensor.probe([2], distribution, from: &generator, on: point.device)
            return try product(probe) * probe
        case .gaussNewtonBartlett:
            let units = try [[1, 0], [0, 1]].map { try Tensor($0.map { Float($0) }, shape: [2], on: point.device) }
            return try product(units[0]) * units[0] + product(units[1]) * units[1]
        }
    }
}
