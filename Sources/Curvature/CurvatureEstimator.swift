/// What can be learned of a curvature matrix without forming it, and the list of ways.
import Settings
import Tensors

/// What an estimator found, by name.
public struct CurvatureReport {
    /// One of the things found.
    public indirect enum Part {
        case number(Double)
        /// Not known, as the error of a single sample.
        case missing
        case numbers([Double])
        /// One number a parameter, shaped like the vectors of the source.
        case vector(Tensor)
        case tensor(Tensor)
        case parts([(name: String, part: Part)])
    }

    public var parts: [(name: String, part: Part)]
    /// Products with H, each about three gradients of all the data, and gradients of single examples.
    public let products, gradients: Int
    /// Bytes held at once beside what is returned.
    public let bytes: Int

    public init(_ parts: [(name: String, part: Part)], products: Int = 0, gradients: Int = 0, bytes: Int = 0) {
        self.parts = parts
        self.products = products
        self.gradients = gradients
        self.bytes = bytes
    }

    /// A diagonal with its standard error.
    init(_ diagonal: EstimatedDiagonal, shape: [Int], products: Int = 0, gradients: Int = 0) throws {
        let error = try diagonal.error.map { Part.vector(try $0.reshaped(shape)) } ?? .missing
        self.init(
            [
                ("diagonal", .vector(try diagonal.mean.reshaped(shape))), ("error", error),
                ("samples", .number(Double(diagonal.samples))),
            ], products: products, gradients: gradients, bytes: 8 * diagonal.mean.count)
    }
}

/// A way to learn something of a curvature matrix. One file each, and one line in `MatrixEstimators.all`.
public protocol MatrixEstimator: Configurable, Sendable {
    /// What it asks of a matrix.
    static var need: CurvatureNeed { get }
    /// The names of what it finds, with their meanings, for help.
    static var finds: String { get }
    /// - Throws: `SolverError` when the source lacks what is needed; what the source's own functions throw.
    func estimate(_ source: CurvatureSource) throws -> CurvatureReport
}

public enum MatrixEstimators {
    public static var all: [any MatrixEstimator.Type] {
        [
            HutchinsonDiagonal.self, BartlettDiagonal.self, FisherDiagonal.self, TraceEstimate.self, Spectrum.self,
            KroneckerEstimate.self, CorrectedKroneckerEstimate.self,
        ]
    }

    public static func named(_ name: String) -> (any MatrixEstimator.Type)? { all.first { $0.name == name } }
}
