// Test functions and races: minima are minima, gradient descent does what its formula says.
import Autodiff
import Evaluation
import Foundation
import Optimizers
import Tensors
import Testing

private let device = Device(threads: 1)

private func variable(_ point: PlanePoint) throws -> Variable {
    Variable(try Tensor([Float(point.x), Float(point.y)], shape: [2], on: device))
}

private func function(_ landscape: any Landscape) -> RaceLane.Function {
    { point in try landscape.value(point.sliced([0..<1]).reshaped([]), point.sliced([1..<2]).reshaped([])) }
}

private func start(_ optimizer: any Optimizer, on landscape: any Landscape, from start: PlanePoint) throws -> RaceLane {
    try RaceLane(
        from: start, on: function(landscape), by: RaceLane.steps(of: optimizer, from: variable(start).value),
        differentiator: Differentiator(),
        generator: RandomGenerator(seed: 0), device: device)
}

private func descent(_ rate: Double) -> StochasticGradientDescent {
    var descent = StochasticGradientDescent()
    descent.learningRate = rate
    return descent
}

@Suite struct RaceTests {
    static let names = Landscapes.all.map { $0.name }

    @Test(arguments: names) func minimaAreMinima(_ name: String) throws {
        let landscape = try #require(Landscapes.all.first { $0.name == name }).init()
        for minimum in landscape.minima {
            #expect(abs(try landscape.value(minimum.x, minimum.y)) < 1e-12)
            let gradient = try Differentiator().gradient([variable(minimum)]) { try function(landscape)($0[0]) }[0]
                .value
            // Float32 places, and second derivatives of up to 1000.
            #expect(gradient.norm() < 1e-3, "\(minimum)")
            // Higher all around.
            for angle in stride(from: 0.0, to: 6.28, by: 0.3) {
                #expect(try landscape.value(minimum.x + 1e-3 * cos(angle), minimum.y + 1e-3 * sin(angle)) > 0)
            }
            #expect(landscape.view.x.contains(minimum.x) && landscape.view.y.contains(minimum.y))
        }
        #expect(landscape.view.x.contains(landscape.start.x) && landscape.view.y.contains(landscape.start.y))
        // Numbers and variables give the same.
        let value = Double(try function(landscape)(variable((0.7, -0.3))).value.item())
        let exact = try landscape.value(0.7, -0.3)
        #expect(abs(value - exact) < 1e-5 * abs(exact))
    }

    @Test func valuesAsPublished() throws {
        #expect(abs(try Rosenbrock().value(-1.2, 1.0) - 24.2) < 1e-12)
        #expect(abs(try Beale().value(1.0, 1.0) - 14.203125) < 1e-12)
        #expect(abs(try Himmelblau().value(0.0, 0.0) - 170) < 1e-12)
        #expect(abs(try Himmelblau().value(-0.270845, -0.923039) - 181.617) < 1e-3)
    }

    /// On ½ xᵀ diag(1, κ) x a step of gradient descent multiplies by 1 − lr and 1 − lr κ.
    @Test(arguments: [0.01, 0.1, 0.19]) func descentOnAQuadraticFollowsItsClosedForm(_ rate: Double) throws {
        var lane = try start(descent(rate), on: Quadratic(), from: (1, -0.5))
        for _ in 0..<60 { try lane.advance() }
        try lane.finish()
        #expect(lane.steps == 60 && lane.gradients == 60 && lane.products == 0 && lane.values.count == 61)
        for (step, point) in lane.path.enumerated() {
            let x = pow(1 - rate, Double(step)), y = -0.5 * pow(1 - 10 * rate, Double(step))
            #expect(abs(point.x - x) < 1e-5 && abs(point.y - y) < 1e-5, "step \(step)")
            #expect(abs(lane.values[step] - (x * x + 10 * y * y) / 2) < 1e-5)
        }
    }

    @Test func divergenceEndsALane() throws {
        var lane = try start(descent(1), on: Rosenbrock(), from: (-1.2, 1))
        for _ in 0..<50 { try lane.advance() }
        try lane.finish()
        let step = try #require(lane.divergedAt)
        #expect(step < 10 && lane.steps == step && !lane.isRunning && lane.values.count == lane.path.count)
        var flat = try self.flat()
        for _ in 0..<3 { try flat.advance() }
        #expect(flat.divergedAt == 0)
    }

    /// A function that is no number anywhere.
    private func flat() throws -> RaceLane {
        try RaceLane(
            from: (0, 0), on: { try ($0.sum() - $0.sum()) / ($0.sum() - $0.sum()) },
            by: RaceLane.steps(of: descent(1), from: variable((0, 0)).value),
            differentiator: Differentiator(), generator: RandomGenerator(seed: 0), device: device)
    }

    /// With the exact diagonal, no memory and no clipping, Sophia takes Newton's step on a quadratic.
    @Test func curvatureComesFromExactProducts() throws {
        var sophia = Sophia()
        (sophia.learningRate, sophia.beta1, sophia.beta2, sophia.rho, sophia.every, sophia.weightDecay) = (
            1, 0, 0, 1, 1, 0
        )
        var lane = try start(sophia, on: Quadratic(), from: (0.5, -0.25))
        try lane.advance()
        #expect(lane.products == 2 && lane.gradients == 1)
        let end = try #require(lane.path.last)
        #expect(abs(end.x) < 1e-6 && abs(end.y) < 1e-6)
        sophia.estimator = .rademacher
        var other = try start(sophia, on: Quadratic(), from: (0.5, -0.25))
        try other.advance()
        // On a diagonal Hessian ±1 probes give the diagonal itself.
        #expect(other.products == 1 && abs(other.path[1].x) < 1e-6 && abs(other.path[1].y) < 1e-6)
    }
}
