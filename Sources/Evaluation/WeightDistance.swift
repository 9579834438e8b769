/// How far apart the weights of two models are.
import Autodiff
import LanguageModels

extension LanguageModel {
    /// The direction that leads from `other` to this model. Where they have frozen weights that are not the same, or one
    /// of them is plain, it leads between the plain models that they are: W + s B A is what stands in the place of W.
    /// - Throws: `DerivativeError` where a derivative is to follow adapters into what they merge to.
    public func wholeDifference(from other: LanguageModel) throws -> Direction {
        let areAlike = adapted == nil ? other.adapted == nil : layout == other.layout && isAdapted(as: other)
        if areAlike { return try difference(from: other) }
        return try merged().difference(from: other.merged())
    }
}
