/// What an optimizer may ask of a function of the plane.
import Autodiff
import Optimizers
import Tensors

final class RaceSupply {
    private let loss: LossAccess
    private(set) var generator: RandomGenerator

    init(_ function: @escaping RaceLane.Function, _ differentiator: Differentiator, _ generator: RandomGenerator) {
        loss = LossAccess(of: "the function of a race", differentiator, function)
        self.generator = generator
    }

    /// - Parameter value: of the function where the optimizer is.
    func supply(value: Double?) -> StepSupply {
        var supply = StepSupply(parameters: .single([2]))
        supply.value = value
        supply.loss = loss
        supply.estimate = { try self.diagonal($0, at: $1) }
        // Each step draws from a stream of its own.
        supply.draws = { RandomGenerator(seed: self.generator.next()) }
        return supply
    }

    /// The Hessian's diagonal as an optimizer wants it estimated. The Gauss-Newton-Bartlett estimate needs a model that
    /// labels can be drawn from; a bare function gives the diagonal itself instead, by two products.
    private func diagonal(_ request: CurvatureRequest, at point: Tensor) throws -> Tensor {
        func product(_ vector: Tensor) throws -> Tensor { try loss.product(.hessian, at: point, vector) }
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
