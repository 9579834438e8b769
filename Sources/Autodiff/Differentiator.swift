/// Derivatives of functions: gradients, Hessian-, Gauss-Newton- and Jacobian-vector products, at any depth of nesting.
import Tensors

/// Takes derivatives, and knows how many are being taken around it: an outermost one runs the fused rules and, for
/// products, forward over reverse; one inside another is itself recorded, so that it can be differentiated again.
///
/// A session makes one and hands it to everything that takes derivatives: two of them would each take their own
/// derivative for the outermost, and what lies between would be lost.
public final class Differentiator {
    private var depth = 0
    /// How many outermost derivatives have been begun.
    private var begun = 0
    /// Outermost gradients and curvature products taken so far; what is nested in them counts with them.
    public private(set) var work = Work()

    /// What derivatives have cost, and values where an optimizer takes nothing else.
    public struct Work: Equatable, Sendable {
        public var gradients = 0
        public var products = 0
        public var values = 0
    }

    /// Counts what was computed by other ways than this.
    public func note(gradients: Int = 0, values: Int = 0) {
        work.gradients += gradients
        work.values += values
    }

    /// Sums over pieces of work that ranks share out. The derivative of a sum counts as one derivative, as its costliest
    /// piece does, in however many pieces and by whatever rank it is taken.
    /// - Parameter parts: which part of each sum a rank is given; nil for the whole.
    public func sums(
        _ place: String, of count: Int, on device: Device, parts: RankParts? = nil, _ work: (Int) throws -> Summand
    ) throws -> (tensors: [Tensor?], figures: [[Double]]) {
        let before = self.work
        var (tensors, figures) = try device.ranks.sums(place, of: count, on: device, parts: parts) { piece in
            let start = self.work
            var summand = try work(piece)
            summand.figures += [
                Double(self.work.gradients - start.gradients), Double(self.work.products - start.products),
                Double(self.work.values - start.values),
            ]
            return summand
        }
        var most = Work()
        for index in figures.indices {
            let counts = figures[index].suffix(3).map { Int($0) }
            figures[index].removeLast(3)
            most.gradients = max(most.gradients, counts[0])
            most.products = max(most.products, counts[1])
            most.values = max(most.values, counts[2])
        }
        self.work = before
        self.work.gradients += most.gradients
        self.work.products += most.products
        self.work.values += most.values
        return (tensors, figures)
    }

    public init() {}

    /// Whether a derivative is being taken right now.
    public var isActive: Bool { depth > 0 }

    /// The number of the outermost derivative that is being taken; nil when none is.
    public var current: Int? { isActive ? begun : nil }

    public typealias Function = ([Variable]) throws -> Variable

    /// The most derivatives inside one another.
    private static let most = 60

    /// Runs `body` one derivative further in; `level` is the bit that stands for it.
    private func nested<R>(_ body: (_ level: UInt64, _ isOutermost: Bool) throws -> R) throws -> R {
        guard depth < Differentiator.most else { throw DerivativeError.tooDeep(Differentiator.most) }
        if depth == 0 { begun += 1 }
        depth += 1
        defer { depth -= 1 }
        return try body(1 << UInt64(depth - 1), depth == 1)
    }

    private func scalar(_ y: Variable) throws -> Variable {
        guard y.value.count == 1 else { throw DerivativeError.notANumber(shape: y.shape) }
        return y
    }

    /// f(x) and ∇f(x), for an f that returns one number.
    /// - Throws: `DerivativeError.notANumber` if it returns more.
    public func valueAndGradient(_ x: [Variable], of f: Function) throws -> (value: Variable, gradient: [Variable]) {
        try nested { level, isOutermost in
            if isOutermost {
                work.gradients += 1
                let leaves = x.map { Variable($0.value, requiresGradient: true) }
                let y = try scalar(f(leaves))
                let gradient = try y.sweep(.gradient, to: leaves).map { Variable($0.gradient ?? y.value) }
                return (Variable(y.value), gradient)
            }
            let graph = try recorded(x, f, level)
            let y = try scalar(graph.y)
            return (try y.closed(level), try graph.gradient().map { try $0.closed(level) })
        }
    }

