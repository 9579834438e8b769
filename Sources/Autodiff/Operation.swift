/// What a differentiable operation must know about itself.
import Tensors

/// A function of tensors with its derivative rules. One instance serves one application, so a class may keep what its
/// reverse rule needs.
///
/// There are two ways to conform. A `PrimitiveOperation` writes its reverse rule in terms of other operations; every
/// derivative of every order follows. A `FusedOperation` gives kernels for the rules that decide speed (forward,
/// tangent, reverse, and forward-over-reverse) and a decomposition into primitives, from which higher orders follow.
public protocol Operation {
    var name: String { get }

    /// Whether a network's output lies inside it, below which Gauss-Newton products count it as linear.
    var containsNetworkOutput: Bool { get }

    /// Whether the network ends inside it: in a Gauss-Newton product its reverse rule, of that kind, passes on what goes
    /// down the network, which is linear there, as values.
    var endsNetwork: Bool { get }

    /// y = f(x). Checks shapes.
    func forward(_ x: [Tensor]) throws -> Tensor

    /// The derivative of y along `tx` (`nil` entries are zero; at least one is not). `nil` means zero.
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor?

    /// Contributes to the inputs' cotangents, and to the tangents of those where `r` carries tangents.
    func reverse(_ r: borrowing Reversal) throws

    /// The same as differentiable operations, for gradients that will be differentiated again.
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?]

    /// Whether each row of the result comes from the same example's rows of the inputs alone, and gradients of
    /// parameters are written through `Reversal.write(_:_:rows:_:)`: then gradients of single examples can be taken in
    /// one sweep. Who does not say so is taken for an operation that mixes examples.
    func separatesExamples(_ x: [Tensor]) -> Bool
}

extension Operation {
    public func separatesExamples(_ x: [Tensor]) -> Bool { false }
}

extension Operation {
    public var containsNetworkOutput: Bool { false }
    public var endsNetwork: Bool { false }
}

/// An operation whose reverse rule is written in differentiable operations.
public protocol PrimitiveOperation: Operation {}

extension PrimitiveOperation {
    public func reverse(_ r: borrowing Reversal) throws {
        // The recorded rule on variables without history: their tangents give forward-over-reverse.
        let inputs = r.x.indices.map { Variable(r.x[$0], tangent: r.tx[$0]) }
        let results = try reverse(
            recorded: inputs, Variable(r.y, tangent: r.ty), Variable(r.dy, tangent: r.tdy))
        for (i, result) in results.enumerated() {
            if let result, r.wants(i) { try r.contribute(i, result.value, result.tangent) }
        }
    }
}

/// An operation with kernels of its own and a decomposition that defines it.
public protocol FusedOperation: Operation {
    /// The same function in primitive operations.
    func decomposed(_ x: [Variable]) throws -> Variable
}

extension FusedOperation {
    public func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let wanted = x.filter(\.requiresGradient)
        // Fresh names for the inputs, so that the same variable may stand in two places.
        let names = try x.map { $0.requiresGradient ? try $0.renamed() : $0 }
        let leaves = names.filter(\.requiresGradient)
        let gradients = try Variable.gradients(of: [(decomposed(names), dy)], withRespectTo: leaves)
        var next = 0
        return x.map { input in
            guard input.requiresGradient, next < wanted.count else { return nil }
            defer { next += 1 }
            return gradients[next]
        }
    }
}

/// What a reverse rule is given: inputs, output, the cotangent of the output, tangents of all of these where forward
/// mode runs too, and where the results go.
public struct Reversal: ~Copyable {
    public let x: [Tensor]
    public let tx: [Tensor?]
    public let y: Tensor
    public let ty: Tensor?
    public let dy: Tensor
    public let tdy: Tensor?
    /// What the sweep computes; of interest only to operations that sweep themselves.
    public let kind: SweepKind
    let sinks: [CotangentSink?]
    /// Whose rows are whose, while gradients of single examples are taken.
    let examples: ExampleRows?

    public var device: Device { y.device }
    /// Whether input `i` needs anything.
    public func wants(_ i: Int) -> Bool { sinks[i] != nil }
    /// Whether the cotangent itself of input `i` is needed (a leaf of a Hessian product needs its tangent only).
    public func wantsValue(_ i: Int) -> Bool { sinks[i]?.wantsValue ?? false }
    public func wantsTangent(_ i: Int) -> Bool { sinks[i]?.wantsTangent ?? false }

    /// Adds to the cotangent of input `i` (and to its tangent); shapes must be the input's.
    public func contribute(_ i: Int, _ value: Tensor?, _ tangent: Tensor? = nil) throws {
        guard let sink = sinks[i] else { return }
        if let value, sink.wantsValue { try sink.add(value, .value) }
        if let tangent, sink.wantsTangent { try sink.add(tangent, .tangent) }
    }

    /// Adds to input `i`'s cotangent what `body` writes into the tensor it is given: every element if the flag is
    /// false, on top of what is there if it is true. The way for kernels that can accumulate: a segment of a larger
    /// tensor is written in its place, without a copy.
    public func write(_ i: Int, _ part: CotangentPart, _ body: (Tensor, Bool) throws -> Void) throws {
        guard let sink = sinks[i], part == .value ? sink.wantsValue : sink.wantsTangent else { return }
        if let (place, accumulates) = try sink.place(part, shape: x[i].shape) {
            try body(place, accumulates)
        } else {
            let fresh = try Tensor(uninitialized: x[i].shape, on: device)
            try body(fresh, false)
            try sink.add(fresh, part)
        }
    }

    /// The same for a gradient that is a sum over `rows` rows, of which `body` adds up those it is given: all of them,
    /// or one example's after the other (on all threads) where gradients of single examples are taken.
    public func write(_ i: Int, _ part: CotangentPart, rows: Int, _ body: (Tensor, Bool, Range<Int>) -> Void) throws {
        if let sink = sinks[i] as? ExampleSink {
            if part == .value { try sink.write(rows: rows, body) }
        } else {
            try write(i, part) { body($0, $1, 0..<rows) }
        }
    }
}

/// A cotangent, or the tangent of a cotangent.
public enum CotangentPart { case value, tangent }

/// Where the contributions to one variable's cotangent gather.
protocol CotangentSink: AnyObject {
    var wantsValue: Bool { get }
    var wantsTangent: Bool { get }
    func add(_ tensor: Tensor, _ part: CotangentPart) throws
    /// Memory to accumulate into or to overwrite, if this sink has a fixed place for it.
    func place(_ part: CotangentPart, shape: [Int]) throws -> (Tensor, accumulates: Bool)?
}
