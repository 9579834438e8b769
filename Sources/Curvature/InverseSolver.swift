/// Solving (H + λI) x = v: what a solver is given, what it answers, and what can go wrong.
import Settings
import Optimizers
import Tensors

/// A linear system with a curvature matrix H that is known by what it does. Vectors may have any shape.
public struct CurvatureSystem {
    /// v.
    public let vector: Tensor
    /// H p for a p shaped like v, without damping; exact products, or a minibatch's for stochastic solvers.
    public let product: ((Tensor) throws -> Tensor)?
    /// At most so many gradients of single examples, as rows [M, P]; their mean outer product is the empirical Fisher.
    public let perExample: ((_ most: Int) throws -> Tensor)?
    /// Draws the probes of stochastic solvers.
    public let seed: UInt64
    /// Told after each iteration; `false` stops the solver, which then returns what it has.
    public let progress: (SolverProgress) -> Bool

    public init(
        vector: Tensor, product: ((Tensor) throws -> Tensor)? = nil, perExample: ((Int) throws -> Tensor)? = nil,
        seed: UInt64 = 0, progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) {
        self.vector = vector
        self.product = product
        self.perExample = perExample
        self.seed = seed
        self.progress = progress
    }
}

/// Where an iterative solver stands.
public struct SolverProgress: Equatable, Sendable {
    public let iteration, most: Int
    /// ‖(H + λI) x − v‖ / ‖v‖ as the iteration knows it; `nil` where it does not.
    public let residual: Double?
}

public struct InverseSolution: Sendable {
    public enum Ending: Equatable, Sendable {
        /// The tolerance was reached, or the method is direct.
        case finished
        /// The most iterations were taken.
        case limit
        /// Float32 products allow no smaller residual.
        case precision
        /// A direction p with pᵀ(H + λI)p ≤ 0, and that value over pᵀp: the damping must exceed its amount.
        case negativeCurvature(Double)
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
    /// Products with H, the one that measured the residual included.
    public let products: Int
    /// Gradients of single examples.
    public let gradients: Int
    public let ending: Ending

    public init(
        solution: Tensor, residual: Double?, history: [Double] = [], iterations: Int, products: Int = 0,
        gradients: Int = 0, ending: Ending
    ) {
        self.solution = solution
        self.residual = residual
        self.history = history
        self.iterations = iterations
        self.products = products
        self.gradients = gradients
        self.ending = ending
    }
}

/// A way to solve (H + λI) x = v. One file each, and one line in `InverseSolvers.all`.
public protocol InverseSolver: Configurable {
    /// Whether it asks the system for products with H; else for gradients of single examples.
    static var usesProducts: Bool { get }
    /// Settings with which help's example solves diag(2, 4) x = (2, 4), as they are written in a call.
    static var exampleSettings: String { get }
    /// λ.
    var damping: Double { get set }
    /// - Throws: `SolverError` when the system lacks what the solver needs or has numbers that are not finite;
    ///   `TensorError.outOfMemory` before a job that would not fit; what the system's own functions throw.
    func solve(_ system: CurvatureSystem) throws -> InverseSolution
}

extension InverseSolver {
    public static var usesProducts: Bool { true }
    public static var exampleSettings: String { usesProducts ? "damping=0" : "" }
}

public enum InverseSolvers {
    public static var all: [any InverseSolver.Type] {
        [
            ConjugateGradients.self, WoodFisher.self, WoodFisherReleased.self, ExactInverse.self, LiSSA.self,
            DiagonalInverse.self,
        ]
    }

    public static func named(_ name: String) -> (any InverseSolver.Type)? { all.first { $0.name == name } }
}

/// What can go wrong in a solver, in words a user can act on.
public struct SolverError: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
