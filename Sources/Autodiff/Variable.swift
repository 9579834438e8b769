/// A tensor that remembers how it was computed, and, in forward mode, its derivative along one direction.
import Tensors

/// A node of the computation graph. A constant has no record and needs no gradient; a leaf needs one but has no record.
public final class Variable {
    public let value: Tensor
    /// d value / dε along the direction that forward mode follows; `nil` means zero.
    public let tangent: Tensor?
    public let requiresGradient: Bool
    /// Longest way to a leaf; parents are always shallower, so sorting by depth is a topological order.
    let depth: Int
    private(set) var record: Record?

    /// The operation that made a variable, and what it was applied to.
    struct Record {
        let operation: any Operation
        let inputs: [Variable]
    }

    public init(_ value: Tensor, tangent: Tensor? = nil, requiresGradient: Bool = false) {
        self.value = value
        self.tangent = tangent
        self.requiresGradient = requiresGradient
        depth = 0
    }

    /// Applies an operation: computes the value, the tangent if an input has one, and records it if an input needs a
    /// gradient.
    public init(_ operation: any Operation, _ inputs: [Variable]) throws {
        let x = inputs.map(\.value)
        try x.first?.device.interruption.check()
        value = try operation.forward(x)
        let tx = inputs.map(\.tangent)
        tangent = tx.contains { $0 != nil } ? try operation.tangent(x, tx, value) : nil
        requiresGradient = inputs.contains(where: \.requiresGradient)
        depth = 1 + (inputs.map(\.depth).max() ?? 0)
        record = requiresGradient ? Record(operation: operation, inputs: inputs) : nil
    }

    deinit {
        // A long chain must not be torn down by recursion: it would overflow the stack.
        guard depth > 1000, record != nil else { return }
        var chain = record.map(\.inputs) ?? []
        record = nil
        while var node = chain.popLast() {
            if isKnownUniquelyReferenced(&node), let inner = node.record {
                node.record = nil
                chain.append(contentsOf: inner.inputs)
            }
        }
    }

    public var shape: [Int] { value.shape }
    public var device: Device { value.device }

    /// The same value and tangent with no history: gradients stop here.
    var withoutHistory: Variable { requiresGradient ? Variable(value, tangent: tangent) : self }

    /// The value alone: a constant.
    public var detached: Variable { requiresGradient || tangent != nil ? Variable(value) : self }
}
