/// Products with matrices in fewer bits: a block is widened into the cache and used there by all rows.
import CKernels

extension StoredMatrix {
    /// c (m × n, plus what it holds if it `adds`) ← a (m × k) · W, or a · Wᵀ where it is `transposed`; row-major.
    ///
    /// The blocks depend on the shapes alone, and each is one thread's: the same bits for any number of threads.
    package func multiply(
        _ m: Int, _ a: UnsafePointer<Float>, transposed: Bool, adds: Bool, _ c: UnsafeMutablePointer<Float>
    ) {
        let (n, k) = transposed ? (rows, columns) : (columns, rows)
        guard m > 0, n > 0 else { return }
        if k == 0 {
            if !adds { for i in 0..<(m * n) { c[i] = 0 } }
            return
        }
        let isNarrow = m <= 8, (width, depth) = Self.block(n, k, isNarrow: isNarrow, transposed: transposed)
        device.workers.run((n + width - 1) / width) { block in
            let first = block * width, count = min(width, n - first)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: width * depth) { buffer in
                guard let wide = buffer.baseAddress else { return }
                for start in stride(from: 0, to: k, by: depth) {
                    let length = min(depth, k - start), more = adds || start > 0
                    let along = first..<(first + count), inner = start..<(start + length)
                    if transposed { widen(along, inner, into: wide) } else { widen(inner, along, into: wide) }
                    let stride = transposed ? length : count
                    if isNarrow {
                        let kernel = transposed ? lethe_few_rows_transposed : lethe_few_rows
                        kernel(a + start, k, m, wide, stride, length, more ? 1 : 0, c + first, n, count)
                    } else {
                        Device.gemmTile(
                            m, count, length, 1, MatrixView(a + start, rowStride: k),
                            MatrixView(wide, rowStride: stride, transposed: transposed), more ? 1 : 0,
                            MatrixView(c + first, rowStride: n))
                    }
                }
            }
        }
    }

    /// Columns of the result, and numbers that are summed, of a block; multiples of 32 where there are more.
    private static func block(_ n: Int, _ k: Int, isNarrow: Bool, transposed: Bool) -> (width: Int, depth: Int) {
        func up(_ count: Int) -> Int { (count + 31) / 32 * 32 }
        // A few rows read each block once: it stays in the first caches. Many rows are worth larger ones.
        let size = isNarrow ? 1 << 14 : 1 << 17
        if isNarrow && transposed {
            let depth = min(up(k), 4096)
            return (max(4, min(n, size / depth)), depth)
        }
        let width = min(up(n), isNarrow ? 256 : max(64, min(256, up((n + 7) / 8))))
        return (width, min(up(k), max(32, size / width / 32 * 32)))
    }
}
