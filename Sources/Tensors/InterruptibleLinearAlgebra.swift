/// LAPACK's work on large matrices, which it does in one call that hears no interrupt, so that Ctrl-C ends it.

extension LinearAlgebra {
    /// As ``singularValues(_:rows:columns:)``, and Ctrl-C ends it.
    /// - Throws: `TensorError.invalid` for numbers that are not finite; `TensorError.interrupted`.
    public static func singularValues(
        _ matrix: [Double], rows: Int, columns: Int, on device: Device
    ) throws -> (u: [Double], values: [Double], vt: [Double]) {
        let k = min(rows, columns)
        let operations = 10 * Double(rows) * Double(columns) * Double(k)
        let found = try device.interruptibly(operations: operations) {
            let found = try singularValues(matrix, rows: rows, columns: columns)
            return found.u + found.values + found.vt
        }
        guard let found else { return ([], [], []) }
        return (
            Array(found[..<(rows * k)]), Array(found[(rows * k)..<(rows * k + k)]), Array(found[(rows * k + k)...])
        )
    }

    /// As ``cholesky(_:size:)``, and Ctrl-C ends it.
    /// - Throws: `TensorError.interrupted`.
    public static func cholesky(_ matrix: [Double], size: Int, on device: Device) throws -> [Double]? {
        try device.interruptibly(operations: cube(size) / 3) { cholesky(matrix, size: size) }
    }

    static func cube(_ size: Int) -> Double { Double(size) * Double(size) * Double(size) }
}

extension SymmetricEigen {
    /// As ``init(_:size:vectors:cancellation:)``, and Ctrl-C ends it also within LAPACK's stages. Not for work that
    /// several threads share.
    /// - Throws: `TensorError.invalid` for numbers that are not finite, or that do not fill a square;
    ///   `TensorError.interrupted`.
    public init(_ matrix: [Double], size: Int, vectors wanted: Bool = true, on device: Device) throws {
        // Many of them are products with a vector, which wait for the memory and so count for several.
        let operations = LinearAlgebra.cube(size) * (wanted ? 8 : 4)
        let found = try device.interruptibly(operations: operations) {
            let eigen = try SymmetricEigen(matrix, size: size, vectors: wanted, cancellation: device.cancellation)
            return eigen.values + eigen.vectors
        }
        self.init(values: Array((found ?? []).prefix(size)), vectors: Array((found ?? []).dropFirst(size)), size: size)
    }
}

extension LUFactors {
    /// As ``init(_:size:)``, and Ctrl-C ends it.
    /// - Throws: `TensorError.interrupted`.
    public init?(_ matrix: [Double], size: Int, on device: Device) throws {
        let found = try device.interruptibly(operations: LinearAlgebra.cube(size) * 2 / 3) {
            LUFactors(matrix, size: size)?.numbers
        }
        guard let found else { return nil }
        self.init(numbers: found, size: size)
    }

    /// As ``solve(_:columns:transposed:)``, and Ctrl-C ends it.
    /// - Throws: `TensorError.interrupted`.
    public func solve(
        _ right: [Double], columns: Int, transposed: Bool = false, on device: Device
    ) throws -> [Double]? {
        try device.interruptibly(operations: 2 * Double(size) * Double(size) * Double(columns)) {
            solve(right, columns: columns, transposed: transposed)
        }
    }
}
