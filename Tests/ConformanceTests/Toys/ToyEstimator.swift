// An estimator from outside its module.
import Curvature
import Settings
import Tensors

/// The largest amount of an eigenvalue, by power iteration.
struct ToyEstimator: MatrixEstimator {
    static let name = "toy_estimator"
    static let need = CurvatureNeed.products
    static let summary = "A toy: the largest amount of an eigenvalue, by steps of power iteration from a random start."
    static let finds = "largest"

    var steps = 20

    static var settings: [Setting<Self>] { [.count("steps", \.steps, "products with H")] }

    func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        guard let product = source.product else { throw SolverError("`toy_estimator` needs products with H") }
        var generator = source.generator, largest = 0.0
        var vector = try Tensor.normal(source.shape, from: &generator, on: source.device)
        for _ in 0..<steps {
            vector = try product(vector.combined(.multiply, scalar: Float(1 / vector.norm())))
            largest = vector.norm()
        }
        return CurvatureReport([("largest", .number(largest))], products: steps)
    }
}
