/// Derivatives of functions: gradients, Hessian-, Gauss-Newton- and Jacobian-vector products, at any depth of nesting.
import Tensors

/// Takes derivatives, and knows how many are being taken around it: an outermost one runs the fused rules and, for
/// products, forward over reverse; one inside another is itself recorded, so that it can be differentiated again.
public final class Differentiator {
    private var depth = 0
    public init() {}

    /// Whether a derivative is being taken right now.
    public var isActive: Bool { depth > 0 }

    public typealias Function = ([Variable]) throws -> Variable

    private func nested<R>(_ body: (_ outermost: Bool) throws -> R) rethrows -> R {
        depth += 1
        defer { depth -= 1 }
        return try body(depth == 1)
    }

    private func scalar(_ y: Variable) throws -> Variable {
        guard y.value.count == 1 else { throw DerivativeError.notANumber(shape: y.shape) }
        return y
    }

    /// f(x) and ∇f(x), for an f that returns one number.
    /// - Throws: `DerivativeError.notANumber` if it returns more.
    public func valueAndGradient(_ x: [Variable], of f: Function) throws -> (value: Variable, gradient: [Variable]) {
        try nested { outermost in
            if outermost {
                let leaves = x.map { Variable($0.value, requiresGradient: true) }
                let y = try scalar(f(leaves))
                let gradient = try y.sweep(.gradient, to: leaves).map { Variable($0.gradient ?? y.value) }
                return (Variable(y.value), gradient)
            }
            let leaves = try x.map { try leaf($0) }
            let y = try scalar(f(leaves))
            return (y, try recordedGradient(y, leaves))
        }
    }

    public func gradient(_ x: [Variable], of f: Function) throws -> [Variable] {
        try valueAndGradient(x, of: f).gradient
    }

    /// ∇²f(x) · v, exactly: forward over reverse (Pearlmutter 1994).
    public func hessianProduct(_ x: [Variable], _ v: [Variable], of f: Function) throws -> [Variable] {
        try product(.hessianProduct, x, v, of: f)
    }

    /// Jᵀ H_L J v: the Hessian of what follows the network's output, seen through a linearised network
    /// (Schraudolph 2002). Positive semi-definite for convex losses.
    public func gaussNewtonProduct(_ x: [Variable], _ v: [Variable], of f: Function) throws -> [Variable] {
        try product(.gaussNewtonProduct, x, v, of: f)
    }

    /// f(x), ∇f(x) and ∇²f(x) · v in one sweep. Not for use inside another derivative.
    public func gradientAndHessianProduct(
        _ x: [Variable], _ v: [Variable], of f: Function
    ) throws -> (value: Variable, gradient: [Variable], product: [Variable]) {
        try nested { _ in
            let (y, results) = try dualSweep(.gradientAndHessianProduct, x, v, f)
            return (y, results.map { Variable($0.gradient ?? y.value) }, results.map { Variable($0.product ?? y.value) })
        }
    }

    /// The derivative of f (which may return a tensor) along v.
    public func directional(_ x: [Variable], _ v: [Variable], of f: Function) throws -> Variable {
        guard !isActive else { throw DerivativeError.cannotNest("a directional derivative") }
        return try nested { _ in
            let y = try f(zip(x, v).map { Variable($0.value, tangent: try $1.value.reshaped($0.shape)) })
            return Variable(try y.tangent ?? Tensor.zeros(y.shape, on: y.device))
        }
    }

    private func product(_ kind: SweepKind, _ x: [Variable], _ v: [Variable], of f: Function) throws -> [Variable] {
        for (x, v) in zip(x, v) where x.shape != v.shape {
            throw TensorError.shapesDoNotFit(operation: "and direction", left: x.shape, right: v.shape)
        }
        return try nested { outermost in
            if outermost {
                let (y, results) = try dualSweep(kind, x, v, f)
                return results.map { Variable($0.product ?? y.value) }
            }
            guard kind == .hessianProduct else { throw DerivativeError.cannotNest("a Gauss-Newton product") }
            // Inside another derivative: reverse over reverse, all of it recorded.
            let leaves = try x.map { try leaf($0) }
            let gradient = try recordedGradient(scalar(f(leaves)), leaves)
            let terms = try zip(gradient, v).map { try $0.dot($1) }
            guard var sum = terms.first else { return [] }
            for term in terms.dropFirst() { sum = try sum + term }
            return try recordedGradient(sum, leaves)
        }
    }

    private func dualSweep(
        _ kind: SweepKind, _ x: [Variable], _ v: [Variable], _ f: Function
    ) throws -> (Variable, [SweepResult]) {
        let leaves = zip(x, v).map { Variable($0.value, tangent: $1.value, requiresGradient: true) }
        let y = try scalar(f(leaves))
        return (Variable(y.value), try y.sweep(kind, to: leaves))
    }

    /// A leaf that stands for `x` and stays connected with what `x` came from.
    private func leaf(_ x: Variable) throws -> Variable {
        x.requiresGradient ? try x.renamed() : Variable(x.value, tangent: x.tangent, requiresGradient: true)
    }

    /// Vector-Jacobian products that are recorded in turn, for reverse rules of operations defined elsewhere; `x` may be
    /// any variables of y's graph.
    public static func recordedGradient(
        of y: Variable, withRespectTo x: [Variable], seed: Variable
    ) throws -> [Variable?] {
        try y.gradients(withRespectTo: x, seed: seed, recording: true)
    }

    private func recordedGradient(_ y: Variable, _ leaves: [Variable]) throws -> [Variable] {
        let one = Variable(try Tensor(repeating: 1, shape: y.shape, on: y.device))
        return try zip(leaves, y.gradients(withRespectTo: leaves, seed: one, recording: true)).map { leaf, gradient in
            try gradient?.reshaped(leaf.shape) ?? Variable(Tensor.zeros(leaf.shape, on: leaf.device))
        }
    }
}

/// What derivatives can be asked that does not exist.
public enum DerivativeError: Error, Equatable, CustomStringConvertible {
    case notANumber(shape: [Int])
    case cannotNest(String)

    public var description: String {
        switch self {
        case .notANumber(let shape): "the function must return one number; this one returned a tensor \(shape)"
        case .cannotNest(let what): "\(what) cannot be taken inside another derivative; use grad or hvp there"
        }
    }
}
