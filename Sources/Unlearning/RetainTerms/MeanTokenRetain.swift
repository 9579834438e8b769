/// The mean token loss of the retain batch.
import LanguageModels

public struct MeanTokenRetain: RetainTerm {
    public static let name = "nll"
    public static let summary = """
        The mean token negative log-likelihood of the retain batch, in nats: training goes on where nothing is to be \
        forgotten.
        """
    public init() {}

    public func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue {
        let nll = try model.nll(batch)
        return RetainValue(nll, nll: nll)
    }
}
