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

    /// The term on `batch`, and the batch's mean token NLL where it comes for free.
    func term(_ model: LanguageModel, _ batch: TokenBatch, _ inputs: LossInputs) throws -> RetainValue
}

extension RetainTerm {
    public static var needsReference: Bool { false }
    public static var settings: [Setting<Self>] { [] }
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
    private let body: (LanguageModel, LossInputs) throws -> RetainValue

    public init(
        name: String, needsReference: Bool, _ body: @escaping (LanguageModel, LossInputs) throws -> RetainValue
    ) {
        self.name = name
        self.needsReference = needsReference
        self.body = body
    }

    public init(_ term: some RetainTerm) {
        let name = type(of: term).name
        self.init(name: name, needsReference: type(of: term).needsReference) { model, inputs in
            guard let batch = inputs.retain else { throw UnlearningError.needsRetain(name) }
            return try term.term(model, batch, inputs)
        }
    }

    public func value(_ model: LanguageModel, _ inputs: LossInputs) throws -> RetainValue { try body(model, inputs) }
}