    /// f(x) and ∇f(x), for an f that is a sum of parts which have nothing but x in common.
    /// - Parameter f: is lent a function to which it may hand a part that it has made: the derivative of the part is
    ///   taken at once, so that its graph is gone before the next part is made, and its number comes back to be added.
    ///   Inside of another derivative the part comes back as it is. The result has the bits of the whole sum's.
    public func valueAndGradient(
        _ x: [Variable], inParts f: ([Variable], _ spend: @escaping (Variable) throws -> Variable) throws -> Variable
    ) throws -> (value: Variable, gradient: [Variable]) {
        guard !isActive else { return try valueAndGradient(x, of: { try f($0, { $0 }) }) }
        return try nested { _, _ in
            work.gradients += 1
            let leaves = x.map { Variable($0.value, requiresGradient: true) }, gathering = SweepGathering()
            let y = try scalar(
                f(leaves) { part in
                    _ = try self.scalar(part).sweep(
                        .gradient, to: leaves, seed: nil, apart: nil, gathering: gathering)
                    return Variable(part.value)
                })
            gathering.isLast = true
            let results = try y.sweep(.gradient, to: leaves, seed: nil, apart: nil, gathering: gathering)
            return (Variable(y.value), results.map { Variable($0.gradient ?? y.value) })
        }
    }

    public func gradient(_ x: [Variable], of f: Function) throws -> [Variable] {
        try valueAndGradient(x, of: f).gradient
    }

    /// ∇²f(x) · v, exactly: forward over reverse (Pearlmutter 1994).
    public func hessianProduct(_ x: [Variable], _ v: [Variable], of f: Function) throws -> [Variable] {
        try product(.hessianProduct, x, v, of: f).product
    }

    /// Jᵀ H_L J v: the Hessian of what follows the network's output, seen through a linearised network
    /// (Schraudolph 2002). Positive semi-definite for convex losses. What reaches the loss beside the network, such as
    /// a weight penalty, counts with its Hessian.
    /// - Throws: `DerivativeError.noNetworkOutput` where nothing marks an output (see `Variable.asNetworkOutput`),
    ///   `.networkBesideOutput` where weights pass a second network on their way to the loss.
    public func gaussNewtonProduct(_ x: [Variable], _ v: [Variable], of f: Function) throws -> [Variable] {
        try product(.gaussNewtonProduct, x, v, of: f).product
    }

    /// f(x), ∇f(x) and ∇²f(x) · v in one sweep.
    public func gradientAndHessianProduct(
        _ x: [Variable], _ v: [Variable], of f: Function
    ) throws -> (value: Variable, gradient: [Variable], product: [Variable]) {
        try product(.gradientAndHessianProduct, x, v, of: f)
    }

    /// The derivative of f (which may return a tensor) along v.
    public func directional(_ x: [Variable], _ v: [Variable], of f: Function) throws -> Variable {
        try directional(x, v) { [try f($0)] }[0]
    }

    /// The derivatives along v of all that f returns.
    public func directional(
        _ x: [Variable], _ v: [Variable], ofAll f: ([Variable]) throws -> [Variable]
    ) throws -> [Variable] {
        try nested { level, isOutermost in
            if isOutermost {
                return try f(zip(x, v).map { Variable($0.value, tangent: try $1.value.reshaped($0.shape)) }).map { y in
                    Variable(try y.tangent ?? Tensor.zeros(y.shape, on: y.device))
                }
            }
            let leaves = try leaves(x, level), outputs = try f(leaves)
            return try nested { inner, _ in
                let v = try zip(x, v).map { try $1.reshaped($0.shape) }
                return try RecordedFunction.directional(outputs, leaves, along: v, level, inner).map {
                    try $0.closed(inner).closed(level)
                }
            }
        }
    }

