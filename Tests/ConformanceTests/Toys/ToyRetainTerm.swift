// A retain term from outside its module.
import Autodiff
import LanguageModels
import Settings
import Unlearning

/// factor · mean token NLL of the retain batch.
struct ToyRetainTerm: RetainTerm {
    static let name = "toy_retain"
    static let summary = "A toy: factor times the mean token loss of the retain batch."
    var factor = 2.0
    static let settings: [Setting<Self>] = [.number("factor", \.factor, "how much is kept")]

    func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue {
        let nll = try model.nll(batch)
        return RetainValue(try Float(factor) * nll, nll: nll)
    }
}
