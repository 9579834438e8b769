/// Layer norm and RMS norm over the last axis.
import CKernels
import Tensors

/// y = (x − mean) / √(var + ε) · w + b, or x / √(mean x² + ε) · w for RMS norm. Inputs x [..., d], w [d], b [d] (layer
/// norm only).
final class NormOperation: FusedOperation {
    let centered: Bool
    let epsilon: Float
    private var stats: Tensor?
    var name: String { centered ? "layer norm" : "RMS norm" }

    init(centered: Bool, epsilon: Float) {
        self.centered = centered
        self.epsilon = epsilon
    }

    /// Rows a block: fixed, so that sums over rows do not depend on the number of threads.
    private static let block = 32

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard let d = x[0].shape.last, d > 0, x.dropFirst().allSatisfy({ $0.shape == [d] }) else {
            throw TensorError.shapesDoNotFit(operation: name, left: x[0].shape, right: x[1].shape)
        }
        let y = try Tensor(uninitialized: x[0].shape, on: x[0].device)
        let stats = try Tensor(uninitialized: [x[0].count / d, 2], on: x[0].device)
        let bias = x.count == 3 ? x[2] : nil
        lend(x[0], x[1], to: y) { xp, w, yp in
            bias.withReadable { b in
                stats.withWritable { sp in
                    y.device.forEachBlock(x[0].count / d, size: NormOperation.block) { [self] i, n in
                        lethe_norm(centered ? 1 : 0, xp + i * d, w, b, epsilon, yp + i * d, sp + 2 * i, n, d)
                    }
                }
            }
        }
        self.stats = stats
        return y
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let stats else { return nil }
        let ty = try Tensor(uninitialized: y.shape, on: y.device), d = x[1].count
        let biasTangent = x.count == 3 ? tx[2] : nil
        lend(x[0], x[1], stats, to: ty) { xp, w, sp, out in
            tx[0].withReadable { txp in
                tx[1].withReadable { tw in
                    biasTangent.withReadable { tb in
                        y.device.forEachBlock(y.count / d, size: NormOperation.block) { [self] i, n in
                            lethe_norm_tangent(
                                centered ? 1 : 0, xp + i * d, w, sp + 2 * i, txp.map { $0 + i * d }, tw, tb,
                                out + i * d, n, d)
                        }
                    }
                }
            }
        }
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        guard let stats else { return }
        let d = r.x[1].count, rows = r.dy.count / d, device = r.device
        // Examples that are kept apart are a block each.
        let size = r.examples?.time ?? NormOperation.block
        let blocks = (rows + size - 1) / size
        let flag: Int32 = centered ? 1 : 0
        func sweep(
            _ part: CotangentPart,
            _ body: (Int, Int, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
                -> Void
        ) throws {
            let dx = try Tensor(uninitialized: r.x[0].shape, on: device)
            // Each block of rows sums into a line of its own; the lines are added in order.
            let partial = try Tensor(repeating: 0, shape: [2, max(1, blocks), d], on: device)
            dx.withWritable { dxp in
                partial.withWritable { pw in
                    let pb = pw + max(1, blocks) * d
                    device.forEachBlock(rows, size: size) { i, n in
                        let line = i / size * d
                        body(i, n, dxp + i * d, pw + line, pb + line)
                    }
                }
            }
            for (input, offset) in [(1, 0), (2, max(1, blocks) * d)] where input < r.x.count {
                try r.write(input, part, rows: rows) { place, accumulates, range in
                    let first = range.lowerBound / size, end = (range.upperBound + size - 1) / size
                    let lines = partial.segment(offset + first * d, shape: [max(1, end - first), d])
                    if !accumulates { place.fill(with: 0) }
                    place.addColumnSums(of: lines, columns: d)
                }
            }
            try r.contribute(0, part == .value ? dx : nil, part == .tangent ? dx : nil)
        }
        if r.wantsValue(0) || r.wantsValue(1) || r.x.count == 3 && r.wantsValue(2) {
            try lend(r.x[0], r.x[1], r.dy, stats) { x, w, dy, sp in
                try sweep(.value) { i, n, dx, dw, db in
                    lethe_norm_reverse(flag, x + i * d, w, sp + 2 * i, dy + i * d, dx, dw, db, n, d)
                }
            }
        }
        let tx = r.tx[0], tw = r.tx[1], tdy = r.tdy
        guard tx != nil || tw != nil || tdy != nil,
            r.wantsTangent(0) || r.wantsTangent(1) || r.x.count == 3 && r.wantsTangent(2)
        else { return }
        try lend(r.x[0], r.x[1], r.dy, stats) { x, w, dy, sp in
            try tx.withReadable { tx in
                try tw.withReadable { tw in
                    try tdy.withReadable { tdy in
                        try sweep(.tangent) { i, n, dx, dw, db in
                            lethe_norm_reverse_tangent(
                                flag, x + i * d, w, sp + 2 * i, tx.map { $0 + i * d }, tw, dy + i * d,
                                tdy.map { $0 + i * d }, dx, dw, db, n, d)
                        }
                    }
                }
            }
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func decomposed(_ x: [Variable]) throws -> Variable {
        let d = x[1].value.count
        let column = Array(x[0].shape.dropLast()) + [1]
        var centeredInput = x[0]
        if centered { centeredInput = try x[0] - Float(1 / Double(d)) * x[0].summed(to: column) }
        let variance = try Float(1 / Double(d)) * (centeredInput * centeredInput).summed(to: column)
        let normal = try centeredInput * (epsilon + variance).apply(.sqrt).apply(.reciprocal)
        return try x.count == 3 ? normal * x[1] + x[2] : normal * x[1]
    }
}

extension Variable {
    public func layerNorm(_ weight: Variable, _ bias: Variable, epsilon: Float) throws -> Variable {
        try Variable(NormOperation(centered: true, epsilon: epsilon), [self, weight, bias])
    }
    public func rmsNorm(_ weight: Variable, epsilon: Float) throws -> Variable {
        try Variable(NormOperation(centered: false, epsilon: epsilon), [self, weight])
    }
}
