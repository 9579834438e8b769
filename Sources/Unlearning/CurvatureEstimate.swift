/// The diagonal of the curvature that second-order optimizers ask a run for.
import Autodiff
import LanguageModels
import Optimizers
import Tensors

public enum CurvatureEstimate {
    /// Gauss-Newton-Bartlett (Liu et al., arXiv 2305.14342, algorithm 2): labels drawn from the model's own
    /// distribution at each of the batch's B targets, ĝ the gradient of their mean NLL; B ĝ⊙ĝ, or ĝ⊙ĝ unless `scaled`.
    public static func gaussNewtonBartlett(
        _ model: LanguageModel, _ batch: TokenBatch, scaled: Bool, from generator: inout RandomGenerator
    ) throws -> Tensor {
        let leaf = Variable(model.weights.value, requiresGradient: true)
        let (positions, _) = batch.targets
        guard !positions.isEmpty else { throw ModelError.nothingToPredict }
        let logits = try model.with(weights: leaf).targetLogits(batch, positions)
        let labels = try logits.value.sampledLabels { _ in generator.uniform() }
        let results = try logits.crossEntropy(labels).mean().sweep(.gradient, to: [leaf])
        guard let gradient = results.first?.gradient else { return try Tensor.zeros(leaf.shape, on: leaf.device) }
        let square = try gradient.map(.square)
        return scaled ? try Float(positions.count) * square : square
    }

    /// u ⊙ (H u) for the Hessian of `loss` (Hutchinson).
    public static func hutchinson(
        _ weights: Tensor, _ probe: Tensor, differentiator: Differentiator, loss: (Variable) throws -> Variable
    ) throws -> Tensor {
        let product = try differentiator.hessianProduct([Variable(weights)], [Variable(probe)]) { try loss($0[0]) }
        return try product[0].constant("the curvature of a run's loss") * probe
    }
}
