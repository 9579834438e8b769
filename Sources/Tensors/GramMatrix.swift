/// Products that curvature factors are made of: XᵀX of many rows, and squared products of each example's rows.
import CKernels

extension Tensor {
    /// Adds XᵀX of this matrix X [rows, n] to `sums` (n × n, row-major, its lower triangle only): products in float32,
    /// sums in float64. Cut into tiles by n alone, so that threads do not change bits.
    package func addGram(to sums: inout [Double]) throws {
        guard rank == 2, sums.count == shape[1] * shape[1] else {
            throw TensorError.invalid("a matrix of shape \(shape) has no such product with itself")
        }
        let rows = shape[0], n = shape[1], side = 192, blocks = (n + side - 1) / side
        guard rows > 0, n > 0 else { return }
        let tiles = (0..<blocks).flatMap { row in (0...row).map { (row, $0) } }
        try device.cancellation.check()
        withReadable { base in
            sums.withUnsafeMutableBufferPointer { buffer in
                let sums = buffer
                device.workers.run(tiles.count) { index in
                    let top = tiles[index].0 * side, left = tiles[index].1 * side
                    let height = min(side, n - top), width = min(side, n - left)
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: height * width) { tile in
                        guard let target = tile.baseAddress else { return }
                        Device.gemmTile(
                            height, width, rows, 1, MatrixView(base + top, rowStride: n, transposed: true),
                            MatrixView(base + left, rowStride: n), 0, MatrixView(target, rowStride: width))
                        for row in 0..<height {
                            let place = (top + row) * n + left, own = row * width
                            for column in 0..<min(width, top + row - left + 1) {
                                sums[place + column] += Double(target[own + column])
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds Σ over examples of (Yₑᵀ Xₑ)² to this tensor [m, n], elementwise squares; Yₑ and Xₑ are the examples' `rows`
    /// of y [all, m] and x [all, n]. Each element is added by one thread, in the order of the examples.
    package func addSquaredProducts(of y: Tensor, _ x: Tensor, rows: [Range<Int>]) throws {
        guard rank == 2, y.rank == 2, x.rank == 2, y.shape[0] == x.shape[0], shape == [y.shape[1], x.shape[1]],
            rows.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= y.shape[0] })
        else {
            throw TensorError.shapesDoNotFit(operation: "squared products of", left: y.shape, right: x.shape)
        }
        let (m, n) = (shape[0], shape[1]), side = 64
        guard m > 0, n > 0 else { return }
        try device.cancellation.check()
        [[self], [y, x]].withPointers { lent in
            let target = lent[0][0], left = lent[1][0], right = lent[1][1]
            device.workers.run((m + side - 1) / side) { block in
                let first = block * side, height = min(side, m - first)
                withUnsafeTemporaryAllocation(of: Float.self, capacity: height * n) { tile in
                    guard let product = tile.baseAddress else { return }
                    for range in rows where !range.isEmpty {
                        Device.gemmTile(
                            height, n, range.count, 1,
                            MatrixView(left + range.lowerBound * m + first, rowStride: m, transposed: true),
                            MatrixView(right + range.lowerBound * n, rowStride: n), 0,
                            MatrixView(product, rowStride: n))
                        lethe_multiply_add(product, product, target + first * n, height * n)
                    }
                }
            }
        }
    }

    /// The products of this matrix's rows with another's, both [·, P], over the columns `columns`: [own, other] in
    /// float64. A few thousand columns at a time are multiplied in float32.
    package func rowProducts(with other: Tensor, columns: Range<Int>? = nil) throws -> [Double] {
        guard rank == 2, other.rank == 2, shape[1] == other.shape[1] else {
            throw TensorError.shapesDoNotFit(operation: "rows with rows of", left: shape, right: other.shape)
        }
        let width = shape[1], columns = columns ?? 0..<width, chunk = 1 << 12
        let (m, n) = (shape[0], other.shape[0]), count = (columns.count + chunk - 1) / chunk
        var sums = [Double](repeating: 0, count: m * n)
        guard columns.lowerBound >= 0, columns.upperBound <= width, m > 0, n > 0 else { return sums }
        try device.cancellation.check()
        // So many partial products at once that memory stays small.
        let wave = max(1, min(count, (1 << 22) / (m * n)))
        let parts = try Tensor(uninitialized: [wave, m * n], on: device)
        for first in stride(from: 0, to: count, by: wave) {
            try device.cancellation.check()
            let length = min(wave, count - first)
            [[self, other], [parts]].withPointers { lent in
                let left = lent[0][0], right = lent[0][1], part = lent[1][0]
                device.workers.run(length) { index in
                    let start = columns.lowerBound + (first + index) * chunk
                    Device.gemmTile(
                        m, n, min(chunk, columns.upperBound - start), 1, MatrixView(left + start, rowStride: width),
                        MatrixView(right + start, rowStride: width, transposed: true), 0,
                        MatrixView(part + index * m * n, rowStride: n))
                }
            }
            parts.withElements { part in
                for index in 0..<length {
                    for place in 0..<(m * n) { sums[place] += Double(part[index * m * n + place]) }
                }
            }
        }
        return sums
    }
}
