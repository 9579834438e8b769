/// Logits of a wide vocabulary, formed a block of its columns at a time.
import CKernels
import Glibc
import Tensors

/// cap · tanh((h Wᵀ + b) / cap) for rows of hidden states h, and their softmax's sums. Of logits that would take more
/// memory than ``Limits/kept``, a block of columns is there at a time; those that are not kept are computed again when they
/// are asked for.
final class BlockedLogits {
    /// Where the rows of W come from.
    enum Matrix {
        case tensor(Tensor)
        case stored(StoredMatrix)

        var shape: [Int] {
            switch self {
            case .tensor(let tensor): tensor.shape
            case .stored(let matrix): [matrix.rows, matrix.columns]
            }
        }
        func rows(_ range: Range<Int>) throws -> Tensor {
            switch self {
            case .tensor(let tensor): try tensor.rows(range)
            case .stored(let matrix): try matrix.widened(range)
            }
        }
    }

    /// Numbers of a block, and of all blocks that are kept.
    struct Limits {
        var block, kept: Int
        /// 16 and 64 MB.
        static let standard = Limits(block: 1 << 22, kept: 1 << 24)
    }

    let hidden: Tensor
    let matrix: Matrix
    let bias: Tensor?
    /// 0 for none.
    let cap: Float
    let rows, width, vocabulary: Int
    let blocks: [Range<Int>]
    /// Each row's largest logit m, and log Σ exp(x − m), [rows].
    private(set) var largest, logSums: Tensor
    private var kept: [Tensor] = []
    var device: Device { hidden.device }

    init(
        _ hidden: Tensor, _ matrix: Matrix, bias: Tensor?, cap: Float, limits: Limits = .standard
    ) throws {
        guard hidden.rank == 2, matrix.shape.count == 2, hidden.shape[1] == matrix.shape[1], matrix.shape[0] > 0,
            bias.map({ $0.shape == [matrix.shape[0]] }) ?? true
        else { throw TensorError.shapesDoNotFit(operation: "@", left: hidden.shape, right: matrix.shape.reversed()) }
        self.hidden = hidden
        self.matrix = matrix
        self.bias = bias
        self.cap = cap
        (rows, width, vocabulary) = (hidden.shape[0], hidden.shape[1], matrix.shape[0])
        // By the shapes alone, so that no result depends on the number of threads.
        let fitting = max(min(256, limits.block), limits.block / max(1, rows) / 64 * 64)
        let size = min(vocabulary, fitting)
        blocks = stride(from: 0, to: vocabulary, by: size).map { [vocabulary] in $0..<min(vocabulary, $0 + size) }
        (largest, logSums) = (hidden, hidden)
        try sumUp(limits)
    }

    /// The widest block.
    var blockWidth: Int { blocks.first?.count ?? 0 }

    /// Memory for a block of all rows.
    func scratch() throws -> Tensor { try Tensor(uninitialized: [max(1, rows * blockWidth)], on: device) }

    /// Computes each block, keeps the first ones, and adds up the softmax's sums.
    private func sumUp(_ limits: Limits) throws {
        let passing = try blocks.count > 1 ? scratch() : nil
        let sums = try Tensor(uninitialized: [2, blocks.count, max(1, rows)], on: device)
        for (index, block) in blocks.enumerated() {
            try device.cancellation.check()
            let isKept =
                kept.count == index && (kept.count + 1) * rows * blockWidth <= max(limits.kept, limits.block)
            let logits =
                try isKept ? Tensor(uninitialized: [max(1, rows * block.count)], on: device) : passing ?? scratch()
            try logits.withWritable { try compute(block, 0..<rows, into: $0) }
            if isKept { kept.append(logits) }
            lend(logits, to: sums) { x, sums in
                let m = sums + index * rows, l = sums + (blocks.count + index) * rows, n = block.count
                device.forEachBlock(rows, size: rowsAtOnce(n)) {
                    lethe_head_sums(x + $0 * n, m + $0, l + $0, $1, n)
                }
            }
        }
        if blocks.count == 1 {
            (largest, logSums) = (sums.segment(0, shape: [rows]), sums.segment(max(1, rows), shape: [rows]))
            return
        }
        (largest, logSums) = (
            try Tensor(uninitialized: [rows], on: device), try Tensor(uninitialized: [rows], on: device)
        )
        let count = blocks.count
        [sums, largest, logSums].withPointers { lent in
            let (m, l) = (lent[0], lent[0] + count * rows)
            for row in 0..<rows {
                var most = m[row]
                for block in 1..<count { most = Swift.max(most, m[block * rows + row]) }
                var sum = 0.0
                for block in 0..<count where m[block * rows + row] != -.infinity {
                    sum += exp(Double(m[block * rows + row]) - Double(most) + Double(l[block * rows + row]))
                }
                lent[1][row] = most
                lent[2][row] = Float(log(sum))
            }
        }
    }

