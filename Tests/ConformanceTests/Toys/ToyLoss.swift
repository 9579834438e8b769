// A loss from outside its module.
import Autodiff
import LanguageModels
import Settings
import Unlearning

/// −strength · mean token NLL of the forget batch.
struct ToyLoss: UnlearningLoss {
    static let name = "toy_loss"
    static let summary = "A toy: minus strength times the mean token loss of the forget batch."
    var strength = 0.5
    static let settings: [Setting<Self>] = [.number("strength", \.strength, "how much is forgotten")]

    func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let nll = try model.nll(inputs.forget)
        return ForgetTerm(try Float(-strength) * nll, nll: nll)
    }
}
