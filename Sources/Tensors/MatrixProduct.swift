/// Matrix products on OpenBLAS, cut into tiles whose size depends on the shapes only.
import COpenBLAS

/// A matrix in memory for `gemm`: its first element, the distance between rows, and whether it is used transposed.
package struct MatrixView {
    package let base: UnsafeMutablePointer<Float>
    package let rowStride: Int
    package let transposed: Bool

    package init(_ base: UnsafeMutablePointer<Float>, rowStride: Int, transposed: Bool = false) {
        self.base = base
        self.rowStride = rowStride
        self.transposed = transposed
    }

    /// A matrix that is only read.
    package init(_ base: UnsafePointer<Float>, rowStride: Int, transposed: Bool = false) {
        self.init(UnsafeMutablePointer(mutating: base), rowStride: rowStride, transposed: transposed)
    }

    /// The view that starts `rows` logical rows further down.
    func skipping(rows: Int) -> UnsafeMutablePointer<Float> { base + rows * (transposed ? 1 : rowStride) }
    func skipping(columns: Int) -> UnsafeMutablePointer<Float> { base + columns * (transposed ? rowStride : 1) }
}

extension Device {
    /// c (m × n) ← alpha · a (m × k) · b (k × n) + beta · c, all row-major, on all threads.
    package func gemm(
        _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1, _ a: MatrixView, _ b: MatrixView, beta: Float = 0,
        _ c: MatrixView
    ) {
        guard m > 0, n > 0 else { return }
        if m <= Device.fewRows, n * k >= Device.muchWeight, !a.transposed, alpha == 1, beta == 0 || beta == 1 {
            return fewRows(m, n, k, a, b, adds: beta == 1, c)
        }
        let (tall, wide) = Device.tiles(m, n, k)
        if tall * wide == 1 { return Device.gemmTile(m, n, k, alpha, a, b, beta, c) }
        let height = ((m + tall - 1) / tall + 15) / 16 * 16, width = ((n + wide - 1) / wide + 15) / 16 * 16
        let columns = (n + width - 1) / width
        workers.run((m + height - 1) / height * columns) { tile in
            let row = tile / columns * height, column = tile % columns * width
            Device.gemmTile(
                min(height, m - row), min(width, n - column), k, alpha,
                MatrixView(a.skipping(rows: row), rowStride: a.rowStride, transposed: a.transposed),
                MatrixView(b.skipping(columns: column), rowStride: b.rowStride, transposed: b.transposed), beta,
                MatrixView(c.skipping(rows: row) + column, rowStride: c.rowStride))
        }
    }

    /// Rows up to which a matrix is read straight from memory, and elements from which on that pays.
    private static let fewRows = 8, muchWeight = 1 << 14

    /// `gemm` for a few rows: all threads read the matrix, each its own columns of the result.
    private func fewRows(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView, _ b: MatrixView, adds: Bool, _ c: MatrixView
    ) {
        // Wide strips are read fastest; a matrix that has only one is cut in two.
        let width = b.transposed ? max(16, (1 << 16) / max(1, k)) : (n / max(2, (n + 767) / 768) + 15) / 16 * 16 + 16
        workers.run((n + width - 1) / width) { block in
            let first = block * width, kernel = b.transposed ? lethe_few_rows_transposed : lethe_few_rows
            kernel(
                a.base, a.rowStride, m, b.skipping(columns: first), b.rowStride, k, adds ? 1 : 0, c.base + first,
                c.rowStride, min(width, n - first))
        }
    }

    /// How many tiles c is cut into, down and across: a power of two of at most 16 in all, and by the shapes alone.
    ///
    /// BLAS copies the rows of a and the columns of b that a tile needs, so that each multiplication of an m × n tile
    /// costs 1/m + 1/n of a copied element. Below 1/160 that is hardly noticed (at 1/80 it takes a tenth of the time);
    /// smaller tiles than that are made only so that a few threads have work at all.
    static func tiles(_ m: Int, _ n: Int, _ k: Int) -> (tall: Int, wide: Int) {
        var best = (tall: 1, wide: 1), count = 2
        while count <= 16 {
            var next = best, least = Double.infinity, tall = 1
            while tall <= count {
                let copies = Double(tall) / Double(max(1, m)) + Double(count / tall) / Double(max(1, n))
                if copies < least { (least, next) = (copies, (tall, count / tall)) }
                tall *= 2
            }
            let work = m * n / 64 * k / count * 64
            guard count == 2 && work >= 1 << 20 || count == 4 && work >= 1 << 22 || work >= 1 << 22 && least <= 1 / 160
            else {
                return best
            }
            best = next
            count *= 2
        }
        return best
    }

