/// Cross-entropy of hidden states through a language model's head, without all logits in memory.
import CKernels
import Tensors

/// What the distribution of each row is held against.
enum HeadTarget {
    /// −log p(label); rows of negative labels are ignored.
    case labels([Int32])
    /// KL(q ‖ p) for the distributions q of another model's logits, constants.
    case distributions(BlockedLogits)
}

/// One number for each row of hidden states [rows, width]: see ``HeadTarget``. Inputs: hidden states, the head's matrix
/// [vocabulary, width] unless it is `stored`, a bias [vocabulary] if there is one. Logits are those of
/// ``BlockedLogits``, and are the network's output: Gauss-Newton products see what is below them as linear.
final class HeadCrossEntropyOperation: FusedOperation {
    let target: HeadTarget
    let stored: StoredMatrix?
    let cap: Float
    private var logits: BlockedLogits?
    /// <p, tx> of each row, and the hidden states', matrix's and bias's tangents that logits have theirs from.
    private var meanTangents: Tensor?
    var name: String { "cross-entropy" }
    var containsNetworkOutput: Bool { true }
    var endsNetwork: Bool { true }

    /// - Parameter logits: those of the inputs, where they are known.
    init(_ target: HeadTarget, stored: StoredMatrix?, cap: Float, logits: BlockedLogits? = nil) {
        self.target = target
        self.stored = stored
        self.cap = cap
        self.logits = logits
    }

    /// Where matrix and bias stand among the inputs.
    private var matrix: Int? { stored == nil ? 1 : nil }
    private func bias(_ count: Int) -> Int? {
        let place = stored == nil ? 2 : 1
        return place < count ? place : nil
    }
    private var labels: [Int32]? {
        if case .labels(let labels) = target { return labels }
        return nil
    }
    private var other: BlockedLogits? {
        if case .distributions(let other) = target { return other }
        return nil
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let logits =
            try logits
            ?? BlockedLogits(
                x[0], stored.map { .stored($0) } ?? .tensor(x[1]), bias: bias(x.count).map { x[$0] }, cap: cap)
        self.logits = logits
        switch target {
        case .labels(let labels): return try logits.negativeLogLikelihood(labels)
        case .distributions(let other): return try logits.divergence(from: other)
        }
    }

    /// Memory for one block of each kind that a rule works with.
    private struct Scratch {
        let logits, shares, slopes: Tensor
        init(_ logits: BlockedLogits, other: BlockedLogits?, slopes: Bool) throws {
            let empty = try Tensor(uninitialized: [1], on: logits.device)
            self.logits = logits.isKeptWhole ? empty : try logits.scratch()
            shares = other == nil ? empty : try logits.scratch()
            self.slopes = slopes ? try logits.scratch() : empty
        }
    }

