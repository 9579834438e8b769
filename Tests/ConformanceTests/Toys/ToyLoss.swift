// A loss from outside its module.
import Autodiff
import LanguageModels
import Unlearning

/// −strength · mean token NLL of the forget batch.
struct ToyLoss: UnlearningLoss {
    static let name = "toy_loss"
    static let summary = "A toy: minus strength times the mean token loss of the forget batch."
    static let settings = [(name: "strength", defaultValue: 0.5, summary: "how much is forgotten")]
    private let strength: Double

    init(settings: [String: Double]) { strength = settings["strength"] ?? 0.5 }

    func forgetTerm(
        _ model: LanguageModel, _ forget: TokenBatch, reference: LanguageModel?
    ) throws -> (term: Variable, nll: Variable?) {
        let nll = try model.nll(forget)
        return (try Float(-strength) * nll, nll)
    }
}
