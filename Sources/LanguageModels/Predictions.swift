/// What a model says of next tokens, for losses that need a number of each: logits, or what they are formed of.
import Autodiff
import Tensors

/// Distributions over the vocabulary at some positions, of which not all logits need be in memory.
public struct Predictions {
    enum Form {
        case head(HeadLogits)
        case logits(Variable)
    }
    private let form: Form

    init(_ form: Form) { self.form = form }

    /// The same, without what was computed of them.
    public var unformed: Predictions {
        if case .head(let head) = form { return Predictions(.head(head.unformed)) }
        return self
    }

    /// Negative log-likelihood of each position's label [positions]; labels below 0 are ignored.
    public func crossEntropy(_ labels: [Int32]) throws -> Variable {
        switch form {
        case .head(let head): try head.crossEntropy(labels)
        case .logits(let logits): try logits.crossEntropy(labels)
        }
    }

    /// KL(other ‖ self) of each position, in nats [positions]; the other's are constants.
    public func divergence(from other: Predictions) throws -> Variable {
        if case .head(let own) = form, case .head(let reference) = other.form {
            return try own.divergence(from: reference)
        }
        let (own, target) = try (logits().logSoftmax(), other.logits().logSoftmax().detached)
        return try (target.apply(.exp) * (target - own)).summed(to: [own.shape[0], 1]).reshaped([own.shape[0]])
    }

    /// One label for each position, drawn from its distribution; `uniform` gives each row's number in [0, 1), in order.
    public func sampledLabels(_ uniform: (_ row: Int) -> Double) throws -> [Int32] {
        switch form {
        case .head(let head): try head.sampledLabels(uniform)
        case .logits(let logits): try logits.value.sampledLabels(uniform)
        }
    }

    /// What `body` makes of each position's logits alone: see ``HeadLogits/eachRow(_:)``. The numbers that `body` returns
    /// for the positions of a range, whose logits [range, vocabulary] it is given, stand side by side [positions].
    public func eachPosition(
        _ body: @escaping (_ logits: Variable, _ positions: Range<Int>) throws -> Variable
    ) throws -> Variable {
        switch form {
        case .head(let head): try head.eachRow(body)
        case .logits(let logits): try body(logits, 0..<logits.shape[0])
        }
    }

    /// Logits of some positions [range, vocabulary].
    public func logits(_ range: Range<Int>) throws -> Variable {
        switch form {
        case .head(let head): try head.rows(range).formed()
        case .logits(let logits): try logits.sliced([range, 0..<logits.shape[1]])
        }
    }

    /// How many tokens are told apart.
    public var vocabulary: Int {
        switch form {
        case .head(let head): head.shape[1]
        case .logits(let logits): logits.shape[1]
        }
    }

    /// All logits [positions, vocabulary], the network's output.
    public func logits() throws -> Variable {
        switch form {
        case .head(let head): try head.formed()
        case .logits(let logits): logits
        }
    }
}
