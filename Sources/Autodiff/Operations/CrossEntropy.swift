/// Log-probabilities over a vocabulary: log-sum-exp, log-softmax, and the cross-entropy of labels.
import CKernels
import Tensors

extension Tensor {
    /// log Σ exp over the last axis, which disappears.
    public func logSumExp() throws -> Tensor {
        guard let n = shape.last, n > 0 else { throw TensorError.invalid("log-sum-exp over an empty axis") }
        let result = try Tensor(uninitialized: Array(shape.dropLast()), on: device)
        lend(self, to: result) { x, y in
            device.forEachBlock(count / n, size: max(1, Device.rowBlock / n)) {
                lethe_log_sum_exp(x + $0 * n, y + $0, $1, n)
            }
        }
        return result
    }

    /// x − log Σ exp x along the last axis; exact also where the logarithm, being large, is not.
    public func logSoftmax() throws -> Tensor {
        guard let n = shape.last, n > 0 else { throw TensorError.invalid("softmax over an empty axis") }
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, to: result) { x, y in
            device.forEachBlock(count / n, size: max(1, Device.rowBlock / n)) {
                lethe_log_softmax(x + $0 * n, y + $0 * n, $1, n)
            }
        }
        return result
    }

    /// exp(self − lse) along the last axis.
    public func softmax(logSumExp lse: Tensor) throws -> Tensor {
        let n = shape.last ?? 1
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, lse, to: result) { x, l, p in
            device.forEachBlock(n == 0 ? 0 : count / n, size: max(1, Device.rowBlock / max(1, n))) {
                lethe_softmax_rows(x + $0 * n, l + $0, p + $0 * n, $1, n)
            }
        }
        return result
    }
}

extension Device {
    /// Elements of a block of row-wise work.
    static let rowBlock = 1 << 14
}

/// y = log Σ exp x over the last axis, kept with length 1.
struct LogSumExpOperation: PrimitiveOperation {
    var name: String { "log-sum-exp" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        try x[0].logSumExp().reshaped(Array(x[0].shape.dropLast()) + [1])
    }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let tx = tx[0] else { return nil }
        return try (x[0].logSoftmax().map(.exp) * tx).summed(to: y.shape)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        // Not exp(x − y): y is rounded, and for large x by much.
        [try dy * x[0].logSoftmax().apply(.exp)]
    }
}

/// y = x − log Σ exp x along the last axis.
struct LogSoftmaxOperation: PrimitiveOperation {
    var name: String { "log-softmax" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].logSoftmax() }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let tx = tx[0] else { return nil }
        return try tx - (y.map(.exp) * tx).summed(to: Array(y.shape.dropLast()) + [1])
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy - y.apply(.exp) * dy.summed(to: Array(y.shape.dropLast()) + [1])]
    }
}

/// −log softmax(x)[label] for every row; 0 where the label is negative (ignored). Input x [rows, vocabulary].
final class CrossEntropyOperation: FusedOperation {
    let labels: [Int32]
    private var lse: Tensor?
    /// The logits less their rows' log-sum-exp, where that is too large to be kept apart from them in float32.
    private var shifted: Tensor?
    var name: String { "cross-entropy" }

    init(labels: [Int32]) { self.labels = labels }

    /// Beyond it a log-sum-exp in float32 has lost more than 4e-6.
    private static let largest: Float = 64

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard x[0].rank == 2, x[0].shape[0] == labels.count else {
            throw TensorError.invalid("\(labels.count) labels do not fit logits of shape \(x[0].shape)")
        }
        let n = x[0].shape[1]
        try Self.check(labels, vocabulary: n)
        var logits = x[0], lse = try x[0].logSumExp()
        if lse.withElements({ $0.contains { abs($0) > CrossEntropyOperation.largest } }) {
            (logits, lse) = (try logits.logSoftmax(), try Tensor.zeros(lse.shape, on: lse.device))
            shifted = logits
        }
        self.lse = lse
        let y = try Tensor(uninitialized: [labels.count], on: x[0].device)
        lend(logits, lse, to: y) { x, l, y in
            for i in labels.indices { y[i] = labels[i] < 0 ? 0 : l[i] - x[i * n + Int(labels[i])] }
        }
        return y
    }

    /// - Throws: for a label that is none of the vocabulary's.
    static func check(_ labels: [Int32], vocabulary n: Int) throws {
        guard let wrong = labels.first(where: { Int($0) >= n }) else { return }
        throw TensorError.invalid(
            """
            label \(wrong) is outside of a vocabulary of \(n); labels are token ids, or -100 where nothing is to \
            be predicted
            """)
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let tx = tx[0], let lse else { return nil }
        // <p, tx> − tx[label]
        let mean = try ((shifted ?? x[0]).softmax(logSumExp: lse) * tx).summed(to: [labels.count, 1])
        let n = tx.shape[1], ty = try Tensor(uninitialized: y.shape, on: y.device)
        lend(tx, mean, to: ty) { t, m, out in
            for i in labels.indices { out[i] = labels[i] < 0 ? 0 : m[i] - t[i * n + Int(labels[i])] }
        }
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        guard let lse else { return }
        let rows = r.x[0].shape[0], n = r.x[0].shape[1], device = r.device
        let logits = shifted ?? r.x[0], size = max(1, Device.rowBlock / n)
        try labels.withUnsafeBufferPointer { labels in
            guard let labels = labels.baseAddress else { return }
            if r.wantsValue(0) {
                let dx = try Tensor(uninitialized: r.x[0].shape, on: device)
                lend(logits, lse, r.dy, to: dx) { x, l, c, out in
                    device.forEachBlock(rows, size: size) {
                        lethe_cross_entropy_reverse(x + $0 * n, l + $0, labels + $0, c + $0, out + $0 * n, $1, n)
                    }
                }
                try r.contribute(0, dx)
            }
            guard r.wantsTangent(0), r.tx[0] != nil || r.tdy != nil else { return }
            let tx = try r.tx[0] ?? Tensor.zeros(r.x[0].shape, on: device), tdy = r.tdy
            let tdx = try Tensor(uninitialized: r.x[0].shape, on: device)
            lend(logits, lse, r.dy, to: tdx) { x, l, c, out in
                tx.withReadable { t in
                    tdy.withReadable { tc in
                        device.forEachBlock(rows, size: size) { i, count in
                            lethe_cross_entropy_reverse_tangent(
                                x + i * n, l + i, labels + i, t + i * n, c + i, tc.map { $0 + i }, out + i * n, count,
                                n)
                        }
                    }
                }
            }
            try r.contribute(0, nil, tdx)
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func decomposed(_ x: [Variable]) throws -> Variable {
        let n = x[0].shape[1]
        let rows = labels.indices.filter { labels[$0] >= 0 }
        let chosen = try x[0].logSoftmax().reshaped([labels.count * n]).gather(rows.map { Int32($0 * n) + labels[$0] })
        return try -1 * chosen.scatteredSum(rows.map { Int32($0) }, count: labels.count)
    }
}

extension Variable {
    /// log Σ exp over the last axis, kept with length 1.
    public func logSumExp() throws -> Variable { try Variable(LogSumExpOperation(), [self]) }
    /// x − log Σ exp x along the last axis.
    public func logSoftmax() throws -> Variable { try Variable(LogSoftmaxOperation(), [self]) }
    /// Negative log-likelihood of each row's label; rows of logits [rows, vocabulary], labels below 0 ignored.
    public func crossEntropy(_ labels: [Int32]) throws -> Variable {
        try Variable(CrossEntropyOperation(labels: labels), [self])
    }
}