    private func checkFit(_ x: [Variable], _ v: [Variable]) throws {
        for (x, v) in zip(x, v) where x.shape != v.shape {
            throw TensorError.shapesDoNotFit(operation: "and direction", left: x.shape, right: v.shape)
        }
    }

    private func product(
        _ kind: SweepKind, _ x: [Variable], _ v: [Variable], of f: Function
    ) throws -> (value: Variable, gradient: [Variable], product: [Variable]) {
        try checkFit(x, v)
        return try nested { level, isOutermost in
            if isOutermost {
                work.products += 1
                let leaves = zip(x, v).map { Variable($0.value, tangent: $1.value, requiresGradient: true) }
                let y = try scalar(f(leaves))
                if kind == .gaussNewtonProduct { _ = try NetworkCut(y, leaves: leaves, levels: level) }
                let results = try y.sweep(kind, to: leaves)
                return (
                    Variable(y.value), results.compactMap { $0.gradient.map { Variable($0) } },
                    results.compactMap { $0.product.map { Variable($0) } }
                )
            }
            let graph = try recorded(x, f, level), y = try scalar(graph.y)
            if kind == .gaussNewtonProduct {
                let product = try nested { inner, _ in
                    try graph.gaussNewtonProduct(v, level: inner).map { try $0.closed(inner) }
                }
                return (try y.closed(level), [], try product.map { try $0.closed(level) })
            }
            let gradient = try graph.gradient(), product = try graph.hessianProduct(gradient, v)
            return (
                try y.closed(level), try gradient.map { try $0.closed(level) }, try product.map { try $0.closed(level) }
            )
        }
    }

    /// f as a graph whose leaves stand for `x` and stay connected with what `x` came from.
    private func recorded(_ x: [Variable], _ f: Function, _ level: UInt64) throws -> RecordedFunction {
        let leaves = try leaves(x, level)
        return RecordedFunction(leaves: leaves, y: try f(leaves), level: level)
    }

    private func leaves(_ x: [Variable], _ level: UInt64) throws -> [Variable] {
        try x.map { x in
            x.requiresGradient
                ? try x.renamed(at: level)
                : Variable(x.value, tangent: x.tangent, requiresGradient: true, levels: x.levels | level)
        }
    }

    /// Vector-Jacobian products that are recorded in turn, for reverse rules of operations defined elsewhere; `x` may
    /// be any variables of y's graph.
    public static func recordedGradient(
        of y: Variable, withRespectTo x: [Variable], seed: Variable
    ) throws -> [Variable?] {
        try Variable.gradients(of: [(y, seed)], withRespectTo: x)
    }
}

/// What derivatives can be asked that does not exist.
public enum DerivativeError: Error, Equatable, CustomStringConvertible {
    case notANumber(shape: [Int])
    case tooDeep(Int)
    /// Something that a derivative follows would become a plain number.
    case dropped(String)
    case noNetworkOutput
    /// Weights reach the loss beside the network's output through the operation of that name.
    case networkBesideOutput(String)

    public var description: String {
        switch self {
        case .notANumber(let shape): "the function must return one number; this one returned a tensor \(shape)"
        case .tooDeep(let most): "more than \(most) derivatives inside one another"
        case .dropped(let what):
            """
            a derivative follows \(what), and would be lost here; write detach(…) around what is to count as a constant
            """
        case .noNetworkOutput:
            """
            a Gauss-Newton product needs to know where the network ends and its loss begins, and this function does \
            not say; nll, token_nll and logits do, network_output(x) marks x as a network's output, and hvp gives the \
            whole Hessian
            """
        case .networkBesideOutput(let operation):
            """
            this loss has a second network beside its logits (weights meet weights in `\(operation)`), whose \
            curvature a Gauss-Newton product would not tell from its loss's; mark its output with network_output(x), \
            or take hvp
            """
        }
    }
}
