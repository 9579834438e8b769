/// Singular values of large matrices, which LAPACK finds in one call that hears no interrupt.

extension LinearAlgebra {
    /// Smaller sides from here on take long enough for somebody to want to stop.
    private static let long = 400

    /// As ``singularValues(_:rows:columns:)``; those of a large matrix are found by a copy of the process, which is ended
    /// where the device's cancellation asks for it.
    /// - Throws: `TensorError.invalid` for numbers that are not finite; `TensorError.interrupted`.
    public static func singularValues(
        _ matrix: [Double], rows: Int, columns: Int, on device: Device
    ) throws -> (u: [Double], values: [Double], vt: [Double]) {
        let k = min(rows, columns)
        var found: [Double] = []
        if k >= long {
            try ForkedWork(on: device, most: 1).run([0]) { _ in
                guard let found = try? singularValues(matrix, rows: rows, columns: columns) else { return [] }
                return (found.u + found.values + found.vt).withUnsafeBytes { Array($0) }
            } waiting: {
                try device.cancellation.check()
            } finished: { _, result in
                guard case .finished(let bytes) = result else { return }
                found = bytes.withUnsafeBytes { $0.bindMemory(to: Double.self).map(\.self) }
            }
        }
        // What a copy could not do, as where none could be made, is done here, and says why it fails.
        guard k >= long, found.count == k * (rows + columns + 1) else {
            return try singularValues(matrix, rows: rows, columns: columns)
        }
        return (
            Array(found[..<(rows * k)]), Array(found[(rows * k)..<(rows * k + k)]), Array(found[(rows * k + k)...])
        )
    }
}
