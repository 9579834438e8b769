/// What keeps a model as it is where it is not to forget.
import Autodiff
import LanguageModels
import Settings

/// A term on the retain batch, to be minimised beside a forget term.
///
/// A conforming type lives in a file of its own and stands in one list, `RetainTerms.all`.
public protocol RetainTerm: Configurable, Sendable {
    /// Whether it compares with a frozen reference model.
    static var needsReference: Bool { get }

    /// How many terms (tokens, sequences) it is a mean over; nil where it is no mean.
    func termCount(_ batch: TokenBatch) -> Int?

    /// The term on `batch`, and the batch's mean token NLL where it comes for free.
    func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue
}

extension RetainTerm {
    public static var needsReference: Bool { false }
    public static var settings: [Setting<Self>] { [] }
    public func termCount(_ batch: TokenBatch) -> Int? { batch.targetCount }
}

public struct RetainValue {
    public let term: Variable
    /// The mean token NLL of the retain batch, for the log.
    public let nll: Variable?

    public init(_ term: Variable, nll: Variable? = nil) {
        self.term = term
        self.nll = nll
    }
}

/// Every retain term there is: the one list that a new one joins.
public enum RetainTerms {
    public static var all: [any RetainTerm.Type] {
        [MeanTokenRetain.self, KullbackLeiblerRetain.self, EmbeddingDifference.self]
    }

    public static func named(_ name: String) -> (any RetainTerm.Type)? { all.first { $0.name == name } }
}

/// A retain term as a function of the model and what the loss is given: a built-in one, or one's own.
public struct RetainObjective {
    public let name: String
    public let needsReference: Bool
    /// How many terms it is a mean over.
    public let termCount: (TokenBatch) -> Int?
    private let body: (LanguageModel, LossInputs) throws -> RetainValue

    /// - Parameter termCount: what it is a mean over; examples, where nothing is said.
    public init(
        name: String, needsReference: Bool, termCount: @escaping (TokenBatch) -> Int? = { $0.rows },
        _ body: @escaping (LanguageModel, LossInputs) throws -> RetainValue
    ) {
        self.name = name
        self.needsReference = needsReference
        self.termCount = termCount
        self.body = body
    }

    public init(_ term: some RetainTerm) {
        let name = type(of: term).name
        let needsReference = type(of: term).needsReference
        self.init(name: name, needsReference: needsReference, termCount: term.termCount) { model, inputs in
            guard let batch = inputs.retain else { throw UnlearningError.needsRetain(name) }
            if needsReference { try inputs.reference?.model.checkReadsAlike(model, in: "the retain term \(name)") }
            return try term.term(model, batch, inputs)
        }
    }

    public func value(_ model: LanguageModel, _ inputs: LossInputs) throws -> RetainValue { try body(model, inputs) }
}
