/// Causal attention with grouped queries (Vaswani et al., arXiv 1706.03762; Ainslie et al., arXiv 2305.13245).
import CKernels
import Tensors

/// Sizes of an attention layer's work.
public struct AttentionShape: Equatable, Sendable {
    /// Sequences, positions a sequence, query heads, key-value heads, and the width of a head.
    public let batch, time, heads, groups, width: Int
    /// Real lengths of right-padded sequences: keys after them are not attended to. `nil` if all are full.
    public let lengths: [Int]?

    public init(batch: Int, time: Int, heads: Int, groups: Int, width: Int, lengths: [Int]? = nil) {
        self.batch = batch
        self.time = time
        self.heads = heads
        self.groups = groups
        self.width = width
        self.lengths = lengths
    }
}

/// softmax(q kᵀ / √width) v, causally. Inputs: either one packed [batch·time, (heads + 2 groups)·width] (queries, keys,
/// values side by side) or three of them.
final class AttentionOperation: FusedOperation {
    let sizes: AttentionShape
    /// Probabilities [batch, heads, time, time], for the derivative rules.
    private var probabilities: Tensor?
    private var tangents: Tensor?
    var name: String { "attention" }

    init(_ sizes: AttentionShape) { self.sizes = sizes }

    private var scale: Float { 1 / Float(sizes.width).squareRoot() }

    /// Where a head's rows are: query, key, value.
    private struct Rows {
        let base: UnsafeMutablePointer<Float>
        let stride: Int
        /// From row `first` on.
        func view(from first: Int = 0, transposed: Bool = false) -> MatrixView {
            MatrixView(base + first * stride, rowStride: stride, transposed: transposed)
        }
    }
    private enum Role { case query, key, value }

    private func check(_ x: [Tensor]) throws {
        let rows = sizes.batch * sizes.time, q = sizes.heads * sizes.width, k = sizes.groups * sizes.width
        let widths = x.count == 1 ? [q + 2 * k] : [q, k, k]
        guard sizes.groups > 0, sizes.heads % sizes.groups == 0 else {
            throw TensorError.invalid("\(sizes.heads) heads cannot share \(sizes.groups) key-value heads")
        }
        for (tensor, width) in zip(x, widths) where tensor.shape.last != width || tensor.count != rows * width {
            throw TensorError.shapesDoNotFit(operation: "attention", left: tensor.shape, right: [rows, width])
        }
    }

    private func rows(_ x: [UnsafeMutablePointer<Float>], _ role: Role, sequence: Int, head: Int) -> Rows {
        let q = sizes.heads * sizes.width, k = sizes.groups * sizes.width
        let column = head * sizes.width
        if x.count == 1 {
            let stride = q + 2 * k
            let start = role == .query ? 0 : role == .key ? q : q + k
            return Rows(base: x[0] + sequence * sizes.time * stride + start + column, stride: stride)
        }
        let (base, stride) = role == .query ? (x[0], q) : role == .key ? (x[1], k) : (x[2], k)
        return Rows(base: base + sequence * sizes.time * stride + column, stride: stride)
    }