    /// Tangents of the logits before the cap, [range, block]: th Wᵀ + h tWᵀ + tb.
    private func slopes(
        _ block: Range<Int>, _ tx: [Tensor?], _ logits: BlockedLogits, into out: UnsafeMutablePointer<Float>
    ) throws {
        let (rows, width, n, device) = (logits.rows, logits.width, block.count, logits.device)
        var written = false
        let terms: [(Tensor?, () throws -> Tensor?)] = [
            (tx[0], { try logits.matrix.rows(block) }),
            (logits.hidden, { try self.matrix.flatMap { tx[$0] }?.rows(block) }),
        ]
        for (left, right) in terms {
            guard let left, let right = try right() else { continue }
            lend(left, right, to: right) { h, w, _ in
                device.gemm(
                    rows, n, width, MatrixView(h, rowStride: width), MatrixView(w, rowStride: width, transposed: true),
                    beta: written ? 1 : 0, MatrixView(out, rowStride: n))
            }
            written = true
        }
        if !written { out.update(repeating: 0, count: rows * n) }
        if let bias = bias(tx.count), let tb = tx[bias] {
            tb.withReadable { tb in
                device.forEachBlock(rows, size: logits.rowsAtOnce(n)) {
                    lethe_head_logits(out + $0 * n, tb + block.lowerBound, 0, $1, n)
                }
            }
        }
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let logits else { return nil }
        let (rows, device, cap) = (logits.rows, logits.device, cap)
        let scratch = try Scratch(logits, other: other, slopes: true)
        let means = try Tensor.zeros([rows], on: device), toward = try Tensor.zeros([rows], on: device)
        for (index, block) in logits.blocks.enumerated() {
            try device.cancellation.check()
            let n = block.count
            try [scratch.logits, scratch.shares, scratch.slopes, means, toward, logits.largest, logits.logSums]
                .withPointers { lent in
                    try slopes(block, tx, logits, into: lent[2])
                    let q = try other.map { other in
                        try other.softmax(index, into: lent[1])
                        return UnsafePointer(lent[1])
                    }
                    try logits.withLogits(index, 0..<rows, lent[0]) { z in
                        device.forEachBlock(rows, size: logits.rowsAtOnce(n)) { i, count in
                            lethe_head_tangent_sums(
                                z + i * n, lent[5] + i, lent[6] + i, q.map { $0 + i * n }, lent[2] + i * n, cap,
                                lent[3] + i, lent[4] + i, count, n)
                        }
                        guard let labels else { return }
                        for row in 0..<rows where block.contains(Int(labels[row])) {
                            let place = row * n + Int(labels[row]) - block.lowerBound
                            let bent = cap > 0 ? z[place] / cap : 0
                            lent[4][row] = (1 - bent * bent) * lent[2][place]
                        }
                    }
                }
        }
        meanTangents = means
        let ty = try Tensor(uninitialized: [rows], on: device)
        [means, toward, ty].withPointers { lent in
            for row in 0..<rows { lent[2][row] = labels.map { $0[row] < 0 } ?? false ? 0 : lent[0][row] - lent[1][row] }
        }
        return ty
    }

    /// Where the parts of a reverse rule go; `nil` where they are not wanted.
    private struct Places {
        var matrix, matrixTangent, bias, biasTangent: (tensor: Tensor, accumulates: Bool)?
        var hidden, hiddenTangent: Tensor?
    }

    func reverse(_ r: borrowing Reversal) throws {
        guard let logits else { return }
        let bias = bias(r.x.count)
        let isGaussNewton = r.kind == .gaussNewtonProduct
        let wantsTangent = !isGaussNewton && r.x.indices.contains { r.wantsTangent($0) }
        var places = Places()
        if r.wants(0) {
            places.hidden = try Tensor(uninitialized: r.x[0].shape, on: r.device)
            if wantsTangent { places.hiddenTangent = try Tensor(uninitialized: r.x[0].shape, on: r.device) }
        }
        let work = Work(
            operation: self, logits: logits, c: try coefficients(r.dy), tc: try r.tdy.map { try coefficients($0) },
            tx: r.tx, isGaussNewton: isGaussNewton, wantsTangent: wantsTangent,
            scratch: try Scratch(logits, other: other, slopes: isGaussNewton || wantsTangent),
            slope: try logits.scratch(), slopeTangent: wantsTangent ? try logits.scratch() : nil)
        if r.examples != nil {
            // Each example sums its own rows; hidden states are nobody's sum.
            try work.run(0..<logits.rows, places)
            var failure: (any Error)?
            for (input, isMatrix) in [(matrix, true), (bias, false)] {
                guard let input, r.wants(input) else { continue }
                try r.write(input, .value, rows: logits.rows) { place, accumulates, range in
                    var own = Places()
                    if isMatrix { own.matrix = (place, accumulates) } else { own.bias = (place, accumulates) }
                    do { try work.run(range, own) } catch { failure = error }
                }
            }
            if let failure { throw failure }
        } else {
            try r.lend([(matrix, .value), (matrix, .tangent), (bias, .value), (bias, .tangent)]) { lent in
                places.matrix = lent[0]
                places.matrixTangent = wantsTangent ? lent[1] : nil
                places.bias = lent[2]
                places.biasTangent = wantsTangent ? lent[3] : nil
                try work.run(0..<logits.rows, places)
            }
        }
        if let hidden = places.hidden { try r.contribute(0, hidden, places.hiddenTangent) }
    }

