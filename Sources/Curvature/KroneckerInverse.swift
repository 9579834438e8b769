/// (F + λI)⁻¹ by Kronecker factors: two changes of basis a layer, and a division.
import LanguageModels
import Settings
import Tensors

/// What becomes of parameters that belong to no linear layer: embeddings, norms, the layer that gives the logits.
public enum OtherParameters: String, CaseIterable, Sendable {
    /// They stay: x is 0 there.
    case fixed
    /// Divided by the diagonal of F, plus damping.
    case diagonal
}

/// The inverse of one layer's part of F: bases of both sides, and the eigenvalues between them.
private struct LayerInverse {
    let layer: LinearLayer
    /// Eigenvectors of A and of G, as rows.
    let inputs, outputs: Tensor
    let eigenvalues: Tensor
}

public struct KroneckerInverse: FactorizedInverse {
    private let layers: [LayerInverse]
    public let damping: Double
    /// 1/(d + λ) where parameters are in no layer, 0 where they are; `nil` where those stay.
    private let others: Tensor?
    public let gradients: Int
    public var products: Int { 0 }
    public var bytes: Int {
        layers.reduce(4 * (others?.count ?? 0)) {
            $0 + 4 * ($1.inputs.count * 2 + $1.outputs.count * 2 + $1.eigenvalues.count)
        }
    }

    init(
        _ source: CurvatureSource, _ solver: String, damping: Damping, labels: FisherLabels, most: Int,
        others: OtherParameters, corrected: Bool
    ) throws {
        let examples = try source.layers(for: solver).atMost(most)
        let passes = (corrected ? 2 : 1) + (others == .diagonal ? 1 : 0)
        let factors = try KroneckerFactors.estimate(
            examples, labels: labels, corrected: corrected, seed: source.seed, on: source.device,
            progress: source.examplesProgress)
        gradients = passes * examples.count
        let rest = try ElementSelection(factors.flatMap(\.layer.ranges), of: source.count).complement
        // F's diagonal where parameters are in no layer, 0 where they are.
        let outside =
            others == .fixed
            ? nil
            : try rest.projected(
                DiagonalEstimate.fisher(
                    examples, labels: labels.source(source.generator.stream(3)), source, for: solver
                ).mean.reshaped([source.count]))
        // The mean is one of all that the damping is added to.
        let lambda = try damping.resolved(for: solver, mustBePositive: true) {
            let inside = factors.reduce(0) { $0 + $1.eigenvalues.count }
            let sum = factors.reduce(0) { $0 + $1.eigenvalues.sum() } + (outside?.sum() ?? 0)
            return sum / Double(max(1, outside == nil ? inside : source.count))
        }
        self.damping = lambda
        layers = factors.map {
            LayerInverse(
                layer: $0.layer, inputs: $0.activationVectors, outputs: $0.gradientVectors, eigenvalues: $0.eigenvalues)
        }
        self.others = try outside.map {
            try rest.projected($0.combined(.add, scalar: Float(lambda)).map(.reciprocal))
        }
    }

    /// What is to be kept so that it can be made again.
    public var parts: [(name: String, tensor: Tensor)] {
        layers.flatMap {
            [
                ("\($0.layer.name) inputs", $0.inputs), ("\($0.layer.name) outputs", $0.outputs),
                ("\($0.layer.name) eigenvalues", $0.eigenvalues),
            ]
        } + (others.map { [("others", $0)] } ?? [])
    }

    /// The inverse that had these parts.
    /// - Throws: `SolverError` where they are not those of these layers.
    public init(
        parts: [(name: String, tensor: Tensor)], of layers: [LinearLayer], parameters: Int, damping: Double
    ) throws {
        let known = Dictionary(parts.map { ($0.name, $0.tensor) }) { first, _ in first }
        self.layers = try layers.map { layer in
            let wide = layer.inputs + (layer.bias == nil ? 0 : 1)
            guard let inputs = known["\(layer.name) inputs"], inputs.shape == [wide, wide],
                let outputs = known["\(layer.name) outputs"], outputs.shape == [layer.outputs, layer.outputs],
                let eigenvalues = known["\(layer.name) eigenvalues"], eigenvalues.shape == [layer.outputs, wide]
            else {
                throw SolverError("what was kept of a Fisher matrix has no factors of \(layer.name) of this model")
            }
            return LayerInverse(layer: layer, inputs: inputs, outputs: outputs, eigenvalues: eigenvalues)
        }
        others = known["others"]
        if let others, others.count != parameters {
            throw SolverError("what was kept of a Fisher matrix is not that of \(parameters) parameters")
        }
        self.damping = damping
        gradients = 0
    }

    public func solution(of vector: Tensor) throws -> Tensor {
        let flat = try vector.reshaped([vector.count])
        let x = try others.map { try flat * $0 } ?? Tensor.zeros([flat.count], on: flat.device)
        for factor in layers {
            try flat.device.cancellation.check()
            let (left, right) = (factor.outputs, factor.inputs)
            let rotated = try left.matrixProduct(factor.layer.matrix(of: flat))
                .matrixProduct(right, otherTransposed: true)
            let divided = try rotated / factor.eigenvalues.combined(.add, scalar: Float(damping))
            factor.layer.write(try left.matrixProduct(divided, transposed: true).matrixProduct(right), into: x)
        }
        return try x.reshaped(vector.shape)
    }
}

extension LinearLayer {
    /// Where its parameters lie.
    var ranges: [Range<Int>] { [weight] + (bias.map { [$0] } ?? []) }

    /// W [out, in] out of flat parameters, with b as a last column where there is one.
    func matrix(of flat: Tensor) throws -> Tensor {
        let wide = inputs + (bias == nil ? 0 : 1)
        return try Tensor(shape: [outputs, wide], on: flat.device) { target in
            flat.withElements { source in
                for row in 0..<outputs {
                    for column in 0..<inputs {
                        target[row * wide + column] = source[place(row, column)]
                    }
                    if let bias { target[row * wide + inputs] = source[bias.lowerBound + row] }
                }
            }
        }
    }

    /// The reverse, into flat parameters that nobody else sees yet.
    func write(_ matrix: Tensor, into flat: Tensor) {
        let wide = inputs + (bias == nil ? 0 : 1)
        flat.withWritable { target in
            matrix.withElements { source in
                for row in 0..<outputs {
                    for column in 0..<inputs {
                        target[place(row, column)] = source[row * wide + column]
                    }
                    if let bias { target[bias.lowerBound + row] = source[row * wide + inputs] }
                }
            }
        }
    }

    private func place(_ row: Int, _ column: Int) -> Int {
        weight.lowerBound + (isTransposed ? row * inputs + column : column * outputs + row)
    }
}