    /// Rows of a block of work on `n` columns.
    func rowsAtOnce(_ n: Int) -> Int { max(1, Device.rowBlock / max(1, n)) }

    /// Logits of some rows and a block, [rows, block], into memory for them.
    private func compute(_ block: Range<Int>, _ range: Range<Int>, into out: UnsafeMutablePointer<Float>) throws {
        let weights = try matrix.rows(block), n = block.count
        lend(hidden, weights, to: weights) { h, w, _ in
            device.gemm(
                range.count, n, width, MatrixView(h + range.lowerBound * width, rowStride: width),
                MatrixView(w, rowStride: width, transposed: true), MatrixView(out, rowStride: n))
        }
        guard bias != nil || cap > 0 else { return }
        bias.withReadable { bias in
            device.forEachBlock(range.count, size: rowsAtOnce(n)) {
                lethe_head_logits(out + $0 * n, bias.map { $0 + block.lowerBound }, cap, $1, n)
            }
        }
    }

    /// Logits [range, block] of a block and of some rows: those that were kept, or computed again in `scratch`, which has
    /// room for them.
    func withLogits<R>(
        _ index: Int, _ range: Range<Int>, _ scratch: UnsafeMutablePointer<Float>,
        _ body: (UnsafePointer<Float>) throws -> R
    ) throws -> R {
        if index < kept.count {
            return try kept[index].withReadable { try body($0 + range.lowerBound * blocks[index].count) }
        }
        try compute(blocks[index], range, into: scratch)
        return try body(UnsafePointer(scratch))
    }

    /// Whether all blocks are at hand.
    var isKeptWhole: Bool { kept.count == blocks.count }

    /// exp of log-probabilities [rows, block], of block `index`.
    func softmax(_ index: Int, into p: UnsafeMutablePointer<Float>) throws {
        let n = blocks[index].count
        try withLogits(index, 0..<rows, p) { x in
            [largest, logSums].withPointers { sums in
                device.forEachBlock(rows, size: rowsAtOnce(n)) {
                    lethe_head_softmax(x + $0 * n, sums[0] + $0, sums[1] + $0, p + $0 * n, $1, n)
                }
            }
        }
    }

    /// −log softmax of each row's label; 0 where it is negative.
    func negativeLogLikelihood(_ labels: [Int32]) throws -> Tensor {
        guard labels.count == rows else {
            throw TensorError.invalid("\(labels.count) labels do not fit logits of shape \([rows, vocabulary])")
        }
        try CrossEntropyOperation.check(labels, vocabulary: vocabulary)
        let result = try Tensor(uninitialized: [rows], on: device)
        let own = try logits(at: labels)
        [largest, logSums, result].withPointers { lent in
            for row in 0..<rows {
                lent[2][row] = labels[row] < 0 ? 0 : (lent[0][row] - own[row]) + lent[1][row]
            }
        }
        return result
    }

