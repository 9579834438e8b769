/// Solving (H + λI) x = v: what a solver answers, and the list of solvers.
import Settings
import Tensors

public struct InverseSolution: Sendable {
    public enum Ending: Equatable, Sendable {
        /// The tolerance was reached, or the method is direct.
        case finished
        /// The most iterations were taken.
        case limit
        /// Float32 products allow no smaller residual.
        case precision
        /// A direction p with pᵀ(H + λI)p ≤ 0, and that value over pᵀp; the least eigenvalue is lower still.
        case negativeCurvature(Double)
        /// H + λI is singular on v as far as float32 tells: there is no x, or none that the iteration can find.
        case singular
        /// `progress` asked to stop.
        case stopped
    }

    /// x, shaped like v.
    public let solution: Tensor
    /// ‖(H + λI) x − v‖ / ‖v‖, by a product with H where the system has one; else with the matrix the solver inverted,
    /// or `nil` if there is none.
    public let residual: Double?
    /// Relative residuals after 0, 1, 2, … iterations, for iterative solvers.
    public let history: [Double]
    public let iterations: Int
    /// Products with H, those that chose the damping and measured the residual included. One costs about three
    /// gradients of all the data.
    public let products: Int
    /// Gradients of single examples.
    public let gradients: Int
    public let ending: Ending
    /// λ, where the solver has one.
    public let damping: Double?
    /// The damping that would have cured the system, where `ending` says that it is ill and one is known.
    public let curing: Double?
    /// Bytes that the solver held at once beside v and x.
    public let bytes: Int

    public init(
        solution: Tensor, residual: Double?, history: [Double] = [], iterations: Int, products: Int = 0,
        gradients: Int = 0, ending: Ending, damping: Double? = nil, curing: Double? = nil, bytes: Int = 0
    ) {
        self.solution = solution
        self.residual = residual
        self.history = history
        self.iterations = iterations
        self.products = products
        self.gradients = gradients
        self.ending = ending
        self.damping = damping
        self.curing = curing
        self.bytes = bytes
    }
}

extension InverseSolution {
    /// The same with x in another form, such as the part of it that may move.
    public func with(_ solution: Tensor) -> InverseSolution {
        InverseSolution(
            solution: solution, residual: residual, history: history, iterations: iterations, products: products,
            gradients: gradients, ending: ending, damping: damping, curing: curing, bytes: bytes)
    }
}

/// A way to solve (H + λI) x = v. One file each, and one line in `InverseSolvers.all`.
public protocol InverseSolver: Configurable, Sendable {
    /// What it asks of a system.
    static var need: CurvatureNeed { get }
    /// Settings with which help's example solves diag(2, 4) x = (2, 4), as they are written in a call.
    static var exampleSettings: String { get }
    /// λ.
    var damping: Damping { get set }
    /// - Throws: `SolverError` when the system lacks what the solver needs or has numbers that are not finite;
    ///   `TensorError.outOfMemory` before a job that would not fit; what the system's own functions throw.
    func solve(_ system: CurvatureSystem) throws -> InverseSolution
}

extension InverseSolver {
    public static var need: CurvatureNeed { .products }
    public static var exampleSettings: String { need == .products ? "damping=0" : "" }
}

/// A solver whose work is done once for many right-hand sides.
public protocol DirectSolver: InverseSolver {
    func factorized(_ source: CurvatureSource) throws -> any FactorizedInverse
}

/// (H + λI)⁻¹, ready to be applied.
public protocol FactorizedInverse {
    var damping: Double { get }
    /// Products with H and gradients of single examples that it took.
    var products: Int { get }
    var gradients: Int { get }
    /// Bytes that it holds.
    var bytes: Int { get }
    /// x for a v of the source's shape.
    func solution(of vector: Tensor) throws -> Tensor
}

extension DirectSolver {
    public func solve(_ system: CurvatureSystem) throws -> InverseSolution {
        _ = try system.finiteNorm(for: Self.name)
        let counter = Counter(), inverse = try factorized(system.source)
        let x = try inverse.solution(of: system.vector)
        guard x.isFinite else {
            throw SolverError(
                "\(Self.name)'s solution is not finite with damping \(inverse.damping); raise the damping")
        }
        let residual = try system.residual(of: x, damping: inverse.damping, for: Self.name, counting: counter)
        return InverseSolution(
            solution: x, residual: residual, iterations: 1, products: inverse.products + counter.count,
            gradients: inverse.gradients, ending: .finished, damping: inverse.damping, bytes: inverse.bytes)
    }
}

public enum InverseSolvers {
    public static var all: [any InverseSolver.Type] {
        [
            ConjugateGradients.self, MinimalResidual.self, KroneckerFactored.self, EigenvalueCorrected.self,
            WoodFisher.self, WoodFisherReleased.self, ExactInverse.self, LiSSA.self, DiagonalInverse.self,
            LowRankInverse.self, IdentityInverse.self,
        ]
    }

    public static func named(_ name: String) -> (any InverseSolver.Type)? { all.first { $0.name == name } }
}
