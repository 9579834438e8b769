/// A tensor that remembers how it was computed, and, in forward mode, its derivative along one direction.
import Tensors

/// A node of the computation graph. A constant has no record and needs no gradient; a leaf needs one but has no record.
public final class Variable {
    /// Arithmetic on numbers that no derivative follows waits until they are read (see `ElementwiseChain`).
    public var value: Tensor {
        switch content {
        case .known(let value): return value
        case .waiting(let chain):
            let value = chain.finished()
            content = .known(value)
            return value
        }
    }
    private var content: Content
    /// d value / dε along the direction that forward mode follows; `nil` means zero.
    public let tangent: Tensor?
    public let requiresGradient: Bool
    /// Longest way to a leaf; parents are always shallower, so sorting by depth is a topological order.
    let depth: Int
    private(set) var record: Record?

    private enum Content {
        case known(Tensor)
        case waiting(ElementwiseChain)
    }

    /// The operation that made a variable, and what it was applied to.
    struct Record {
        let operation: any Operation
        let inputs: [Variable]
    }

    public init(_ value: Tensor, tangent: Tensor? = nil, requiresGradient: Bool = false) {
        content = .known(value)
        self.tangent = tangent
        self.requiresGradient = requiresGradient
        depth = 0
    }

    /// Applies an operation: computes the value, the tangent if an input has one, and records it if an input needs a
    /// gradient.
    public init(_ operation: any Operation, _ inputs: [Variable]) throws {
        let x = inputs.map(\.value)
        try x.first?.device.interruption.check()
        let value = try operation.forward(x)
        content = .known(value)
        let tx = inputs.map(\.tangent)
        tangent = tx.contains { $0 != nil } ? try operation.tangent(x, tx, value) : nil
        requiresGradient = inputs.contains(where: \.requiresGradient)
        depth = 1 + (inputs.map(\.depth).max() ?? 0)
        record = requiresGradient ? Record(operation: operation, inputs: inputs) : nil
    }

    deinit {
        if case .waiting(let chain) = content { chain.release() }
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

    /// A result that waits.
    private init(_ chain: ElementwiseChain) {
        content = .waiting(chain)
        tangent = nil
        requiresGradient = false
        depth = 0
    }

    /// The result of an elementwise function of `inputs`, all of one shape, as work that waits; `nil` where a derivative
    /// follows one of them, or where they are so small that it is done at once.
    static func waiting(_ function: ElementwiseChain.Function, _ inputs: [Variable]) throws -> Variable? {
        guard let first = inputs.first, first.count >= ElementwiseChain.least,
            inputs.allSatisfy({ !$0.requiresGradient && $0.tangent == nil && $0.shape == first.shape })
        else { return nil }
        let device = first.device
        try device.interruption.check()
        return Variable(try ElementwiseChain(
            function, inputs.map { input in
                switch input.content {
                case .known(let value): .tensor(value)
                case .waiting(let chain): .chain(chain)
                }
            }, on: device))
    }

    public var shape: [Int] {
        switch content {
        case .known(let value): value.shape
        case .waiting(let chain): chain.shape
        }
    }
    /// Number of elements.
    public var count: Int {
        switch content {
        case .known(let value): value.count
        case .waiting(let chain): chain.shape.reduce(1, *)
        }
    }
    public var device: Device {
        switch content {
        case .known(let value): value.device
        case .waiting(let chain): chain.device
        }
    }

    /// The same value and tangent with no history: gradients stop here.
    var withoutHistory: Variable { requiresGradient ? Variable(value, tangent: tangent) : self }

    /// The value alone: a constant.
    public var detached: Variable { requiresGradient || tangent != nil ? Variable(value) : self }
}
