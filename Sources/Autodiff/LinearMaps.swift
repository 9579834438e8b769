/// The linear maps of a graph, met one by one on the way back: what Kronecker-factored curvature is made of.
import Tensors

/// One application y = W x (+ b) of a linear map whose weight is a segment of the flat parameters.
public struct LinearMapVisit {
    /// Where W and b lie among the flat parameters.
    public let weight: Range<Int>
    public let bias: Range<Int>?
    /// Whether W is stored [out, in]; else it is [in, out].
    public let isTransposed: Bool
    /// Numbers of columns of x and y.
    public let inputs, outputs: Int
    /// x [..., in].
    public let input: Tensor
    /// Equal for maps of one sweep that share their x.
    public let inputIdentity: InputIdentity
    /// The cotangent of y, [..., out].
    public let outputGradient: Tensor
}

/// Stands for an input that linear maps share. It outlives the input, whose address a later one may get: activations
/// that are computed again are let go of within the sweep.
public final class InputIdentity: Hashable, Sendable {
    public init() {}
    public static func == (a: InputIdentity, b: InputIdentity) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Hears of linear maps in a sweep.
final class LinearMapObserver {
    private let visit: (LinearMapVisit) throws -> Void
    private struct Seen {
        weak var input: Variable?
        let identity: InputIdentity
    }
    private var seen: [ObjectIdentifier: Seen] = [:]

    init(_ visit: @escaping (LinearMapVisit) throws -> Void) { self.visit = visit }

    private func identity(of input: Variable) -> InputIdentity {
        let address = ObjectIdentifier(input)
        if let known = seen[address], known.input === input { return known.identity }
        let identity = InputIdentity()
        seen[address] = Seen(input: input, identity: identity)
        return identity
    }

    /// A node of the sweep with its cotangent; `border` are the parameters.
    func meet(_ record: Variable.Record, _ cotangent: Tensor, _ border: Set<ObjectIdentifier>) throws {
        guard let map = record.operation as? LinearMapOperation else { return }
        func segment(_ position: Int) -> SegmentOperation? {
            guard position < record.inputs.count, let inner = record.inputs[position].record,
                border.contains(ObjectIdentifier(inner.inputs[0]))
            else { return nil }
            return inner.operation as? SegmentOperation
        }
        guard let weight = segment(1), weight.shape.count == 2 else { return }
        try visit(
            LinearMapVisit(
                weight: weight.range, bias: segment(2)?.range, isTransposed: map.transposed,
                inputs: weight.shape[map.transposed ? 1 : 0], outputs: weight.shape[map.transposed ? 0 : 1],
                input: record.inputs[0].value, inputIdentity: identity(of: record.inputs[0]),
                outputGradient: cotangent))
    }
}

extension Variable {
    /// Sweeps back from this variable, with `seed` as its cotangent, towards the flat parameters `leaf`, and shows each
    /// linear map that reads its weight from there: its input and the gradient of its output, last map first. Gradients
    /// of the parameters themselves are not formed, which spares a third of a gradient's work.
    public func sweepLinearMaps(
        seed: Tensor, from leaf: Variable, visit: (LinearMapVisit) throws -> Void
    ) throws {
        try withoutActuallyEscaping(visit) { visit in
            _ = try sweep(.gradient, to: [leaf], seed: seed, apart: nil, maps: LinearMapObserver(visit))
        }
    }
}
