/// A curvature matrix H, known by what it does and by what it is made of: what estimators and solvers ask for.
import LanguageModels
import Tensors

/// What of a matrix an estimator or solver works with.
public enum CurvatureNeed: Sendable {
    /// Products H v.
    case products
    /// Gradients of single examples.
    case gradients
    /// A model's linear layers with their inputs and output gradients, and gradients of single examples under labels of
    /// the data's or of the model's own drawing.
    case layers
    /// Nothing: the vector alone.
    case nothing
}

/// A symmetric matrix H among P parameters. Each way to know it may be missing; asking for one goes through
/// ``products(for:counting:)``, ``gradients(atMost:for:)`` or ``layers(for:)``, which say in words what a user can do.
public struct CurvatureSource {
    /// The shape of vectors, of P numbers in all.
    public let shape: [Int]
    public let device: Device
    /// H p for a p of that shape; exact products, or a minibatch's for stochastic solvers.
    public let product: ((Tensor) throws -> Tensor)?
    /// At most so many gradients of single examples, as rows [M, P]; their mean outer product is the empirical Fisher.
    public let perExample: ((_ most: Int) throws -> Tensor)?
    /// The gradients of at most so many examples from the first on, in their order.
    public let leading: ((_ most: Int) throws -> Tensor)?
    /// The examples whose mean loss H is the curvature of, as a model sees them.
    public let examples: (any LayeredExamples)?
    /// The curvature of at most so many of the examples, evenly spaced, where it is known which they are.
    public let subset: ((_ most: Int) throws -> CurvatureSource)?
    /// Draws probes, start vectors and labels.
    public let seed: UInt64
    /// Told after each iteration; `false` stops, and whoever works then returns what it has.
    public let progress: (SolverProgress) -> Bool

    public init(
        shape: [Int], on device: Device, product: ((Tensor) throws -> Tensor)? = nil,
        perExample: ((Int) throws -> Tensor)? = nil, leading: ((Int) throws -> Tensor)? = nil,
        examples: (any LayeredExamples)? = nil, subset: ((_ most: Int) throws -> CurvatureSource)? = nil,
        seed: UInt64 = 0,
        progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) {
        self.subset = subset
        self.shape = shape
        self.device = device
        self.product = product
        self.perExample = perExample
        self.leading = leading
        self.examples = examples
        self.seed = seed
        self.progress = progress
    }

    /// P.
    public var count: Int { shape.reduce(1, *) }
    /// The matrix of at most so many of the examples; this one itself where it is not known of which examples it is.
    func of(atMost most: Int) throws -> CurvatureSource { try subset?(most) ?? self }
    /// What random numbers are drawn from.
    public var generator: RandomGenerator { RandomGenerator(seed: seed) }
}

/// Examples as a model sees them, layer by layer: F = `exampleScale` Σ g gᵀ over the gradients g of their losses.
public protocol LayeredExamples {
    /// P.
    var parameters: Int { get }
    /// M.
    var count: Int { get }
    var exampleScale: Double { get }
    /// What the product of a layer's two mean factors, each over all `rows` that went through it, is to be multiplied
    /// with, so that it stands for the layer's part of F.
    func positionScale(rows: Int) -> Double
    /// At most so many of them, evenly spaced.
    func atMost(_ most: Int) -> any LayeredExamples
    /// Shows what goes through each linear layer; gradients are those of the examples' losses.
    /// - Parameter progress: hears how many examples are done, and may throw to stop.
    func passLayers(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (LinearLayerPass) throws -> Void) throws
    /// Pieces of which a pass consists, and which can be passed by themselves.
    var pieces: Int { get }
    /// The same for one piece of the pass.
    func passLayers(ofPiece piece: Int, labels: LabelSource, visit: (LinearLayerPass) throws -> Void) throws
    /// Σ g over all examples, [P].
    func summedGradient(labels: LabelSource) throws -> Tensor
    /// Shows the gradients of the examples' losses, some at a time, as rows [·, P].
    func eachGradient(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (_ indices: [Int], _ rows: Tensor) throws -> Void) throws
}

extension LayeredExamples {
    public var pieces: Int { 1 }

    public func passLayers(
        ofPiece piece: Int, labels: LabelSource, visit: (LinearLayerPass) throws -> Void
    ) throws {
        try passLayers(labels: labels, progress: { _, _ in }, visit: visit)
    }
}

/// A linear system (H + λI) x = v.
public struct CurvatureSystem {
    /// v.
    public let vector: Tensor
    /// H.
    public let source: CurvatureSource

    public init(_ source: CurvatureSource, vector: Tensor) {
        self.source = source
        self.vector = vector
    }

    public init(
        vector: Tensor, product: ((Tensor) throws -> Tensor)? = nil, perExample: ((Int) throws -> Tensor)? = nil,
        examples: (any LayeredExamples)? = nil, seed: UInt64 = 0,
        progress: @escaping (SolverProgress) -> Bool = { _ in true }
    ) {
        self.init(
            CurvatureSource(
                shape: vector.shape, on: vector.device, product: product, perExample: perExample, examples: examples,
                seed: seed, progress: progress), vector: vector)
    }

    public var product: ((Tensor) throws -> Tensor)? { source.product }
    public var perExample: ((_ most: Int) throws -> Tensor)? { source.perExample }
    public var seed: UInt64 { source.seed }
    public var progress: (SolverProgress) -> Bool { source.progress }
}

/// Where an iterative solver or an estimator stands.
public struct SolverProgress: Equatable, Sendable {
    public let iteration, most: Int
    /// ‖(H + λI) x − v‖ / ‖v‖ as the iteration knows it; `nil` where it does not.
    public let residual: Double?

    public init(iteration: Int, most: Int, residual: Double? = nil) {
        self.iteration = iteration
        self.most = most
        self.residual = residual
    }
}

/// What can go wrong in a solver or an estimator, in words a user can act on.
public struct SolverError: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