    /// Calls `body(sequence, key-value head)` on all threads.
    private func forEachGroup(_ device: Device, _ body: (Int, Int) -> Void) {
        let groups = sizes.groups
        device.workers.run(sizes.batch * groups) { body($0 / groups, $0 % groups) }
    }
    /// Calls `body(first, rows, seen)` for strips of queries, the last first: a strip sees the keys before its own end,
    /// and nothing is computed beyond them.
    private func forEachStrip(_ body: (_ first: Int, _ rows: Int, _ seen: Int) -> Void) {
        let time = sizes.time, size = time <= 64 ? time : time <= 512 ? 64 : 128
        for first in stride(from: (time - 1) / max(1, size) * size, through: 0, by: -max(1, size)) {
            body(first, min(size, time - first), min(time, first + size))
        }
    }
    private var share: Int { sizes.heads / sizes.groups }
    private func square(
        _ base: UnsafeMutablePointer<Float>, _ sequence: Int, _ head: Int
    ) -> UnsafeMutablePointer<Float> {
        base + (sequence * sizes.heads + head) * sizes.time * sizes.time
    }
    private func out(_ base: UnsafeMutablePointer<Float>, _ sequence: Int, _ head: Int) -> Rows {
        let stride = sizes.heads * sizes.width
        return Rows(base: base + sequence * sizes.time * stride + head * sizes.width, stride: stride)
    }
    private func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView, _ b: MatrixView, add: Bool = false, _ c: MatrixView
    ) {
        Device.gemmTile(m, n, k, 1, a, b, add ? 1 : 0, c)
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        try check(x)
        let (t, d, device) = (sizes.time, sizes.width, x[0].device)
        let y = try Tensor(uninitialized: [sizes.batch * t, sizes.heads * d], on: device)
        let p = try Tensor(uninitialized: [sizes.batch, sizes.heads, t, t], on: device)
        [x, [y, p]].withPointers { lent in
            let (x, y, p) = (lent[0], lent[1][0], lent[1][1])
            forEachGroup(device) { sequence, group in
                let k = rows(x, .key, sequence: sequence, head: group),
                    v = rows(x, .value, sequence: sequence, head: group)
                for head in (group * share)..<((group + 1) * share) {
                    let q = rows(x, .query, sequence: sequence, head: head)
                    let s = square(p, sequence, head)
                    forEachStrip { first, rows, seen in
                        let strip = s + first * t
                        product(
                            rows, seen, d, q.view(from: first), k.view(transposed: true),
                            MatrixView(strip, rowStride: t))
                        lethe_causal_softmax(strip, scale, first, rows, seen, t, sizes.lengths?[sequence] ?? t)
                        product(
                            rows, d, seen, MatrixView(strip, rowStride: t), v.view(),
                            out(y, sequence, head).view(from: first))
                    }
                }
            }
        }
        probabilities = p
        return y
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let p = probabilities else { return nil }
        let (t, d, device) = (sizes.time, sizes.width, y.device)
        let tx = try zip(x, tx).map { try $1 ?? Tensor.zeros($0.shape, on: device) }
        let ty = try Tensor(uninitialized: y.shape, on: device)
        let tp = try Tensor(uninitialized: p.shape, on: device)
        [x, tx, [ty, tp, p]].withPointers { lent in
            let (x, tx, ty, tp, p) = (lent[0], lent[1], lent[2][0], lent[2][1], lent[2][2])
            forEachGroup(device) { sequence, group in
                let k = rows(x, .key, sequence: sequence, head: group),
                    v = rows(x, .value, sequence: sequence, head: group)
                let tk = rows(tx, .key, sequence: sequence, head: group),
                    tv = rows(tx, .value, sequence: sequence, head: group)
                for head in (group * share)..<((group + 1) * share) {
                    let q = rows(x, .query, sequence: sequence, head: head),
                        tq = rows(tx, .query, sequence: sequence, head: head)
                    let s = square(tp, sequence, head), pp = square(p, sequence, head)
                    forEachStrip { first, rows, seen in
                        let strip = MatrixView(s + first * t, rowStride: t),
                            own = MatrixView(pp + first * t, rowStride: t)
                        let result = out(ty, sequence, head).view(from: first)
                        product(rows, seen, d, tq.view(from: first), k.view(transposed: true), strip)
                        product(rows, seen, d, q.view(from: first), tk.view(transposed: true), add: true, strip)
                        lethe_causal_softmax_reverse(own.base, strip.base, scale, first, rows, seen, t)
                        product(rows, d, seen, strip, v.view(), result)
                        product(rows, d, seen, own, tv.view(), add: true, result)
                    }
                }
            }
        }
        tangents = tp
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        guard let p = probabilities else { return }
        let (t, d, device) = (sizes.time, sizes.width, r.device)
        let x = r.x, dyTensor = r.dy
        let forward = r.tx.contains { $0 != nil } || r.tdy != nil
        let wantsTangent = forward && (0..<x.count).contains { r.wantsTangent($0) }
        let dx = try x.map { try Tensor(uninitialized: $0.shape, on: device) }
        // Two squares a task: cotangents of probabilities, and their tangents.
        let scratch = try Tensor(uninitialized: [sizes.batch * sizes.groups, 2, t, t], on: device)
        let tdx = wantsTangent ? try x.map { try Tensor(uninitialized: $0.shape, on: device) } : []
        let tx = wantsTangent ? try zip(x, r.tx).map { try $1 ?? Tensor.zeros($0.shape, on: device) } : []
        let tdyTensor = wantsTangent ? try r.tdy ?? Tensor.zeros(r.y.shape, on: device) : dyTensor
        let tpTensor = wantsTangent ? try tangents ?? Tensor.zeros(p.shape, on: device) : p
        [x, dx, tx, tdx, [dyTensor, tdyTensor, p, tpTensor, scratch]].withPointers { lent in
            let (x, dx, tx, tdx) = (lent[0], lent[1], lent[2], lent[3])
            let (dyBase, tdyBase, p, tpBase, scratch) = (lent[4][0], lent[4][1], lent[4][2], lent[4][3], lent[4][4])
            forEachGroup(device) { sequence, group in
                let task = sequence * sizes.groups + group
                let ds = scratch + task * 2 * t * t, tds = ds + t * t
                let k = rows(x, .key, sequence: sequence, head: group),
                    v = rows(x, .value, sequence: sequence, head: group)
                let dk = rows(dx, .key, sequence: sequence, head: group),
                    dv = rows(dx, .value, sequence: sequence, head: group)
                for head in (group * share)..<((group + 1) * share) {
                    let q = rows(x, .query, sequence: sequence, head: head), dy = out(dyBase, sequence, head)
                    let dq = rows(dx, .query, sequence: sequence, head: head), pp = square(p, sequence, head)
                    forEachStrip { first, count, seen in
                        // The heads of a group add to the same keys and values, one after the other, as the strips of a
                        // head do.
                        let add = head > group * share || first + count < t, at = first * t
                        func strip(_ base: UnsafeMutablePointer<Float>, transposed: Bool = false) -> MatrixView {
                            MatrixView(base + at, rowStride: t, transposed: transposed)
                        }
                        // dP = dy vᵀ
                        product(count, seen, d, dy.view(from: first), v.view(transposed: true), strip(ds))
                        if wantsTangent {
                            let tq = rows(tx, .query, sequence: sequence, head: head)
                            let tk = rows(tx, .key, sequence: sequence, head: group)
                            let tv = rows(tx, .value, sequence: sequence, head: group)
                            let tdy = out(tdyBase, sequence, head), tp = square(tpBase, sequence, head)
                            let tdv = rows(tdx, .value, sequence: sequence, head: group).view()
                            product(seen, d, count, strip(pp, transposed: true), tdy.view(from: first), add: add, tdv)
                            product(seen, d, count, strip(tp, transposed: true), dy.view(from: first), add: true, tdv)
                            product(count, seen, d, tdy.view(from: first), v.view(transposed: true), strip(tds))
                            product(
                                count, seen, d, dy.view(from: first), tv.view(transposed: true), add: true, strip(tds))
                            lethe_causal_softmax_reverse_tangent(
                                pp + at, tp + at, ds + at, tds + at, scale, first, count, seen, t)
                            lethe_causal_softmax_reverse(pp + at, ds + at, scale, first, count, seen, t)
                            let tdq = rows(tdx, .query, sequence: sequence, head: head).view(from: first)
                            let tdk = rows(tdx, .key, sequence: sequence, head: group).view()
                            product(count, d, seen, strip(tds), k.view(), tdq)
                            product(count, d, seen, strip(ds), tk.view(), add: true, tdq)
                            product(seen, d, count, strip(tds, transposed: true), q.view(from: first), add: add, tdk)
                            product(seen, d, count, strip(ds, transposed: true), tq.view(from: first), add: true, tdk)
                        } else {
                            lethe_causal_softmax_reverse(pp + at, ds + at, scale, first, count, seen, t)
                        }
                        product(count, d, seen, strip(ds), k.view(), dq.view(from: first))
                        product(seen, d, count, strip(ds, transposed: true), q.view(from: first), add: add, dk.view())
                        product(seen, d, count, strip(pp, transposed: true), dy.view(from: first), add: add, dv.view())
                    }
                }
            }
        }
        for i in x.indices { try r.contribute(i, dx[i], wantsTangent ? tdx[i] : nil) }
    }

    /// A sequence is an example.
    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func decomposed(_ x: [Variable]) throws -> Variable {
        let (t, d, device) = (sizes.time, sizes.width, x[0].device)
        let q = sizes.heads * d, k = sizes.groups * d, rowCount = sizes.batch * t
        let parts =
            x.count == 3
            ? x
            : try [0..<q, q..<(q + k), (q + k)..<(q + 2 * k)].map {
                try x[0].reshaped([rowCount, q + 2 * k]).sliced([0..<rowCount, $0])
            }
        var outputs: [Variable] = []
        for sequence in 0..<sizes.batch {
            let limit = sizes.lengths?[sequence] ?? t
            let mask = Variable(
                try Tensor(shape: [t, t], on: device) { m in
                    for i in 0..<t { for j in 0..<t { m[i * t + j] = j <= i && j < limit ? 0 : -1e9 } }
                })
            let own = sequence * t..<(sequence + 1) * t
            let heads = try (0..<sizes.heads).map { head in
                let group = head / share
                func rows(_ part: Variable, _ index: Int) throws -> Variable {
                    try part.reshaped([rowCount, part.value.count / rowCount]).sliced([
                        own, index * d..<(index + 1) * d,
                    ])
                }
                let scores = try scale * rows(parts[0], head).linear(rows(parts[1], group), transposed: true) + mask
                let p = try (scores - scores.logSumExp()).apply(.exp)
                return try p.linear(rows(parts[2], group)).transposed()
            }
            outputs.append(try Variable.concatenated(heads).transposed())
        }
        return try Variable.concatenated(outputs)
    }
}

extension Variable {
    /// Causal attention over packed queries, keys and values [batch·time, (heads + 2 groups)·width].
    public func causalAttention(_ sizes: AttentionShape) throws -> Variable {
        try Variable(AttentionOperation(sizes), [self])
    }
    /// The same with queries, keys and values apart.
    public static func causalAttention(
        queries: Variable, keys: Variable, values: Variable, _ sizes: AttentionShape
    ) throws -> Variable {
        try Variable(AttentionOperation(sizes), [queries, keys, values])
    }
}
