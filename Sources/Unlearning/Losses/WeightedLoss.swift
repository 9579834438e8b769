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

    /// Shares of the two terms, where they are known apart.
    public func scaled(forget share: Float, retain retainShare: Float) throws -> LossParts {
        guard let terms else { return try scaled(by: share) }
        let own = (try terms.forget.map { try share * $0 }, try terms.retain.map { try retainShare * $0 })
        let sum = try own.0.flatMap { a in try own.1.map { try a + $0 } ?? a } ?? own.1 ?? share * total
        var result = LossParts(total: sum, forget: forget, retain: retain, state: state)
        result.terms = own
        return result
    }

    /// A share of the loss; what is told of the batches stays.
    public func scaled(by factor: Float) throws -> LossParts {
        var result = LossParts(total: try factor * total, forget: forget, retain: retain, state: state)
        if let terms {
            result.terms = (try terms.forget.map { try factor * $0 }, try terms.retain.map { try factor * $0 })
        }
        return result
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
        if type(of: loss).needsReference { try inputs.reference?.model.checkReadsAlike(model, in: name) }
        // Kept first where its activations are not needed again: a sweep through both terms passes them in that order.
        let spend = model.weights.isLeaf && inputs.retain != nil ? inputs.spend : nil
        var kept = try spend.flatMap { try keptTerm(model, inputs, $0) }
        let share = try share(inputs, of: name) { loss.termCount($0) }
        // A micro-batch without what the term is a mean over adds nothing to it.
        let forget = share == 0 ? ForgetTerm(nil) : try loss.forgetTerm(model, inputs)
        let forgetTerm = try forget.term.map { try scaled($0, share * forgetWeight.value(at: inputs.position)) }
        if spend == nil { kept = try keptTerm(model, inputs, nil) }
        let total = try forgetTerm.flatMap { term in try kept.map { try term + $0.term } ?? term } ?? kept?.term
        var parts = LossParts(
            total: try total ?? Variable(Tensor(scalar: 0, on: model.device)),
            forget: try forget.nll.map { Double(try $0.value.item()) },
            retain: kept?.nll, state: loss.state(after: inputs.state, retain: kept?.value, at: inputs.position))
        parts.terms = (forgetTerm, kept?.term)
        return parts
    }

    /// The retain term with its weight, its value without, and the mean token NLL where it is known.
    private typealias Kept = (term: Variable, value: Double, nll: Double?)

    /// - Returns: nil where there is none.
    private func keptTerm(_ model: LanguageModel, _ inputs: LossInputs, _ spend: TermSpending?) throws -> Kept? {
        guard let retainTerm, usesRetain else { return nil }
        guard inputs.retain != nil else { throw UnlearningError.needsRetain(name) }
        let share = try self.share(inputs, of: retainTerm.name) { $0.retain.flatMap(retainTerm.termCount) }
        guard share > 0 else { return nil }
        let factor = share * loss.retainFactor(inputs.state)
        let value = try retainTerm.value(model, inputs)
        let term = try scaled(value.term, factor * retainWeight.value(at: inputs.position))
        return (
            try spend.map { try $0(term) } ?? term, Double(try value.term.value.item()),
            try value.nll.map { Double(try $0.value.item()) }
        )
    }

    /// What a mean over a micro-batch counts in that over the whole step; 1 for a whole step.
    private func share(
        _ inputs: LossInputs, of name: String, _ count: (StepExamples) -> Int?
    ) throws -> Double {
        guard let whole = inputs.whole else { return 1 }
        guard let part = count(inputs.examples), let all = count(whole) else {
            throw UnlearningError.setting(
                """
                \(name) looks at the whole batch at once and cannot be put together from micro-batches; leave out \
                accumulate=, or choose another loss
                """)
        }
        return all == 0 ? inputs.exampleShare : Double(part) / Double(all)
    }

    private func scaled(_ term: Variable, _ weight: Double) throws -> Variable {
        weight == 1 ? term : try Float(weight) * term
    }
}
