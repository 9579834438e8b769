/// Logits that are not formed yet: hidden states and the head that they go through.
import Tensors

/// cap · tanh((h Wᵀ + b) / cap) of hidden states h [rows, width]. Losses that need a number of each row take it from
/// here a block of the vocabulary at a time; who needs the logits themselves asks for them (`formed`).
public final class HeadLogits {
    /// The matrix [vocabulary, width].
    public enum Matrix {
        case variable(Variable)
        /// One that no derivative follows.
        case stored(StoredMatrix)
    }
    public let hidden: Variable
    public let matrix: Matrix
    public let bias: Variable?
    /// 0 for none.
    public let cap: Float
    private let limits: BlockedLogits.Limits
    private var blocks: BlockedLogits?

    public convenience init(_ hidden: Variable, _ matrix: Matrix, bias: Variable? = nil, cap: Float? = nil) {
        self.init(hidden, matrix, bias: bias, cap: cap, limits: .standard)
    }

    /// With blocks of about so many numbers, of which so many are kept: for tests.
    package convenience init(
        _ hidden: Variable, _ matrix: Matrix, bias: Variable? = nil, cap: Float? = nil, block: Int, kept: Int
    ) {
        self.init(hidden, matrix, bias: bias, cap: cap, limits: .init(block: block, kept: kept))
    }

    private init(
        _ hidden: Variable, _ matrix: Matrix, bias: Variable?, cap: Float?, limits: BlockedLogits.Limits
    ) {
        self.hidden = hidden
        self.matrix = matrix
        self.bias = bias
        self.cap = cap ?? 0
        self.limits = limits
    }

    /// The same, without what was computed of them.
    public var unformed: HeadLogits { HeadLogits(hidden, matrix, bias: bias, cap: cap, limits: limits) }

    /// [rows, vocabulary].
    public var shape: [Int] {
        switch matrix {
        case .variable(let weight): [hidden.shape[0], weight.shape[0]]
        case .stored(let matrix): [hidden.shape[0], matrix.rows]
        }
    }

    private var inputs: [Variable] {
        var inputs = [hidden]
        if case .variable(let weight) = matrix { inputs.append(weight) }
        return inputs + (bias.map { [$0] } ?? [])
    }
    private var stored: StoredMatrix? {
        if case .stored(let matrix) = matrix { return matrix }
        return nil
    }
    private var blocked: BlockedLogits {
        get throws {
            if let blocks { return blocks }
            let values: BlockedLogits.Matrix =
                switch matrix {
                case .variable(let weight): .tensor(weight.value)
                case .stored(let matrix): .stored(matrix)
                }
            let made = try BlockedLogits(hidden.value, values, bias: bias?.value, cap: cap, limits: limits)
            blocks = made
            return made
        }
    }

    /// The same in the blocks of others.
    private func blocked(like other: BlockedLogits) throws -> BlockedLogits {
        let own = try blocked
        guard own.blocks == other.blocks, own.rows == other.rows else {
            throw TensorError.shapesDoNotFit(
                operation: "cross-entropy", left: [other.rows, other.vocabulary], right: [own.rows, own.vocabulary])
        }
        return own
    }

    /// The logits, all of them, as the network's output.
    public func formed() throws -> Variable {
        let logits =
            switch matrix {
            case .variable(let weight): try hidden.headLogits(weight, bias: bias, cap: cap)
            case .stored(let matrix): try hidden.headLogits(matrix, bias: bias, cap: cap)
            }
        return try logits.asNetworkOutput()
    }

    /// Whether a derivative inside another one follows it, which is recorded as what it is made of.
    private var isNested: Bool { inputs.contains(where: \.isInNestedDerivative) }

    /// Negative log-likelihood of each row's label [rows]; labels below 0 are ignored.
    public func crossEntropy(_ labels: [Int32]) throws -> Variable {
        if isNested { return try formed().crossEntropy(labels) }
        return try Variable(
            HeadCrossEntropyOperation(.labels(labels), stored: stored, cap: cap, logits: blocked), inputs)
    }

    /// KL(q ‖ p) of each row, in nats [rows], q being the distributions of other logits, constants.
    public func divergence(from other: HeadLogits) throws -> Variable {
        let own = try blocked, reference = try other.blocked(like: own)
        let operation = HeadCrossEntropyOperation(.distributions(reference), stored: stored, cap: cap, logits: own)
        return try isNested ? operation.decomposed(inputs) : Variable(operation, inputs)
    }

    /// What `body` makes of each row's logits alone [rows of a range], for a range of rows after the other, [rows]: for
    /// losses that no rule for blocks of the vocabulary is known of. Logits that would take more memory than those that
    /// are kept are there for some rows at a time, and are computed again for a derivative. `body` is given the logits
    /// [range, vocabulary] as the network's output, and is a function of them alone.
    public func eachRow(
        _ body: @escaping (_ logits: Variable, _ rows: Range<Int>) throws -> Variable
    ) throws -> Variable {
        let rows = shape[0], vocabulary = max(1, shape[1])
        guard rows > 1, rows * vocabulary > max(limits.kept, limits.block), !isNested else {
            return try body(formed(), 0..<rows)
        }
        let size = max(1, limits.block / vocabulary), width = hidden.shape[1]
        let parts = try stride(from: 0, to: rows, by: size).map { first in
            let range = first..<min(rows, first + size)
            let operation = RecomputedOperation(
                body: { [matrix, bias, cap, limits] x in
                    var head = matrix
                    if case .variable = matrix { head = .variable(x[1]) }
                    let some = HeadLogits(x[0], head, bias: bias == nil ? nil : x.last, cap: cap, limits: limits)
                    return try body(some.formed(), range)
                }, containsNetworkOutput: true, hasAllExamples: false)
            return try Variable.recomputed(operation, [hidden.sliced([range, 0..<width])] + inputs.dropFirst())
        }
        return try Variable.concatenated(parts)
    }

    /// Some of the rows, [range, vocabulary].
    public func rows(_ range: Range<Int>) throws -> HeadLogits {
        let some = try range == 0..<hidden.shape[0] ? hidden : hidden.sliced([range, 0..<hidden.shape[1]])
        return HeadLogits(some, matrix, bias: bias, cap: cap, limits: limits)
    }

    /// One label for each row, drawn from its softmax; `uniform` gives each row's number in [0, 1), in order.
    public func sampledLabels(_ uniform: (_ row: Int) -> Double) throws -> [Int32] {
        try blocked.sampledLabels(uniform)
    }
}

extension Variable {
    /// Logits of hidden states through a head's matrix [vocabulary, width].
    func headLogits(_ weight: Variable, bias: Variable?, cap: Float) throws -> Variable {
        try linear(weight, bias: bias, transposed: true).softCapped(cap)
    }

    /// The same of a matrix that no derivative follows.
    func headLogits(_ matrix: StoredMatrix, bias: Variable?, cap: Float) throws -> Variable {
        let logits = try linear(stored: matrix, transposed: true)
        return try (bias.map { try logits + $0 } ?? logits).softCapped(cap)
    }

    /// cap · tanh(self / cap); itself where the cap is 0.
    public func softCapped(_ cap: Float) throws -> Variable { try cap > 0 ? cap * (1 / cap * self).apply(.tanh) : self }
}
