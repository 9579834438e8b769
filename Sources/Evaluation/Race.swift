/// Optimizers on a function of the plane: where each goes, and what it costs.
import Autodiff
import Optimizers
import Tensors

/// One optimizer's way over a function of two numbers.
///
/// The function is given as variables [2] → one number; its gradient is taken once a step where the optimizer uses it,
/// and one that asks for curvature gets it from exact Hessian products.
public struct RaceLane {
    /// Every place it has been at, the start first.
    public private(set) var path: [PlanePoint]
    /// The function's value at each.
    public private(set) var values: [Double] = []
    /// How many gradients (each with its value), Hessian-vector products and values beside these its steps asked for.
    public private(set) var gradients = 0
    public private(set) var products = 0
    public private(set) var evaluations = 0
    /// The step at which a value, a gradient or a place stopped being a number or left every bound.
    public private(set) var divergedAt: Int?

    public typealias Function = (Variable) throws -> Variable

    /// What takes a lane's steps.
    public struct Step {
        /// Whether the next step uses the gradient; where not, none is taken.
        public let needsGradient: () -> Bool
        /// Moves a point [2] along its gradient [2]. The last argument has the function itself and its curvature.
        public let take: (inout Tensor, _ gradient: Tensor, _ supply: StepSupply) throws -> Void
    }

    private let function: Function
    private let step: Step
    private let differentiator: Differentiator
    private var point: Tensor
    private var generator: RandomGenerator
    /// Standard deviation of each number of the slope that a step finds beside the function's, and where it is drawn
    /// from.
    private let noise: Double
    private var noises: RandomGenerator

    /// Farther away is nowhere.
    private static let bound = 1e8

    /// - Parameters:
    ///   - step: a rule with a memory of its own.
    ///   - generator: of the probes of stochastic estimates.
    ///   - noise: each step sees the function with a random slope added, as if it came from a batch of examples: all
    ///     that the step asks is of that one function.
    public init(
        from start: PlanePoint, on function: @escaping Function, by step: Step,
        differentiator: Differentiator, generator: RandomGenerator, device: Device, noise: Double = 0
    ) throws {
        path = [start]
        point = try Tensor([Float(start.x), Float(start.y)], shape: [2], on: device)
        (self.function, self.step, self.differentiator, self.generator) = (function, step, differentiator, generator)
        (self.noise, noises) = (noise, generator.stream(1))
    }

    /// The steps of an optimizer.
    public static func steps(of rule: any StepRule, from start: Tensor) throws -> Step {
        var state = try rule.initialState(for: start)
        return Step {
            rule.needsGradient(in: state)
        } take: {
            _ = try rule.advance(&$0, gradient: $1, state: &state, with: $2)
        }
    }

    /// Whether it still moves.
    public var isRunning: Bool { divergedAt == nil }
    public var steps: Int { path.count - 1 }

    /// Takes a step, if it has not diverged.
    public mutating func advance() throws {
        guard isRunning else { return }
        let slope: Tensor
        if step.needsGradient() {
            let (value, gradient) = try differentiator.valueAndGradient([Variable(point)]) { try function($0[0]) }
            gradients += 1
            note(Double(try value.constant("the function of a race").item()))
            slope = try gradient.first?.constant("the function of a race") ?? Tensor.zeros([2], on: point.device)
        } else {
            // The value is for the picture: the step did not ask for it.
            note(Double(try function(Variable(point)).constant("the function of a race").item()))
            slope = try Tensor.zeros([2], on: point.device)
        }
        guard isRunning, slope.isFinite else {
            if isRunning { divergedAt = steps }
            return
        }
        var next = point
        let seen = try noisy(slope: slope)
        let asked = RaceSupply(seen.function, differentiator, generator)
        // All that is asked goes through the differentiator, also what a step written in the language asks.
        let before = differentiator.work
        try step.take(&next, seen.slope, asked.supply(value: seen.value))
        products += differentiator.work.products - before.products
        gradients += differentiator.work.gradients - before.gradients
        evaluations += differentiator.work.values - before.values
        generator = asked.generator
        point = next
        let numbers = point.elements.map(Double.init)
        path.append((numbers[0], numbers[1]))
        if !numbers.allSatisfy({ abs($0) < Self.bound }) { divergedAt = steps }
    }

    /// The function, its slope and its value as a step sees them.
    private mutating func noisy(slope: Tensor) throws -> (function: Function, slope: Tensor, value: Double?) {
        guard noise > 0 else { return (function, slope, values.last) }
        let slant = try Float(noise) * Tensor.normal([2], from: &noises, on: point.device), function = function
        let tilted: Function = { try function($0) + $0.dot(Variable(slant)) }
        return (tilted, try slope + slant, try values.last.map { try $0 + slant.dot(point) })
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
}
