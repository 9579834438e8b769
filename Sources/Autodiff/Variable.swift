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
    /// Which of the derivatives under way it depends on: a bit a level of nesting, the outermost's the lowest.
    let levels: UInt64
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

    public convenience init(_ value: Tensor, tangent: Tensor? = nil, requiresGradient: Bool = false) {
        self.init(
            value, tangent: tangent, requiresGradient: requiresGradient,
            levels: tangent != nil || requiresGradient ? 1 : 0)
    }

    init(_ value: Tensor, tangent: Tensor?, requiresGradient: Bool, levels: UInt64) {
        content = .known(value)
        self.tangent = tangent
        self.requiresGradient = requiresGradient
        self.levels = levels
        depth = 0
    }

    /// Applies an operation: computes the value, the tangent if an input has one, and records it if an input needs a
    /// gradient.
    public convenience init(_ operation: any Operation, _ inputs: [Variable]) throws {
        try self.init(operation, inputs, levels: inputs.reduce(0) { $0 | $1.levels })
    }

    init(_ operation: any Operation, _ inputs: [Variable], levels: UInt64) throws {
        self.levels = levels
        let x = inputs.map(\.value)
        try x.first?.device.cancellation.check()
        let value = try operation.forward(x)
        content = .known(value)
        let tx = inputs.map(\.tangent)
        tangent = tx.contains { $0 != nil } ? try operation.tangent(x, tx, value) : nil
        requiresGradient = inputs.contains(where: \.requiresGradient)
        depth = 1 + (inputs.map(\.depth).max() ?? 0)
        record = requiresGradient ? Record(operation: operation, inputs: inputs) : nil
    }

    /// A result that was computed by another way than the operation's rules.
    init(value: Tensor, tangent: Tensor?, of operation: any Operation, _ inputs: [Variable]) {
        content = .known(value)
        self.tangent = tangent
        levels = inputs.reduce(0) { $0 | $1.levels }
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
        levels = 0
        depth = 0
    }

    /// The result of an elementwise function of `inputs`, all of one shape, as work that waits; `nil` where a
    /// derivative follows one of them, or where they are so small that it is done at once.
    static func waiting(_ function: ElementwiseChain.Function, _ inputs: [Variable]) throws -> Variable? {
        guard let first = inputs.first, first.count >= ElementwiseChain.least,
            inputs.allSatisfy({ !$0.isTracked && !$0.requiresGradient && $0.tangent == nil && $0.shape == first.shape })
        else { return nil }
        let device = first.device
        try device.cancellation.check()
        return Variable(
            try ElementwiseChain(
                function,
                inputs.map { input in
                    switch input.content {
                    case .known(let value): .tensor(value)
                    case .waiting(let chain): .chain(chain)
                    }
                }, on: device))
    }

    /// Lets go of the operation that made it, of what that kept for its reverse rule, and of its inputs.
    func forgetHistory() { record = nil }

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

    /// The value alone: a constant.
    public var detached: Variable { requiresGradient || tangent != nil ? Variable(value) : self }

    /// Whether nothing was applied to make it.
    public var isLeaf: Bool { depth == 0 }

    /// Whether a derivative under way follows it.
    public var isTracked: Bool { levels != 0 }

    /// Whether a derivative that follows `leaf` follows this too.
    public func depends(on leaf: Variable) -> Bool { leaf.levels != 0 && levels & leaf.levels == leaf.levels }

    /// Whether a derivative inside another one follows it, which is recorded as operations.
    public var isInNestedDerivative: Bool { levels > 1 }

    /// The numbers of a variable that no derivative follows.
    /// - Parameter what: what would lose its derivative, for the message: "the weights of a run".
    /// - Throws: `DerivativeError.dropped` where one follows it.
    public func constant(_ what: @autoclosure () -> String) throws -> Tensor {
        guard !isTracked else { throw DerivativeError.dropped(what()) }
        return value
    }
}
