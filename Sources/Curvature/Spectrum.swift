/// How the eigenvalues are spread, by Lanczos' quadrature.
import Foundation
import Settings
import Tensors

public struct Spectrum: MatrixEstimator {
    public static let name = "spectrum"
    public static let need = CurvatureNeed.products
    public static let summary = """
        The spectrum of H: its extreme eigenvalues and the density of all, by Lanczos' iteration with full \
        reorthogonalisation from random starts (stochastic Lanczos quadrature; Ubaru et al. 2017, Ghorbani et al., \
        arXiv 1901.10159). Each start gives Ritz values with weights that add up to 1: what share of the eigenvalues \
        lies near each. The outermost converge first. `density` is their sum, each widened to a normal distribution of \
        deviation `width` times the range; its integral over `grid` is 1.
        """
    public static let finds = """
        smallest, largest, eigenvalues (Ritz values, ascending), weights (shares of all eigenvalues near them), grid \
        and density (of eigenvalues, per unit of eigenvalue), samples
        """

    public var steps = 30
    public var starts = 1
    public var width = 0.01
    public var points = 200

    public static var settings: [Setting<Self>] {
        [
            .count("steps", \.steps, "products a start, and vectors in memory"),
            .count("starts", \.starts, "random starts that are averaged"),
            .number("width", \.width, "deviation of a Ritz value's bump, as a share of the range", range: "above 0") {
                $0 > 0 && $0.isFinite
            },
            .integer("points", \.points, "points of the density", in: 1...1_000_000),
        ]
    }

    public init() {}

    public func estimate(_ source: CurvatureSource) throws -> CurvatureReport {
        let counter = Counter(), product = try source.products(for: Self.name, counting: counter)
        var nodes: [(value: Double, weight: Double)] = [], vectors = 0, done = 0, goesOn = true
        while done < starts, goesOn {
            let start = done
            var generator = source.generator.stream(UInt64(start))
            let lanczos = try Lanczos(
                from: Tensor.normal(source.shape, from: &generator, on: source.device), steps: steps,
                progress: {
                    // More starts than anybody waits for have no number of products.
                    let (most, overflows) = starts.multipliedReportingOverflow(by: steps)
                    goesOn = source.progress(
                        SolverProgress(iteration: start * steps + $0.iteration, most: overflows ? .max : most))
                    return goesOn
                }, product: product)
            guard !lanczos.diagonal.isEmpty else { throw TensorError.interrupted }
            let ritz = try lanczos.ritz()
            for (value, weight) in zip(ritz.values, ritz.weights) { nodes.append((value, weight)) }
            vectors = max(vectors, lanczos.basis.count)
            done += 1
        }
        for place in nodes.indices { nodes[place].weight /= Double(done) }
        nodes.sort { $0.value < $1.value }
        guard let least = nodes.first?.value, let most = nodes.last?.value else {
            throw SolverError("spectrum needs a matrix of at least one row")
        }
        let range = most > least ? most - least : max(abs(most), 1e-12), deviation = width * range
        // Four deviations beyond the extremes nothing is left of their bumps.
        let low = least - 4 * deviation, step = (range + 8 * deviation) / Double(max(1, points - 1))
        let grid = (0..<points).map { low + step * Double($0) }
        let density = try grid.map { x in
            try source.device.cancellation.check()
            return nodes.reduce(0) { sum, node in
                let z = (x - node.value) / deviation
                return sum + node.weight * exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot())
            }
        }
        return CurvatureReport(
            [
                ("smallest", .number(least)), ("largest", .number(most)), ("eigenvalues", .numbers(nodes.map(\.value))),
                ("weights", .numbers(nodes.map(\.weight))), ("grid", .numbers(grid)), ("density", .numbers(density)),
                ("samples", .number(Double(done))),
            ], products: counter.count, bytes: 4 * source.count * (vectors + 3))
    }

    /// The `number` eigenvalues of largest amount, largest amount first, by Lanczos' iteration.
    /// - Parameter steps: products at most; twice as many as eigenvalues, and 20 more, unless said otherwise.
    public static func eigenvalues(
        _ source: CurvatureSource, number: Int, steps: Int? = nil
    ) throws -> (values: [Double], products: Int) {
        let counter = Counter(), product = try source.products(for: "eigenvalues", counting: counter)
        var generator = source.generator
        let lanczos = try Lanczos(
            from: Tensor.normal(source.shape, from: &generator, on: source.device), steps: steps ?? 2 * number + 20,
            progress: source.progress, product: product)
        guard !lanczos.diagonal.isEmpty else { throw TensorError.interrupted }
        let values = try lanczos.ritz().values
        return (
            Array(values.sorted { (abs($1), $0) < (abs($0), $1) }.prefix(number)), counter.count
        )
    }
}
