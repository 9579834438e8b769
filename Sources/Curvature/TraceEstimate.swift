/// The trace by Hutch++.
import Settings
import Tensors

public struct TraceEstimate: MatrixEstimator {
    public static let name = "trace_estimate"
    public static let need = CurvatureNeed.products
    public static let summary = """
        The trace of H, the sum of its eigenvalues, by Hutch++ (Meyer et al., arXiv 2010.09649): a third of the \
        products finds a basis Q of where H is large, a third takes the trace there exactly, Q' H Q, and a third \
        estimates the rest with random signs, whose standard error is told. Trace over the number of parameters is the \
        mean eigenvalue, of which damping="auto" takes a tenth.
        """
    public static let finds = "trace, error (its standard error), mean_eigenvalue, samples"

    public var samples = 30

    public static var settings: [Setting<Self>] { [.count("samples", \.samples, "products with H in all")] }

    public init() {}

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let counter = Counter(), product = try source.products(for: Self.name, counting: counter)
        var generator = source.generator
        let third = max(1, samples / 3), rest = max(1, samples - 2 * third)
        try source.device.require(bytes: 4 * source.count * (min(third, source.count) + 4))
        func tell() throws {
            if !source.progress(SolverProgress(iteration: counter.count, most: 2 * third + rest)) {
                throw TensorError.interrupted
            }
        }
        /// What of a vector lies outside of the basis; twice, since the first pass leaves rounding.
        func outside(_ vector: Tensor, _ basis: [Tensor]) throws -> Tensor {
            var left = vector
            for _ in 0..<2 {
                for known in basis { left = try left.combined(1, known, Float(-(try known.dot(left)))) }
            }
            return left
        }
        var basis: [Tensor] = []
        // So few rows are all asked for.
        if samples >= source.count { basis = try TraceEstimate.whole(source) }
        for _ in 0..<(samples < source.count ? third : 0) {
            let image = try product(Tensor.probe(source.shape, .signs, from: &generator, on: source.device))
            try tell()
            let left = try outside(image, basis), norm = left.norm()
            if norm > 1e-5 * image.norm() { basis.append(try left.combined(.multiply, scalar: Float(1 / norm))) }
        }
        var trace = 0.0
        for vector in basis {
            trace += try vector.dot(product(vector))
            try tell()
        }
        // Inside the basis all is known; where it is everything, nothing is left.
        var sum = 0.0, squares = 0.0, error: Double? = 0.0
        if basis.count < source.count {
            for _ in 0..<rest {
                let probe = try outside(
                    Tensor.probe(source.shape, .signs, from: &generator, on: source.device), basis)
                let share = try probe.dot(product(probe))
                try tell()
                sum += share
                squares += share * share
            }
            let n = Double(rest), mean = sum / n
            trace += mean
            error = rest > 1 ? (max(0, squares / n - mean * mean) / (n - 1)).squareRoot() : nil
        }
        return CurvatureReport(
            [
                ("trace", .number(trace)), ("error", error.map { .number($0) } ?? .missing),
                ("mean_eigenvalue", .number(trace / Double(max(1, source.count)))),
                ("samples", .number(Double(counter.count))),
            ], products: counter.count, bytes: 4 * source.count * (basis.count + 3))
    }

    /// The unit vectors of a small matrix.
    private static func whole(_ source: CurvatureSource) throws -> [Tensor] {
        try (0..<source.count).map { place in
            var unit = [Float](repeating: 0, count: source.count)
            unit[place] = 1
            return try Tensor(unit, shape: source.shape, on: source.device)
        }
    }
}