    /// The same on the calling thread.
    package static func gemmTile(
        _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: MatrixView, _ b: MatrixView, _ beta: Float, _ c: MatrixView
    ) {
        cblas_sgemm(
            CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), alpha, a.base, blasint(max(1, a.rowStride)), b.base,
            blasint(max(1, b.rowStride)), beta, c.base, blasint(max(1, c.rowStride)))
    }
}

extension Device {
    /// c (n × n, its lower triangle only) ← a aᵀ for a (n × k), on the calling thread.
    package static func outerProductTile(_ n: Int, _ k: Int, _ a: MatrixView, _ c: UnsafeMutablePointer<Float>) {
        cblas_ssyrk(
            CblasRowMajor, CblasLower, CblasNoTrans, blasint(n), blasint(k), 1, a.base, blasint(max(1, a.rowStride)), 0,
            c,
            blasint(max(1, n)))
    }
}

extension Device {
    /// `gemm` in strips of a few billion multiplications, between which the user may stop it.
    package func stoppableGemm(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView, _ b: MatrixView, beta: Float = 0, _ c: MatrixView
    ) throws {
        let strip = max(64, 4_000_000_000 / max(1, n * k) / 64 * 64)
        for row in stride(from: 0, to: m, by: strip) {
            if row > 0 { try cancellation.check() }
            gemm(
                min(strip, m - row), n, k,
                MatrixView(a.skipping(rows: row), rowStride: a.rowStride, transposed: a.transposed),
                b, beta: beta, MatrixView(c.skipping(rows: row), rowStride: c.rowStride))
        }
    }
}

extension Tensor {
    /// The matrix product with either side transposed: [m, k] · [k, n]. Vectors count as one row (left) or one column
    /// (right), and their axis disappears from the result. A left side of higher rank is a stack of rows.
    public func matrixProduct(
        _ other: Tensor, transposed: Bool = false, otherTransposed: Bool = false
    ) throws -> Tensor {
        func misfit() -> TensorError { .shapesDoNotFit(operation: "@", left: shape, right: other.shape) }
        guard rank >= 1, other.rank == 1 || other.rank == 2, rank <= 2 || !transposed else { throw misfit() }
        let leftColumns = shape[rank - 1]
        let leftRows = leftColumns == 0 ? shape.dropLast().reduce(1, *) : count / leftColumns
        let (m, k) = transposed && rank == 2 ? (leftColumns, leftRows) : (leftRows, leftColumns)
        let otherRows = other.shape[0], otherColumns = other.rank == 2 ? other.shape[1] : 1
        let flip = otherTransposed && other.rank == 2
        let (inner, n) = flip ? (otherColumns, otherRows) : (otherRows, otherColumns)
        guard inner == k else { throw misfit() }
        var resultShape = transposed ? (rank == 2 ? [m] : []) : Array(shape.dropLast())
        if other.rank == 2 { resultShape.append(n) }
        let result = try Tensor(uninitialized: resultShape, on: device)
        if k == 0 { result.fill(with: 0); return result }
        try lend(self, other, to: result) { a, b, c in
            try device.stoppableGemm(
                m, n, k, MatrixView(a, rowStride: leftColumns, transposed: transposed && rank == 2),
                MatrixView(b, rowStride: otherColumns, transposed: flip), MatrixView(c, rowStride: n))
        }
        return result
    }

    /// A matrix with rows and columns exchanged.
    public func transposed() throws -> Tensor {
        guard rank == 2 else { throw TensorError.invalid("only a matrix can be transposed; this has shape \(shape)") }
        let result = try Tensor(uninitialized: [shape[1], shape[0]], on: device)
        lend(self, to: result) { lethe_transpose($0, $1, shape[0], shape[1]) }
        return result
    }
}

import CKernels
