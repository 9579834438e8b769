/// Parts of a computation whose insides are thrown away and computed again on the way back (Chen et al., arXiv
/// 1604.06174).
import Tensors

/// y = body(x). Only y stays in memory; a reverse sweep puts the graph of `body` in its place when it comes to it (see
/// `Variable.sweep`), so that all its rules are those of the operations inside.
struct RecomputedOperation: FusedOperation {
    let body: ([Variable]) throws -> Variable
    /// Whether the network's output lies inside.
    var containsNetworkOutput = false
    /// Whether it works on the rows of all examples.
    var hasAllExamples = true
    var name: String { "recomputed" }

    func forward(_ x: [Tensor]) throws -> Tensor { try body(x.map { Variable($0) }).value }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try body(zip(x, tx).map { Variable($0, tangent: $1) }).tangent
    }

    func reverse(_ r: borrowing Reversal) throws {
        throw TensorError.invalid("a recomputed part of a graph has no reverse rule of its own")
    }

    /// Where it has all of them, its insides say.
    func separatesExamples(_ x: [Tensor]) -> Bool { hasAllExamples }

    func decomposed(_ x: [Variable]) throws -> Variable { try body(x) }
}

extension Variable {
    /// What `body` makes of `inputs`; of all that it computes on the way nothing is kept, and a derivative computes it
    /// again. `body` is a function of its arguments alone. Inside nested derivatives, which are recorded, all is kept.
    public static func recomputed(
        _ inputs: [Variable], _ body: @escaping ([Variable]) throws -> Variable
    ) throws -> Variable {
        try recomputed(RecomputedOperation(body: body), inputs)
    }

    static func recomputed(_ operation: RecomputedOperation, _ inputs: [Variable]) throws -> Variable {
        guard inputs.contains(where: \.requiresGradient), !inputs.contains(where: \.isInNestedDerivative) else {
            return try operation.body(inputs)
        }
        // The same operations as on the way back, so that both compute the same bits.
        let result = try operation.body(
            inputs.map { Variable($0.value, tangent: $0.tangent, requiresGradient: $0.requiresGradient) })
        return Variable(
            value: result.value, tangent: result.tangent, of: operation, inputs)
    }
}
