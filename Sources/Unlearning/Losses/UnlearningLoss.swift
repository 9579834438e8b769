/// What an unlearning loss is: a forget term of its own beside the retain term that all share.
import Autodiff
import LanguageModels
import Tensors

/// forget_weight · F(model, forget batch) + retain_weight · nll(model, retain batch), to be minimised.
///
/// A conforming type lives in a file of its own and stands in one list, `UnlearningLosses.all`.
public protocol UnlearningLoss: Sendable {
    /// The name users write.
    static var name: String { get }
    /// One paragraph for help: the formula and the paper.
    static var summary: String { get }
    /// Numbers a user can set besides the weights, with defaults and meanings.
    static var settings: [(name: String, defaultValue: Double, summary: String)] { get }
    /// Retain weight unless the user sets one; 0 for losses that know no retain term.
    static var defaultRetainWeight: Double { get }
    /// Whether the forget term compares with a frozen reference model.
    static var needsReference: Bool { get }

    /// - Parameter settings: one number for each declared setting.
    init(settings: [String: Double])

    /// The forget term, and the mean token NLL of the forget batch where it comes for free.
    func forgetTerm(
        _ model: LanguageModel, _ forget: TokenBatch, reference: LanguageModel?
    ) throws -> (term: Variable, nll: Variable?)
}

extension UnlearningLoss {
    public static var settings: [(name: String, defaultValue: Double, summary: String)] { [] }
    public static var defaultRetainWeight: Double { 1 }
    public static var needsReference: Bool { false }
}

/// Every loss there is: the one list that a new one joins.
public enum UnlearningLosses {
    public static var all: [any UnlearningLoss.Type] {
        [GradientAscent.self, GradientDifference.self, NegativePreferenceOptimization.self]
    }
}

/// The value of a loss and of its parts, for the log.
public struct LossParts {
    public let total: Variable
    /// Mean token NLL of the forget and the retain batch, where they are known.
    public let forget, retain: Double?

    public init(total: Variable, forget: Double?, retain: Double?) {
        self.total = total
        self.forget = forget
        self.retain = retain
    }
}

/// A loss with its weights and reference model, ready to be evaluated.
public struct WeightedLoss {
    public let loss: any UnlearningLoss
    public let forgetWeight, retainWeight: Double
    public let reference: LanguageModel?

    public init(
        _ loss: any UnlearningLoss, forgetWeight: Double = 1, retainWeight: Double? = nil,
        reference: LanguageModel? = nil
    ) {
        self.loss = loss
        self.forgetWeight = forgetWeight
        self.retainWeight = retainWeight ?? type(of: loss).defaultRetainWeight
        self.reference = reference
    }

    public func callAsFunction(_ model: LanguageModel, _ forget: TokenBatch, _ retain: TokenBatch?) throws -> LossParts
    {
        let name = type(of: loss).name
        if type(of: loss).needsReference, reference == nil { throw UnlearningError.needsReference(name) }
        let (term, nll) = try loss.forgetTerm(model, forget, reference: reference)
        var total = forgetWeight == 1 ? term : try Float(forgetWeight) * term
        var retainNLL: Variable?
        if retainWeight != 0 {
            guard let retain else { throw UnlearningError.needsRetain(name) }
            let value = try model.nll(retain)
            total = try total + (retainWeight == 1 ? value : Float(retainWeight) * value)
            retainNLL = value
        }
        return LossParts(
            total: total, forget: try nll.map { Double(try $0.value.item()) },
            retain: try retainNLL.map { Double(try $0.value.item()) })
    }
}
