/// Whether two models read token ids alike, so that what they say of them can be compared.
import Tokenizers

extension LanguageModel {
    /// What keeps two models from being compared token by token; nil where nothing does.
    public enum ReadingDifference: Equatable, Sendable {
        case vocabulary(Int, other: Int)
        case tokenizer
    }

    /// How another model reads token ids differently.
    public func readingDifference(from other: LanguageModel) -> ReadingDifference? {
        guard other.architecture.vocabulary == architecture.vocabulary else {
            return .vocabulary(architecture.vocabulary, other: other.architecture.vocabulary)
        }
        guard let own = tokenizer, let second = other.tokenizer, own as AnyObject !== second as AnyObject,
            let a = own.fingerprint, let b = second.fingerprint, a != b
        else { return nil }
        return .tokenizer
    }
}
