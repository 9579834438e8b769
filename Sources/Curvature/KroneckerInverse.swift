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

struct KroneckerInverse: FactorizedInverse {
    let factors: [LayerFactors]
    let damping: Double
    /// 1/(d + λ) where parameters are in no layer, 0 where they are; `nil` where those stay.
    let others: Tensor?
    let gradients: Int
    var products: Int { 0 }
    var bytes: Int {
        factors.reduce(4 * (others?.count ?? 0)) {
            $0 + 4 * ($1.activation.count * 2 + $1.gradient.count * 2 + $1.eigenvalues.count)
        }
    }

    init(
        _ source: CurvatureSource, _ solver: String, damping: Damping, labels: FisherLabels, most: Int,
        others: OtherParameters, corrected: Bool
    ) throws {
        let examples = try source.layers(for: solver).atMost(most)
        let passes = (corrected ? 2 : 1) + (others == .diagonal ? 1 : 0)
        factors = try KroneckerFactors.estimate(
            examples, labels: labels, corrected: corrected, seed: source.seed, on: source.device,
            progress: source.examplesProgress)
        let count = factors.reduce(0) { $0 + $1.eigenvalues.count }
        let factors = factors
        let lambda = try damping.resolved(for: solver, mustBePositive: true) {
            factors.reduce(0) { $0 + $1.eigenvalues.sum() } / Double(max(1, count))
        }
        self.damping = lambda
        gradients = passes * examples.count
        guard others == .diagonal else {
            self.others = nil
            return
        }
        let diagonal = try DiagonalEstimate.fisher(
            examples, labels: labels.source(source.generator.stream(3)), source, for: solver
        ).mean
        let inside = factors.flatMap { [$0.layer.weight] + ($0.layer.bias.map { [$0] } ?? []) }
        self.others = try Tensor(shape: diagonal.shape, on: diagonal.device) { target in
            diagonal.withElements { d in
                for place in target.indices { target[place] = 1 / (d[place] + Float(lambda)) }
                for range in inside { for place in range { target[place] = 0 } }
            }
        }
    }

    func solution(of vector: Tensor) throws -> Tensor {
        let flat = try vector.reshaped([vector.count])
        let x = try others.map { try flat * $0 } ?? Tensor.zeros([flat.count], on: flat.device)
        for factor in factors {
            try flat.device.cancellation.check()
            let (left, right) = (factor.gradientVectors, factor.activationVectors)
            let rotated = try left.matrixProduct(factor.layer.matrix(of: flat))
                .matrixProduct(right, otherTransposed: true)
            let divided = try rotated / factor.eigenvalues.combined(.add, scalar: Float(damping))
            factor.layer.write(try left.matrixProduct(divided, transposed: true).matrixProduct(right), into: x)
        }
        return try x.reshaped(vector.shape)
    }
}

extension LinearLayer {
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
