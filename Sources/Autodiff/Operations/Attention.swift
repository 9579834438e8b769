/// Causal attention with grouped queries (Vaswani et al., arXiv 1706.03762; Ainslie et al., arXiv 2305.13245).
import CKernels
import Tensors

/// softmax(q kᵀ / √width) v, causally. Inputs: either one packed [batch·time, (heads + 2 groups)·width] (queries, keys,
/// values side by side or interleaved) or three of them.
final class AttentionOperation: FusedOperation {
    let sizes: AttentionShape
    /// Squares [batch, heads, time, time] for the derivative rules, by their numbers; of longer texts than `longestKept`
    /// none is kept, and each rule computes them again, strip by strip and to the same bits.
    private var kept: [Square: Tensor] = [:]
    private let longestKept: Int
    private var hasTangents = false
    var name: String { "attention" }

    init(_ sizes: AttentionShape, longestKept: Int = 64) {
        self.sizes = sizes
        self.longestKept = longestKept
    }

    /// What is computed of every query and key: probabilities and, where scores have a cap, tanh(scores / cap); the
    /// tangents of both; cotangents of the scores, and their tangents.
    private enum Square: Int { case probabilities, bent, tangents, cappedTangents, cotangents, cotangentTangents }
    private var keepsSquares: Bool { sizes.time <= longestKept }

