/// What training lowers where nothing else is said: the mean token NLL of the step's batch.
import LanguageModels
import Tensors
import Autodiff

public enum MeanTokenLoss {
    /// The loss alone: training has no forget term that a log would tell apart.
    public static func parts(_ model: LanguageModel, _ inputs: StepInputs) throws -> LossParts {
        let batch = inputs.forget.tokens
        let all = inputs.whole?.forget.targetCount ?? 0, own = inputs.whole == nil ? 0 : batch.targetCount
        if all > 0, own == 0 {
            return LossParts(total: Variable(try Tensor(scalar: 0, on: model.device)), forget: nil, retain: nil)
        }
        let nll = try model.nll(batch)
        return LossParts(
            total: all == 0 ? nll : try Float(Double(own) / Double(all)) * nll, forget: nil, retain: nil)
    }
}
