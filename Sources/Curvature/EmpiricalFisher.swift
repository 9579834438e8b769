/// F = GᵀG/M, the mean outer product of M per-example gradients G [M, P], without ever forming it.
import Tensors

struct EmpiricalFisher {
    let gradients: Tensor
    let examples: Int
    let parameters: Int

    init(_ gradients: Tensor) {
        self.gradients = gradients
        examples = gradients.shape[0]
        parameters = gradients.shape[1]
    }

    /// GGᵀ (M × M): products of a few thousand columns in float32, added in float64.
    func gram() throws -> [Double] {
        let device = gradients.device, chunk = 1 << 12
        var sums = [Double](repeating: 0, count: examples * examples)
        let part = try Tensor(uninitialized: [examples, examples], on: device)
        for first in stride(from: 0, to: parameters, by: chunk) {
            try device.cancellation.check()
            let view = MatrixView(gradients.pointer + first, rowStride: parameters)
            let other = MatrixView(gradients.pointer + first, rowStride: parameters, transposed: true)
            device.gemm(
                examples, examples, min(chunk, parameters - first), view, other,
                MatrixView(part.pointer, rowStride: examples))
            part.withElements { part in
                for index in part.indices { sums[index] += Double(part[index]) }
            }
        }
        return sums
    }

    /// G v, in float64.
    func products(with vector: Tensor) throws -> [Double] {
        try (0..<examples).map { try row($0).dot(vector) }
    }

    /// Gᵀ w, shaped [P].
    func combination(of weights: [Double]) throws -> Tensor {
        let sum = try Tensor.zeros([parameters], on: gradients.device)
        for (index, weight) in weights.enumerated() { sum.accumulate(try row(index), times: Float(weight)) }
        return sum
    }

    /// (λI + F) x, shaped [P].
    func product(with x: Tensor, damping: Double) throws -> Tensor {
        let flat = try x.reshaped([parameters])
        let image = try combination(of: products(with: flat).map { $0 / Double(examples) })
        return try image.combined(1, flat, Float(damping))
    }

    /// ‖(λI + F) x − v‖ / ‖v‖.
    func residual(of x: Tensor, vector: Tensor, damping: Double) throws -> Double {
        let norm = vector.norm()
        guard norm > 0 else { return x.norm() == 0 ? 0 : .infinity }
        return try product(with: x, damping: damping).combined(1, vector.reshaped([parameters]), -1).norm() / norm
    }

    /// The mean of gᵢ² over examples: F's diagonal, shaped [P].
    func diagonal() throws -> Tensor {
        let sum = try Tensor.zeros([parameters], on: gradients.device)
        for index in 0..<examples { sum.accumulate(try row(index).map(.square), times: 1 / Float(examples)) }
        return sum
    }

    private func row(_ index: Int) throws -> Tensor {
        gradients.segment(index * parameters, shape: [parameters])
    }
}
