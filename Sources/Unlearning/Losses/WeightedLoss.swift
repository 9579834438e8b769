/// A loss with its weights, retain term and reference model, ready to be evaluated.
import Autodiff
import LanguageModels
import Tensors

/// The value of a loss and of its parts, for the log, and what it remembers.
public struct LossParts {
    public let total: Variable
    /// Mean token NLL of the forget and the retain batch, where they are known.
    public let forget, retain: Double?
    /// What the loss remembers after the step; nil where nothing changed.
    public let state: LossState?
    /// The two terms, with their weights, whose sum is the total, where they are known apart; nil for one that is not
    /// there.
    public var terms: (forget: Variable?, retain: Variable?)?

    public init(total: Variable, forget: Double?, retain: Double?, state: LossState? = nil) {
        self.total = total
        self.forget = forget
        self.retain = retain
        self.state = state
    }
}

public struct WeightedLoss {
    public let loss: any UnlearningLoss
    public let forgetWeight, retainWeight: LossWeight
    /// nil for none.
    public let retainTerm: RetainObjective?
    public let reference: FrozenReference?

    /// - Parameters:
    ///   - retainWeight: the loss's own default if nil.
    ///   - retainTerm: the loss's own default if not given.
    public init(
        _ loss: any UnlearningLoss, forgetWeight: LossWeight = 1, retainWeight: LossWeight? = nil,
        retainTerm: RetainObjective?, reference: LanguageModel? = nil
    ) {
        self.loss = loss
        self.forgetWeight = forgetWeight
        self.retainWeight = retainWeight ?? .constant(type(of: loss).defaultRetainWeight)
        self.retainTerm = retainTerm
        self.reference = reference.map { FrozenReference($0) }
    }

    public init(
        _ loss: any UnlearningLoss, forgetWeight: LossWeight = 1, retainWeight: LossWeight? = nil,
        reference: LanguageModel? = nil
    ) {
        self.init(
            loss, forgetWeight: forgetWeight, retainWeight: retainWeight,
            retainTerm: RetainTerms.named(type(of: loss).defaultRetainTerm).map { RetainObjective($0.init()) },
            reference: reference)
    }

    public var name: String { type(of: loss).name }

    /// Whether it compares with a reference model.
    public var needsReference: Bool {
        type(of: loss).needsReference || usesRetain && retainTerm?.needsReference == true
    }
    /// Whether the retain batch counts.
    private var usesRetain: Bool { retainTerm != nil && !retainWeight.isAbsent }

    /// The same on a model and batches alone.
    public func callAsFunction(_ model: LanguageModel, _ forget: TokenBatch, _ retain: TokenBatch?) throws -> LossParts
    {
        try self(
            model, LossInputs(forget: forget, retain: retain, reference: reference, state: loss.initialState))
    }

    public func callAsFunction(_ model: LanguageModel, _ inputs: LossInputs) throws -> LossParts {
        if needsReference, inputs.reference == nil {
            throw UnlearningError.needsReference(
                type(of: loss).needsReference ? name : "the retain term \(retainTerm?.name ?? "") of \(name)")
        }
        let forget = try loss.forgetTerm(model, inputs)
        let forgetTerm = try forget.term.map { try scaled($0, forgetWeight.value(at: inputs.position)) }
        var total = forgetTerm, kept: Variable?
        var retainNLL: Variable?, retainValue: Double?
        if let retainTerm, usesRetain {
            guard inputs.retain != nil else { throw UnlearningError.needsRetain(name) }
            let factor = loss.retainFactor(inputs.state)
            let value = try retainTerm.value(model, inputs)
            retainValue = Double(try value.term.value.item())
            retainNLL = value.nll
            let term = try scaled(value.term, factor * retainWeight.value(at: inputs.position))
            total = try total.map { try $0 + term } ?? term
            kept = term
        }
        var parts = LossParts(
            total: try total ?? Variable(Tensor(scalar: 0, on: model.device)),
            forget: try forget.nll.map { Double(try $0.value.item()) },
            retain: try retainNLL.map { Double(try $0.value.item()) },
            state: loss.state(after: inputs.state, retain: retainValue))
        parts.terms = (forgetTerm, kept)
        return parts
    }

    private func scaled(_ term: Variable, _ weight: Double) throws -> Variable {
        weight == 1 ? term : try Float(weight) * term
    }
}