    /// The cotangent of each row; none where its label is ignored.
    private func coefficients(_ dy: Tensor) throws -> Tensor {
        guard let labels, labels.contains(where: { $0 < 0 }) else { return dy }
        let result = try Tensor(uninitialized: dy.shape, on: dy.device)
        lend(dy, to: result) { dy, c in for row in labels.indices { c[row] = labels[row] < 0 ? 0 : dy[row] } }
        return result
    }

    /// A reverse rule, block by block.
    private struct Work {
        let operation: HeadCrossEntropyOperation
        let logits: BlockedLogits
        /// Cotangents of rows, and their tangents.
        let c: Tensor, tc: Tensor?
        let tx: [Tensor?]
        let isGaussNewton, wantsTangent: Bool
        let scratch: Scratch
        /// Memory for cotangents of a block's logits, and for their tangents.
        let slope: Tensor, slopeTangent: Tensor?

        /// Adds up what `range` of the rows contributes. Ranges do not share memory, so that several may run at once.
        func run(_ range: Range<Int>, _ places: Places) throws {
            let (rows, width, device) = (range.count, logits.width, logits.device), first = range.lowerBound
            let wide = logits.blockWidth
            for (index, block) in logits.blocks.enumerated() {
                let n = block.count
                let weights = try logits.matrix.rows(block)
                let matrixTangent = try operation.matrix.flatMap { tx[$0] }?.rows(block)
                try [
                    scratch.logits, scratch.shares, scratch.slopes, slope, slopeTangent ?? slope, logits.hidden,
                    weights,
                ].withPointers { lent in
                    let own = lent[0] + (logits.isKeptWhole ? 0 : first * wide)
                    let d = lent[3] + first * wide, td = lent[4] + first * wide
                    try cotangents(index, range, own, lent[1], lent[2], d, td)
                    // dW = dᵀ h and dh = d W; their tangents by the product rule.
                    func columns(_ x: UnsafeMutablePointer<Float>) -> MatrixView {
                        MatrixView(x, rowStride: n, transposed: true)
                    }
                    let h = MatrixView(lent[5] + first * width, rowStride: width)
                    func intoMatrix(
                        _ place: (tensor: Tensor, accumulates: Bool)?, _ terms: [(MatrixView, MatrixView?)]
                    ) {
                        guard let place else { return }
                        var adds = place.accumulates
                        place.tensor.segment(block.lowerBound * width, shape: [n, width]).withWritable { out in
                            for (left, right) in terms {
                                guard let right else { continue }
                                device.gemm(
                                    n, width, rows, left, right, beta: adds ? 1 : 0, MatrixView(out, rowStride: width))
                                adds = true
                            }
                        }
                    }
                    func intoHidden(_ place: Tensor?, _ terms: [(UnsafeMutablePointer<Float>, MatrixView?)]) {
                        guard let place else { return }
                        var adds = index > 0
                        place.withWritable { out in
                            for (left, right) in terms {
                                guard let right else { continue }
                                device.gemm(
                                    rows, width, n, MatrixView(left, rowStride: n), right, beta: adds ? 1 : 0,
                                    MatrixView(out + first * width, rowStride: width))
                                adds = true
                            }
                        }
                    }
                    func intoBias(_ place: (tensor: Tensor, accumulates: Bool)?, _ x: Tensor) {
                        guard let place else { return }
                        let out = place.tensor.segment(block.lowerBound, shape: [n])
                        if !place.accumulates { out.fill(with: 0) }
                        out.addColumnSums(of: x.segment(first * wide, shape: [rows, n]), columns: n)
                    }
                    let w = MatrixView(lent[6], rowStride: width)
                    intoMatrix(places.matrix, [(columns(d), h)])
                    intoHidden(places.hidden, [(d, w)])
                    intoBias(places.bias, slope)
                    guard wantsTangent, let slopeTangent else { return }
                    tx[0].withReadable { th in
                        matrixTangent.withReadable { tw in
                            intoMatrix(
                                places.matrixTangent,
                                [
                                    (columns(td), h),
                                    (columns(d), th.map { MatrixView($0 + first * width, rowStride: width) }),
                                ])
                            intoHidden(
                                places.hiddenTangent, [(td, w), (d, tw.map { MatrixView($0, rowStride: width) })])
                        }
                    }
                    intoBias(places.biasTangent, slopeTangent)
                }
            }
        }

