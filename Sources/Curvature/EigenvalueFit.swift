/// EK-FAC's eigenvalues, fitted to single examples.
import Autodiff
import LanguageModels
import Tensors

/// EK-FAC's eigenvalues: the mean square of single examples' gradients along each product of eigenvectors.
struct EigenvalueFit {
    private let factors: [LayerFactors]
    private let places: [Int: Int]
    private var squares: [Tensor]
    /// The input that was rotated last.
    private var rotated: (identity: InputIdentity, group: Int, tensor: Tensor, by: Tensor)?

    init(_ factors: [LayerFactors]) {
        self.factors = factors
        places = Dictionary(
            factors.enumerated().map { ($1.layer.weight.lowerBound, $0) }, uniquingKeysWith: { first, _ in first })
        squares = []
    }

    mutating func add(_ pass: LinearLayerPass) throws {
        guard let place = places[pass.layer.weight.lowerBound] else { return }
        if squares.isEmpty {
            squares = try factors.map { try Tensor.zeros($0.eigenvalues.shape, on: $0.eigenvalues.device) }
        }
        let factor = factors[place], vectors = factor.activationVectors
        if rotated?.identity != pass.inputIdentity || rotated?.group != pass.group
            || rotated?.by.shape != vectors.shape
        {
            rotated = (
                pass.inputIdentity, pass.group, try pass.inputs.rotated(vectors, appendingOne: pass.layer.bias != nil),
                vectors
            )
        }
        guard let rotated else { return }
        let gradients = try pass.outputGradients.matrixProduct(factor.gradientVectors, otherTransposed: true)
        try squares[place].addSquaredProducts(of: gradients, rotated.tensor, rows: pass.rows)
    }

    /// The sums over all pieces of a pass, which ranks share out.
    mutating func share(
        _ examples: any LayeredExamples, _ labels: LabelSource, on device: Device,
        progress: (_ done: Int, _ total: Int) throws -> Void
    ) throws {
        let factors = factors, pieces = examples.pieces
        squares = try device.ranks.sums("eigenvalues", of: pieces, on: device) { piece in
            var own = EigenvalueFit(factors)
            try examples.passLayers(ofPiece: piece, labels: labels) { try own.add($0) }
            try progress(examples.count * (piece + 1) / pieces, examples.count)
            return Summand(tensors: own.squares)
        }.tensors.compactMap(\.self)
    }

    func finished(scale: Double) throws -> [LayerFactors] {
        try zip(factors, squares).map { factor, squares in
            guard squares.isFinite else { throw SolverError("a gradient of \(factor.layer.name) is not finite") }
            return LayerFactors(
                layer: factor.layer, activation: factor.activation, gradient: factor.gradient,
                activationVectors: factor.activationVectors, gradientVectors: factor.gradientVectors,
                eigenvalues: try Self.averaged(squares, whereZero: factor.eigenvalues)
                    .combined(.multiply, scalar: Float(scale)), rows: factor.rows)
        }
    }

    /// Where G, or A, has the eigenvalue 0 several times its eigenvectors are any basis of what is left, another one with
    /// each kernel: squares along them are told apart by nothing, so that each gets their mean.
    ///
    /// With fewer positions than outputs G has such a part, and labels drawn anew have gradients in it.
    /// - Parameter products: the factors' own eigenvalues, [out, in].
    private static func averaged(_ squares: Tensor, whereZero products: Tensor) throws -> Tensor {
        let (rows, columns) = (products.shape[0], products.shape[1])
        return try Tensor(shape: squares.shape, on: squares.device) { target in
            _ = squares.withElements { source in target.update(from: source) }
            products.withElements { products in
                var tall = [Float](repeating: 0, count: rows), wide = [Float](repeating: 0, count: columns)
                for row in 0..<rows {
                    for column in 0..<columns {
                        let value = abs(products[row * columns + column])
                        tall[row] = max(tall[row], value)
                        wide[column] = max(wide[column], value)
                    }
                }
                let least = (tall.max() ?? 0) * zero
                let zeroRows = tall.indices.filter { tall[$0] <= least }
                let zeroColumns = wide.indices.filter { wide[$0] <= least }
                func even(_ places: [Int]) {
                    guard places.count > 1 else { return }
                    let mean = Float(places.reduce(0) { $0 + Double(target[$1]) } / Double(places.count))
                    for place in places { target[place] = mean }
                }
                for column in 0..<columns { even(zeroRows.map { $0 * columns + column }) }
                for row in 0..<rows { even(zeroColumns.map { row * columns + $0 }) }
            }
        }
    }

    /// The share of the largest eigenvalue up to which one is none: what float32 leaves of 0.
    private static let zero: Float = 1e-6
}

extension Tensor {
    /// Rows [rows, in] in the basis of `vectors` (its rows), a 1 appended to each if asked for.
    fileprivate func rotated(_ vectors: Tensor, appendingOne: Bool) throws -> Tensor {
        guard appendingOne else { return try matrixProduct(vectors, otherTransposed: true) }
        let (count, width) = (shape[0], shape[1])
        let wide = try Tensor(shape: [count, width + 1], on: device) { target in
            withElements { source in
                for row in 0..<count {
                    for column in 0..<width { target[row * (width + 1) + column] = source[row * width + column] }
                    target[row * (width + 1) + width] = 1
                }
            }
        }
        return try wide.matrixProduct(vectors, otherTransposed: true)
    }
}
