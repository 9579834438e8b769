/// Products with frozen matrices in fewer bits than float32.
import Tensors

/// y = x W (+ b) for a W that never moves; `transposed`: the matrix is stored [out, in], so y = x Wᵀ. Input x [..., in].
struct StoredLinearOperation: LinearOperation {
    let matrix: StoredMatrix
    let transposed: Bool
    var bias: Tensor?
    var name: String { "linear" }

    private var sizes: (input: Int, output: Int) {
        transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let y = try result(for: x[0])
        if let bias { y.fillRows(with: bias) }
        multiply(x[0], into: y, adds: bias != nil)
        return y
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let tx = tx[0] else { return nil }
        let ty = try result(for: tx)
        multiply(tx, into: ty, adds: false)
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        for (part, dy) in [(CotangentPart.value, r.dy as Tensor?), (.tangent, r.tdy)] {
            guard let dy else { continue }
            try r.write(0, part) { transpose.multiply(dy, into: $0, adds: $1) }
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(transpose, [dy])]
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    /// dx = dy Wᵀ.
    private var transpose: StoredLinearOperation { StoredLinearOperation(matrix: matrix, transposed: !transposed) }

    private func result(for x: Tensor) throws -> Tensor {
        let (input, output) = sizes
        guard let last = x.shape.last, last == input, bias == nil || bias?.shape == [output] else {
            throw TensorError.shapesDoNotFit(operation: "@", left: x.shape, right: [input, output])
        }
        return try Tensor(uninitialized: Array(x.shape.dropLast()) + [output], on: x.device)
    }

    private func multiply(_ x: Tensor, into y: Tensor, adds: Bool) {
        let rows = sizes.input == 0 ? 0 : x.count / sizes.input
        lend(x, to: y) { matrix.multiply(rows, $0, transposed: transposed, adds: adds, $1) }
    }
}

extension Variable {
    /// self · W (+ bias) over the last axis for a frozen matrix; `transposed` if it is stored [out, in].
    public func linear(stored matrix: StoredMatrix, bias: Tensor? = nil, transposed: Bool = false) throws -> Variable {
        try Variable(StoredLinearOperation(matrix: matrix, transposed: transposed, bias: bias), [self])
    }
}
