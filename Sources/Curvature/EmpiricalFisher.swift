/// F = GᵀG/M, the mean outer product of M per-example gradients G [M, P], without ever forming it.
///
/// G is large, so what costs is how often it is read: each pass takes it block of columns by block of columns, and does
/// with a block all that is to be done while it is in the cache.
import CKernels
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
        let device = gradients.device, chunk = 1 << 12, wave = 16, square = examples * examples
        var sums = [Double](repeating: 0, count: square)
        let parts = try Tensor(uninitialized: [wave, square], on: device)
        for first in stride(from: 0, to: parameters, by: wave * chunk) {
            try device.cancellation.check()
            let count = (min(wave * chunk, parameters - first) + chunk - 1) / chunk
            lend(gradients, to: parts) { base, part in
                device.workers.run(count) { index in
                    let start = first + index * chunk
                    Device.outerProductTile(
                        examples, min(chunk, parameters - start), MatrixView(base + start, rowStride: parameters),
                        part + index * square)
                }
            }
            parts.withElements { part in
                for index in 0..<count {
                    for row in 0..<examples {
                        for column in 0...row {
                            sums[row * examples + column] += Double(part[index * square + row * examples + column])
                        }
                    }
                }
            }
        }
        for row in 0..<examples {
            for column in 0..<row { sums[column * examples + row] = sums[row * examples + column] }
        }
        return sums
    }

    /// G v, in float64.
    func products(with vector: Tensor) throws -> [Double] {
        try pass(vector, nil).products
    }

    /// u = a v + b Gᵀw for the weights w, shaped [P], and G u of it, in one pass over G.
    func combination(
        of weights: [Double], _ b: Float, plus vector: Tensor, _ a: Float, measured: Bool = true
    ) throws -> (vector: Tensor, products: [Double]) {
        try pass(vector, (weights.map { Float($0) }, a, b), measured: measured)
    }

    /// (λI + F) x, shaped [P]; `products` are G x where they are known.
    func product(with x: Tensor, _ products: [Double]? = nil, damping: Double) throws -> Tensor {
        let flat = try x.reshaped([parameters])
        let weights = try (products ?? self.products(with: flat)).map { $0 / Double(examples) }
        return try combination(of: weights, 1, plus: flat, Float(damping), measured: false).vector
    }

    /// ‖(λI + F) x − v‖ / ‖v‖; `products` are G x where they are known.
    func residual(of x: Tensor, _ products: [Double]? = nil, vector: Tensor, damping: Double) throws -> Double {
        let norm = vector.norm()
        guard norm > 0 else { return x.norm() == 0 ? 0 : .infinity }
        return try product(with: x, products, damping: damping).combined(1, vector.reshaped([parameters]), -1).norm()
            / norm
    }

    /// The mean of gᵢ² over examples: F's diagonal, shaped [P].
    func diagonal() throws -> Tensor {
        let sum = try Tensor.zeros([parameters], on: gradients.device)
        for index in 0..<examples {
            sum.accumulate(
                try gradients.segment(index * parameters, shape: [parameters]).map(.square), times: 1 / Float(examples))
        }
        return sum
    }

    /// Columns of a task, and of the part of it that stays in the nearest cache.
    private static let columns = 1 << 15, part = 1 << 12

    /// u = v, or u = a v + b Σ wᵢ gᵢ; and gᵢ · u where that is `measured`.
    private func pass(
        _ vector: Tensor, _ sum: (weights: [Float], a: Float, b: Float)?, measured: Bool = true
    ) throws -> (vector: Tensor, products: [Double]) {
        let device = gradients.device, columns = EmpiricalFisher.columns
        let tasks = (parameters + columns - 1) / columns
        let result = try sum == nil ? vector : Tensor(uninitialized: [parameters], on: device)
        var partials = [Double](repeating: 0, count: measured ? tasks * examples : 0)
        try device.cancellation.check()
        lend(gradients, vector, to: result) { g, v, u in
            partials.withUnsafeMutableBufferPointer { buffer in
                let partials = buffer
                device.workers.run(tasks) { task in
                    let end = min(parameters, (task + 1) * columns)
                    for start in stride(from: task * columns, to: end, by: EmpiricalFisher.part) {
                        let count = min(EmpiricalFisher.part, end - start)
                        if let sum {
                            lethe_fill(u + start, 0, count)
                            lethe_add_rows(g + start, parameters, examples, sum.weights, u + start, count)
                            lethe_axpby(sum.a, v + start, sum.b, u + start, u + start, count)
                        }
                        guard let sums = partials.baseAddress, measured else { continue }
                        lethe_add_dots(g + start, parameters, examples, u + start, sums + task * examples, count)
                    }
                }
            }
        }
        guard measured else { return (result, []) }
        return (result, (0..<examples).map { row in (0..<tasks).reduce(0) { $0 + partials[$1 * examples + row] } })
    }
}
