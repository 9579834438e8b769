/// Layer norm and RMS norm over the last axis.
import CKernels
import Tensors

/// y = (x − mean) / √(var + ε) · w + b, or x / √(mean x² + ε) · w for RMS norm. Inputs x [..., d], w [d], and for layer
/// norm optionally b [d]. `parts`: x is [..., parts · d], and each part is normalised by itself, with the same w (heads).
/// `offset`: w counts from there (Gemma's weights are distances from 1).
final class NormOperation: FusedOperation {
    let centered: Bool
    let epsilon: Float
    let parts: Int
    let offset: Float
    private var stats: Tensor?
    var name: String { centered ? "layer norm" : "RMS norm" }

    init(centered: Bool, epsilon: Float, parts: Int = 1, offset: Float = 0) {
        self.centered = centered
        self.epsilon = epsilon
        self.parts = parts
        self.offset = offset
    }

    private func scale(_ w: Tensor) throws -> Tensor { offset == 0 ? w : try w.combined(.add, scalar: offset) }

    /// Rows a block: fixed, so that sums over rows do not depend on the number of threads.
    private static let block = 32

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard let row = x[0].shape.last, parts > 0, row > 0, row % parts == 0,
            x.dropFirst().allSatisfy({ $0.shape == [row / parts] })
        else {
            throw TensorError.shapesDoNotFit(operation: name, left: x[0].shape, right: x[1].shape)
        }
        let d = row / parts
        let y = try Tensor(uninitialized: x[0].shape, on: x[0].device)
        let stats = try Tensor(uninitialized: [x[0].count / d, 2], on: x[0].device)
        let bias = x.count == 3 ? x[2] : nil
        try lend(x[0], scale(x[1]), to: y) { xp, w, yp in
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
        try lend(x[0], scale(x[1]), stats, to: ty) { xp, w, sp, out in
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
        let d = r.x[1].count, row = parts * d, rows = r.dy.count / row, device = r.device
        let scale = try self.scale(r.x[1]), parts = parts
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
                        body(i * parts, n * parts, dxp + i * row, pw + line, pb + line)
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
            try lend(r.x[0], scale, r.dy, stats) { x, w, dy, sp in
                try sweep(.value) { i, n, dx, dw, db in
                    lethe_norm_reverse(flag, x + i * d, w, sp + 2 * i, dy + i * d, dx, dw, db, n, d)
                }
            }
        }
        let tx = r.tx[0], tw = r.tx[1], tdy = r.tdy
        guard tx != nil || tw != nil || tdy != nil,
            r.wantsTangent(0) || r.wantsTangent(1) || r.x.count == 3 && r.wantsTangent(2)
        else { return }
        try lend(r.x[0], scale, r.dy, stats) { x, w, dy, sp in
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
        let whole = x[0].shape, heads = Array(whole.dropLast()) + [parts]
        let input = parts == 1 ? x[0] : try x[0].reshaped(heads + [d])
        let column = parts == 1 ? Array(whole.dropLast()) + [1] : heads + [1]
        var centeredInput = input
        if centered { centeredInput = try input - Float(1 / Double(d)) * input.summed(to: column) }
        let variance = try Float(1 / Double(d)) * (centeredInput * centeredInput).summed(to: column)
        let normal = try centeredInput * (epsilon + variance).apply(.sqrt).apply(.reciprocal)
        let scaled = try normal * (offset == 0 ? x[1] : offset + x[1])
        let result = x.count == 3 ? try scaled + x[2] : scaled
        return parts == 1 ? result : try result.reshaped(whole)
    }
}

extension Variable {
    /// - Parameter parts: how many parts of the last axis are normalised by themselves, with the same weight.
    public func layerNorm(_ weight: Variable, _ bias: Variable?, epsilon: Float, parts: Int = 1) throws -> Variable {
        try Variable(
            NormOperation(centered: true, epsilon: epsilon, parts: parts), [self, weight] + (bias.map { [$0] } ?? []))
    }
    /// - Parameters:
    ///   - offset: what is added to the weight.
    ///   - parts: how many parts of the last axis are normalised by themselves, with the same weight.
    public func rmsNorm(_ weight: Variable, epsilon: Float, offset: Float = 0, parts: Int = 1) throws -> Variable {
        try Variable(NormOperation(centered: false, epsilon: epsilon, parts: parts, offset: offset), [self, weight])
    }
}