    private var scale: Float { sizes.scoreScale }
    /// What softmax multiplies scores with; a cap has done so before.
    private var softmaxScale: Float { sizes.softCap == nil ? scale : 1 }

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
        guard sizes.groups > 0, sizes.heads % sizes.groups == 0,
            sizes.layout == .sideBySide || x.count == 3 || sizes.groups == sizes.heads
        else {
            throw TensorError.invalid("\(sizes.heads) heads cannot share \(sizes.groups) key-value heads")
        }
        guard sizes.window ?? 1 > 0, sizes.softCap ?? 1 > 0 else {
            throw TensorError.invalid("attention needs a window and a cap above zero")
        }
        for (tensor, width) in zip(x, widths) where tensor.shape.last != width || tensor.count != rows * width {
            throw TensorError.shapesDoNotFit(operation: "attention", left: tensor.shape, right: [rows, width])
        }
    }

    private func rows(_ x: [UnsafeMutablePointer<Float>], _ role: Role, sequence: Int, head: Int) -> Rows {
        let q = sizes.heads * sizes.width, k = sizes.groups * sizes.width
        let column = head * sizes.width
        if x.count == 1 {
            let stride = q + 2 * k, part = role == .query ? 0 : role == .key ? 1 : 2
            return Rows(
                base: x[0] + sequence * sizes.time * stride + sizes.column(part, head: head), stride: stride)
        }
        let (base, stride) = role == .query ? (x[0], q) : role == .key ? (x[1], k) : (x[2], k)
        return Rows(base: base + sequence * sizes.time * stride + column, stride: stride)
    }

    /// Tasks that have memory for strips at a time.
    private static let slots = 16

    /// Calls `body(sequence, key-value head, slot)` on all threads; no two at a time have the same slot.
    private func forEachGroup(_ device: Device, _ body: (Int, Int, Int) -> Void) {
        let groups = sizes.groups, tasks = sizes.batch * groups
        for first in stride(from: 0, to: tasks, by: Self.slots) {
            device.workers.run(min(Self.slots, tasks - first)) {
                body((first + $0) / groups, (first + $0) % groups, $0)
            }
        }
    }
    private var stripSize: Int { sizes.time <= 64 ? sizes.time : sizes.time <= 512 ? 64 : 128 }

    /// Where the squares of a strip are: whole ones that are kept, or memory for a strip that a slot has.
    private struct StripMemory {
        let kept: [Square: UnsafeMutablePointer<Float>]
        let scratch: UnsafeMutablePointer<Float>
        let count, stripSize, time, heads: Int

        /// The first element of a strip, in rows of `time`.
        func callAsFunction(
            _ square: Square, _ slot: Int, _ sequence: Int, _ head: Int, _ strip: Strip
        ) -> UnsafeMutablePointer<Float> {
            if let base = kept[square] { return base + (sequence * heads + head) * time * time + strip.start(time) }
            return scratch + (slot * count + square.rawValue) * stripSize * time + strip.keys.lowerBound
        }
    }

    /// Lends the squares that are kept, and memory for a strip of the first `count` kinds.
    private func withStripMemory(_ count: Int, on device: Device, _ body: (StripMemory) -> Void) throws {
        let slots = min(Self.slots, sizes.batch * sizes.groups)
        let scratch = try Tensor(uninitialized: [max(1, slots * count * stripSize * sizes.time)], on: device)
        let names = Array(kept.keys)
        [[scratch], names.compactMap { kept[$0] }].withPointers { lent in
            body(
                StripMemory(
                    kept: Dictionary(uniqueKeysWithValues: zip(names, lent[1])), scratch: lent[0][0], count: count,
                    stripSize: stripSize, time: sizes.time, heads: sizes.heads))
        }
    }

    private func keep(_ squares: [Square], on device: Device) throws {
        guard keepsSquares else { return }
        for square in squares {
            kept[square] = try Tensor(
                uninitialized: [sizes.batch, sizes.heads, sizes.time, sizes.time], on: device)
        }
    }

    /// A strip of queries, from `first` on, and the keys that they see.
    private struct Strip {
        let first, rows: Int
        let keys: Range<Int>
        var seen: Int { keys.count }
        /// Where it begins in a square of which rows are `time` long.
        func start(_ time: Int) -> Int { first * time + keys.lowerBound }
        /// The first query's place among the keys.
        var place: Int { first - keys.lowerBound }
    }
    /// Calls `body` for strips of queries, the last first: a strip sees the keys before its own end, of these the ones
    /// within its window, and nothing is computed beyond them.
    private func forEachStrip(_ body: (Strip) -> Void) {
        let time = sizes.time, size = stripSize
        for first in stride(from: (time - 1) / max(1, size) * size, through: 0, by: -max(1, size)) {
            let low = sizes.window.map { max(0, first + 1 - $0) } ?? 0
            body(Strip(first: first, rows: min(size, time - first), keys: low..<min(time, first + size)))
        }
    }
    /// Scores of a strip become probabilities, in place; `bent` keeps tanh(scores / cap).
    private func softmax(
        _ s: UnsafeMutablePointer<Float>, bent: UnsafeMutablePointer<Float>?, _ strip: Strip, _ sequence: Int
    ) {
        let t = sizes.time, limit = (sizes.lengths?[sequence] ?? t) - strip.keys.lowerBound
        if let bent, let cap = sizes.softCap { lethe_soft_cap(s, bent, scale, cap, strip.rows, strip.seen, t) }
        if let window = sizes.window {
            lethe_window_softmax(s, softmaxScale, strip.place, strip.rows, window, strip.seen, t, limit)
        } else {
            lethe_causal_softmax(s, softmaxScale, strip.first, strip.rows, strip.seen, t, limit)
        }
    }
    private var share: Int { sizes.heads / sizes.groups }
    private func out(_ base: UnsafeMutablePointer<Float>, _ sequence: Int, _ head: Int) -> Rows {
        let stride = sizes.heads * sizes.width
        return Rows(base: base + sequence * sizes.time * stride + head * sizes.width, stride: stride)
    }
    private func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView, _ b: MatrixView, add: Bool = false, _ c: MatrixView
    ) {
        Device.gemmTile(m, n, k, 1, a, b, add ? 1 : 0, c)
    }

    /// Probabilities of a strip.
    private func score(
        _ q: Rows, _ k: Rows, _ p: UnsafeMutablePointer<Float>, bent: UnsafeMutablePointer<Float>?, _ strip: Strip,
        _ sequence: Int
    ) {
        product(
            strip.rows, strip.seen, sizes.width, q.view(from: strip.first),
            k.view(from: strip.keys.lowerBound, transposed: true), MatrixView(p, rowStride: sizes.time))
        softmax(p, bent: bent, strip, sequence)
    }

    /// Tangents of a strip's probabilities, and of its capped scores.
    private func scoreTangents(
        _ q: Rows, _ tq: Rows, _ k: Rows, _ tk: Rows, _ p: UnsafeMutablePointer<Float>,
        bent: UnsafeMutablePointer<Float>?, into tp: UnsafeMutablePointer<Float>,
        capped: UnsafeMutablePointer<Float>?, _ part: Strip
    ) {
        let (first, rows, seen, low) = (part.first, part.rows, part.seen, part.keys.lowerBound)
        let (t, d) = (sizes.time, sizes.width), strip = MatrixView(tp, rowStride: t)
        product(rows, seen, d, tq.view(from: first), k.view(from: low, transposed: true), strip)
        product(rows, seen, d, q.view(from: first), tk.view(from: low, transposed: true), add: true, strip)
        if let bent, let capped {
            lethe_soft_cap_reverse(bent, tp, scale, rows, seen, t)
            for row in 0..<rows { (capped + row * t).update(from: tp + row * t, count: seen) }
        }
        lethe_causal_softmax_reverse(p, tp, softmaxScale, part.place, rows, seen, t)
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        try check(x)
        let (t, d, device) = (sizes.time, sizes.width, x[0].device), hasCap = sizes.softCap != nil
        let y = try Tensor(uninitialized: [sizes.batch * t, sizes.heads * d], on: device)
        try keep(hasCap ? [.probabilities, .bent] : [.probabilities], on: device)
        try withStripMemory(keepsSquares ? 0 : hasCap ? 2 : 1, on: device) { memory in
            [x, [y]].withPointers { lent in
                let (x, y) = (lent[0], lent[1][0])
                forEachGroup(device) { sequence, group, slot in
                    let k = rows(x, .key, sequence: sequence, head: group),
                        v = rows(x, .value, sequence: sequence, head: group)
                    for head in (group * share)..<((group + 1) * share) {
                        let q = rows(x, .query, sequence: sequence, head: head)
                        forEachStrip { strip in
                            let p = memory(.probabilities, slot, sequence, head, strip)
                            let bent = hasCap ? memory(.bent, slot, sequence, head, strip) : nil
                            score(q, k, p, bent: bent, strip, sequence)
                            product(
                                strip.rows, d, strip.seen, MatrixView(p, rowStride: t),
                                v.view(from: strip.keys.lowerBound), out(y, sequence, head).view(from: strip.first))
                        }
                    }
                }
            }
        }
        return y
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        let (t, d, device) = (sizes.time, sizes.width, y.device), hasCap = sizes.softCap != nil
        let tx = try zip(x, tx).map { try $1 ?? Tensor.zeros($0.shape, on: device) }
        let ty = try Tensor(uninitialized: y.shape, on: device), keeps = keepsSquares
        try keep(hasCap ? [.tangents, .cappedTangents] : [.tangents], on: device)
        try withStripMemory(keeps ? 0 : 4, on: device) { memory in
            [x, tx, [ty]].withPointers { lent in
                let (x, tx, ty) = (lent[0], lent[1], lent[2][0])
                forEachGroup(device) { sequence, group, slot in
                    let k = rows(x, .key, sequence: sequence, head: group),
                        v = rows(x, .value, sequence: sequence, head: group)
                    let tk = rows(tx, .key, sequence: sequence, head: group),
                        tv = rows(tx, .value, sequence: sequence, head: group)
                    for head in (group * share)..<((group + 1) * share) {
                        let q = rows(x, .query, sequence: sequence, head: head),
                            tq = rows(tx, .query, sequence: sequence, head: head)
                        forEachStrip { part in
                            let (rows, seen, low) = (part.rows, part.seen, part.keys.lowerBound)
                            func strip(_ square: Square) -> UnsafeMutablePointer<Float> {
                                memory(square, slot, sequence, head, part)
                            }
                            let p = strip(.probabilities), tp = strip(.tangents), bent = hasCap ? strip(.bent) : nil
                            if !keeps { score(q, k, p, bent: bent, part, sequence) }
                            scoreTangents(
                                q, tq, k, tk, p, bent: bent, into: tp, capped: hasCap ? strip(.cappedTangents) : nil,
                                part)
                            let result = out(ty, sequence, head).view(from: part.first)
                            product(rows, d, seen, MatrixView(tp, rowStride: t), v.view(from: low), result)
                            product(rows, d, seen, MatrixView(p, rowStride: t), tv.view(from: low), add: true, result)
                        }
                    }
                }
            }
        }
        hasTangents = true
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        let (t, d, device) = (sizes.time, sizes.width, r.device), hasCap = sizes.softCap != nil
        let x = r.x, dyTensor = r.dy, keeps = keepsSquares
        let forward = r.tx.contains { $0 != nil } || r.tdy != nil
        let wantsTangent = forward && (0..<x.count).contains { r.wantsTangent($0) }
        // Keys that the last strip does not see are added to from nothing.
        let windowed = sizes.window != nil
        func fresh(_ shape: [Int]) throws -> Tensor {
            windowed ? try Tensor.zeros(shape, on: device) : try Tensor(uninitialized: shape, on: device)
        }
        let dx = try x.map { try fresh($0.shape) }
        let tdx = wantsTangent ? try x.map { try fresh($0.shape) } : []
        let tx = wantsTangent ? try zip(x, r.tx).map { try $1 ?? Tensor.zeros($0.shape, on: device) } : []
        let tdyTensor = wantsTangent ? try r.tdy ?? Tensor.zeros(r.y.shape, on: device) : dyTensor
        let cap = sizes.softCap ?? 1, hasTangents = hasTangents
        if wantsTangent, keeps, !hasTangents {
            for square in hasCap ? [Square.tangents, .cappedTangents] : [.tangents] {
                kept[square] = try Tensor.zeros([sizes.batch, sizes.heads, t, t], on: device)
            }
        }
        try withStripMemory(6, on: device) { memory in
            [x, dx, tx, tdx, [dyTensor, tdyTensor]].withPointers { lent in
                let (x, dx, tx, tdx, dyBase, tdyBase) = (lent[0], lent[1], lent[2], lent[3], lent[4][0], lent[4][1])
                forEachGroup(device) { sequence, group, slot in
                    let k = rows(x, .key, sequence: sequence, head: group),
                        v = rows(x, .value, sequence: sequence, head: group)
                    let dk = rows(dx, .key, sequence: sequence, head: group),
                        dv = rows(dx, .value, sequence: sequence, head: group)
                    for head in (group * share)..<((group + 1) * share) {
                        let q = rows(x, .query, sequence: sequence, head: head), dy = out(dyBase, sequence, head)
                        let dq = rows(dx, .query, sequence: sequence, head: head)
                        forEachStrip { part in
                            let (first, count, seen, low) = (part.first, part.rows, part.seen, part.keys.lowerBound)
                            // The heads of a group add to the same keys and values, one after the other, as the strips
                            // of a head do.
                            let add = windowed || head > group * share || first + count < t
                            func square(_ square: Square) -> UnsafeMutablePointer<Float> {
                                memory(square, slot, sequence, head, part)
                            }
                            func strip(_ base: UnsafeMutablePointer<Float>, transposed: Bool = false) -> MatrixView {
                                MatrixView(base, rowStride: t, transposed: transposed)
                            }
                            let p = square(.probabilities), bent = hasCap ? square(.bent) : nil
                            let ds = square(.cotangents), tds = square(.cotangentTangents)
                            if !keeps { score(q, k, p, bent: bent, part, sequence) }
                            func scoresReverse() {
                                lethe_causal_softmax_reverse(p, ds, softmaxScale, part.place, count, seen, t)
                            }
                            func capReverse() {
                                if let bent { lethe_soft_cap_reverse(bent, ds, scale, count, seen, t) }
                            }
                            // dP = dy vᵀ
                            product(
                                count, seen, d, dy.view(from: first), v.view(from: low, transposed: true), strip(ds))
                            if wantsTangent {
                                let tq = rows(tx, .query, sequence: sequence, head: head)
                                let tk = rows(tx, .key, sequence: sequence, head: group)
                                let tv = rows(tx, .value, sequence: sequence, head: group)
                                let tdy = out(tdyBase, sequence, head)
                                let tp = square(.tangents), capped = hasCap ? square(.cappedTangents) : nil
                                if !keeps {
                                    scoreTangents(q, tq, k, tk, p, bent: bent, into: tp, capped: capped, part)
                                }
                                let tdv = rows(tdx, .value, sequence: sequence, head: group).view(from: low)
                                product(
                                    seen, d, count, strip(p, transposed: true), tdy.view(from: first), add: add, tdv)
                                product(
                                    seen, d, count, strip(tp, transposed: true), dy.view(from: first), add: true, tdv)
                                product(
                                    count, seen, d, tdy.view(from: first), v.view(from: low, transposed: true),
                                    strip(tds))
                                product(
                                    count, seen, d, dy.view(from: first), tv.view(from: low, transposed: true),
                                    add: true, strip(tds))
                                lethe_causal_softmax_reverse_tangent(
                                    p, tp, ds, tds, softmaxScale, part.place, count, seen, t)
                                scoresReverse()
                                if let bent, let capped {
                                    lethe_soft_cap_reverse_tangent(bent, capped, ds, tds, scale, cap, count, seen, t)
                                }
                                capReverse()
                                let tdq = rows(tdx, .query, sequence: sequence, head: head).view(from: first)
                                let tdk = rows(tdx, .key, sequence: sequence, head: group).view(from: low)
                                product(count, d, seen, strip(tds), k.view(from: low), tdq)
                                product(count, d, seen, strip(ds), tk.view(from: low), add: true, tdq)
                                product(
                                    seen, d, count, strip(tds, transposed: true), q.view(from: first), add: add, tdk)
                                product(
                                    seen, d, count, strip(ds, transposed: true), tq.view(from: first), add: true, tdk)
                            } else {
                                scoresReverse()
                                capReverse()
                            }
                            product(count, d, seen, strip(ds), k.view(from: low), dq.view(from: first))
                            product(
                                seen, d, count, strip(ds, transposed: true), q.view(from: first), add: add,
                                dk.view(from: low))
                            product(
                                seen, d, count, strip(p, transposed: true), dy.view(from: first), add: add,
                                dv.view(from: low))
                        }
                    }
                }
            }
        }
        for i in x.indices { try r.contribute(i, dx[i], wantsTangent ? tdx[i] : nil) }
    }

    /// A sequence is an example.
    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func decomposed(_ x: [Variable]) throws -> Variable { try sizes.attention(x) }
}

extension Variable {
    /// Causal attention over packed queries, keys and values [batch·time, (heads + 2 groups)·width].
    public func causalAttention(_ sizes: AttentionShape) throws -> Variable {
        try Variable(AttentionOperation(sizes), [self])
    }
    /// The same with squares of probabilities kept for texts up to so long.
    package func causalAttention(_ sizes: AttentionShape, longestKept: Int) throws -> Variable {
        try Variable(AttentionOperation(sizes, longestKept: longestKept), [self])
    }
    /// The same with queries, keys and values apart.
    public static func causalAttention(
        queries: Variable, keys: Variable, values: Variable, _ sizes: AttentionShape
    ) throws -> Variable {
        try Variable(AttentionOperation(sizes), [queries, keys, values])
    }
}