    /// The logit of each row's label.
    func logits(at labels: [Int32]) throws -> [Float] {
        var result = [Float](repeating: 0, count: rows)
        let scratch = try isKeptWhole ? nil : self.scratch()
        for (index, block) in blocks.enumerated() {
            let wanted = labels.indices.filter { labels[$0] >= 0 && block.contains(Int(labels[$0])) }
            if wanted.isEmpty { continue }
            if index < kept.count {
                kept[index].withReadable { x in
                    for row in wanted { result[row] = x[row * block.count + Int(labels[row]) - block.lowerBound] }
                }
                continue
            }
            // Each by itself: a product of a row and a column.
            let weights = try matrix.rows(block)
            scratch?.withWritable { out in
                for row in wanted {
                    let column = Int(labels[row]) - block.lowerBound
                    lend(hidden, weights, to: weights) { h, w, _ in
                        Device.gemmTile(
                            1, 1, width, 1, MatrixView(h + row * width, rowStride: width),
                            MatrixView(w + column * width, rowStride: width, transposed: true), 0,
                            MatrixView(out, rowStride: 1))
                    }
                    bias.withReadable { lethe_head_logits(out, $0.map { $0 + Int(labels[row]) }, cap, 1, 1) }
                    result[row] = out[0]
                }
            }
        }
        return result
    }

    /// One label for each row, drawn from its softmax; `uniform` gives each row's number in [0, 1), in order.
    func sampledLabels(_ uniform: (_ row: Int) -> Double) throws -> [Int32] {
        var draws = (0..<rows).map { Float(uniform($0)) }
        var labels = [Int32](repeating: -1, count: rows)
        let scratch = try self.scratch()
        for (index, block) in blocks.enumerated() {
            try device.cancellation.check()
            guard labels.contains(-1) else { break }
            try scratch.withWritable { p in
                try softmax(index, into: p)
                for row in 0..<rows where labels[row] < 0 {
                    for column in 0..<block.count {
                        draws[row] -= p[row * block.count + column]
                        if draws[row] < 0 {
                            labels[row] = Int32(block.lowerBound + column)
                            break
                        }
                    }
                }
            }
        }
        return labels.map { $0 < 0 ? Int32(vocabulary - 1) : $0 }
    }

    /// KL(other ‖ self) of each row, summed in float64.
    func divergence(from other: BlockedLogits) throws -> Tensor {
        let result = try Tensor(uninitialized: [rows], on: device)
        var sums = [Double](repeating: 0, count: rows)
        let scratch = try (scratch(), scratch())
        for (index, block) in blocks.enumerated() {
            try device.cancellation.check()
            let n = block.count
            try [scratch.0, scratch.1, largest, logSums, other.largest, other.logSums].withPointers { lent in
                try withLogits(index, 0..<rows, lent[0]) { x in
                    try other.withLogits(index, 0..<rows, lent[1]) { q in
                        sums.withUnsafeMutableBufferPointer { sums in
                            guard let sums = sums.baseAddress else { return }
                            device.forEachBlock(rows, size: rowsAtOnce(n)) { i, count in
                                lethe_head_divergence(
                                    x + i * n, lent[2] + i, lent[3] + i, q + i * n, lent[4] + i, lent[5] + i, sums + i,
                                    count, n)
                            }
                        }
                    }
                }
            }
        }
        result.withWritable { y in for row in 0..<rows { y[row] = Float(sums[row]) } }
        return result
    }

    /// Log-probabilities [rows, vocabulary], all of them.
    func logProbabilities() throws -> Tensor {
        let all = try Tensor(uninitialized: [rows, vocabulary], on: device), scratch = try self.scratch()
        for (index, block) in blocks.enumerated() {
            let n = block.count
            try [scratch, all, largest, logSums].withPointers { lent in
                try withLogits(index, 0..<rows, lent[0]) { x in
                    for row in 0..<rows {
                        let out = lent[1] + row * vocabulary + block.lowerBound
                        for i in 0..<n { out[i] = (x[row * n + i] - lent[2][row]) - lent[3][row] }
                    }
                }
            }
        }
        return all
    }
}