        /// Cotangents of a block's logits before the cap, and their tangents.
        private func cotangents(
            _ index: Int, _ range: Range<Int>, _ own: UnsafeMutablePointer<Float>,
            _ shares: UnsafeMutablePointer<Float>, _ slopes: UnsafeMutablePointer<Float>,
            _ d: UnsafeMutablePointer<Float>, _ td: UnsafeMutablePointer<Float>
        ) throws {
            let block = logits.blocks[index], n = block.count, first = range.lowerBound, device = logits.device
            let begin = Int32(block.lowerBound), cap = operation.cap
            let q = try operation.other.map { other in
                try other.softmax(index, into: shares)
                return UnsafePointer(shares)
            }
            let hasSlopes = (isGaussNewton || wantsTangent) && operation.meanTangents != nil
            if hasSlopes { try operation.slopes(block, tx, logits, into: slopes) }
            let labels = operation.labels ?? []
            try labels.withUnsafeBufferPointer { buffer in
                let labels = operation.labels == nil ? nil : buffer.baseAddress
                try logits.withLogits(index, range, own) { z in
                    [logits.largest, logits.logSums, c, operation.meanTangents ?? c, tc ?? c].withPointers { sums in
                        device.forEachBlock(range.count, size: logits.rowsAtOnce(n)) { i, count in
                            let row = first + i
                            let (x, m, l, c) = (z + i * n, sums[0] + row, sums[1] + row, sums[2] + row)
                            let label = labels.map { $0 + row }, target = q.map { $0 + row * n }
                            if !isGaussNewton {
                                lethe_head_reverse(x, m, l, label, begin, target, c, cap, d + i * n, count, n)
                            }
                            guard isGaussNewton || wantsTangent else { return }
                            lethe_head_reverse_tangent(
                                x, m, l, label, begin, target, hasSlopes ? slopes + row * n : nil, sums[3] + row, c,
                                tc == nil ? nil : sums[4] + row, cap, isGaussNewton ? 0 : 1,
                                (isGaussNewton ? d : td) + i * n, count, n)
                        }
                    }
                }
            }
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { other == nil }

    func decomposed(_ x: [Variable]) throws -> Variable {
        let bias = bias(x.count).map { x[$0] }
        let logits = try
            (stored.map { try x[0].headLogits($0, bias: bias, cap: cap) }
            ?? x[0].headLogits(x[1], bias: bias, cap: cap)).asNetworkOutput()
        switch target {
        case .labels(let labels): return try logits.crossEntropy(labels)
        case .distributions(let other):
            let q = Variable(try other.logProbabilities())
            return try (q.apply(.exp) * (q - logits.logSoftmax())).summed(to: [other.rows, 1]).reshaped([other.rows])
        }
    }
}

extension Reversal {
    /// Lends the places of several cotangents at once, `nil` for those that are not wanted.
    func lend(
        _ wanted: [(input: Int?, part: CotangentPart)], _ body: ([(tensor: Tensor, accumulates: Bool)?]) throws -> Void
    ) throws {
        try lend(wanted[...], [], body)
    }

    private func lend(
        _ wanted: ArraySlice<(input: Int?, part: CotangentPart)>, _ lent: [(tensor: Tensor, accumulates: Bool)?],
        _ body: ([(tensor: Tensor, accumulates: Bool)?]) throws -> Void
    ) throws {
        guard let next = wanted.first else { return try body(lent) }
        guard let input = next.input, next.part == .value ? wantsValue(input) : wantsTangent(input) else {
            return try lend(wanted.dropFirst(), lent + [nil], body)
        }
        try write(input, next.part) { try lend(wanted.dropFirst(), lent + [($0, $1)], body) }
    }
}
