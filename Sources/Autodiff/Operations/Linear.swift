/// Matrix products, with and without a bias.
import Tensors

/// y = x W (+ b) for rows x; `transposed`: the weight is stored [out, in], so y = x Wᵀ.
///
/// Inputs x [..., in], W, and optionally b [out].
struct LinearMapOperation: Operation {
    let transposed: Bool
    var name: String { "linear" }

    private func sizes(_ x: [Tensor]) throws -> (rows: Int, input: Int, output: Int) {
        let weight = x[1].shape
        guard weight.count == 2, x[0].rank >= 1 else {
            throw TensorError.shapesDoNotFit(operation: "@", left: x[0].shape, right: weight)
        }
        let (input, output) = transposed ? (weight[1], weight[0]) : (weight[0], weight[1])
        guard x[0].shape[x[0].rank - 1] == input, x.count < 3 || x[2].shape == [output] else {
            throw TensorError.shapesDoNotFit(
                operation: "@", left: x[0].shape, right: transposed ? [input, output] : weight)
        }
        return (input == 0 ? 0 : x[0].count / input, input, output)
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (rows, input, output) = try sizes(x)
        let y = try Tensor(uninitialized: Array(x[0].shape.dropLast()) + [output], on: x[0].device)
        if x.count == 3 { y.fillRows(with: x[2]) }
        try lend(x[0], x[1], to: y) { left, w, y in
            try x[0].device.stoppableGemm(
                rows, output, input, MatrixView(left, rowStride: input), weight(w, x[1].shape),
                beta: x.count == 3 ? 1 : 0, MatrixView(y, rowStride: output))
        }
        return y
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        let (rows, input, output) = try sizes(x)
        let ty = try Tensor(uninitialized: y.shape, on: y.device)
        var written = false
        if x.count == 3, let bias = tx[2] {
            ty.fillRows(with: bias)
            written = true
        }
        for (left, right) in [(tx[0], x[1] as Tensor?), (x[0] as Tensor?, tx[1])] {
            guard let left, let right else { continue }
            lend(left, right, to: ty) { a, w, c in
                y.device.gemm(
                    rows, output, input, MatrixView(a, rowStride: input), weight(w, right.shape),
                    beta: written ? 1 : 0, MatrixView(c, rowStride: output))
            }
            written = true
        }
        return ty
    }

    func reverse(_ r: borrowing Reversal) throws {
        // dx = dy Wᵀ, dW = xᵀ dy, db = Σ dy; the tangents by the product rule.
        let parts: [(CotangentPart, [(Tensor?, Tensor?)], [(Tensor?, Tensor?)], Tensor?)] = [
            (.value, [(r.dy, r.x[1])], [(r.x[0], r.dy)], r.dy),
            (.tangent, [(r.tdy, r.x[1]), (r.dy, r.tx[1])], [(r.x[0], r.tdy), (r.tx[0], r.dy)], r.tdy),
        ]
        let (rows, input, output) = try sizes(r.x)
        let device = r.device
        for (part, inputTerms, weightTerms, biasTerm) in parts {
            let forInput = inputTerms.compactMap { pair in pair.0.flatMap { a in pair.1.map { (a, $0) } } }
            if !forInput.isEmpty {
                try r.write(0, part) { place, accumulates in
                    for (n, (dy, w)) in forInput.enumerated() {
                        lend(dy, w, to: place) { a, b, c in
                            device.gemm(
                                rows, input, output, MatrixView(a, rowStride: output),
                                weight(b, w.shape, flipped: true), beta: accumulates || n > 0 ? 1 : 0,
                                MatrixView(c, rowStride: input))
                        }
                    }
                }
            }
            let forWeight = weightTerms.compactMap { pair in pair.0.flatMap { a in pair.1.map { (a, $0) } } }
            if !forWeight.isEmpty {
                try r.write(1, part, rows: rows) { place, accumulates, range in
                    for (n, (x, dy)) in forWeight.enumerated() {
                        let beta: Float = accumulates || n > 0 ? 1 : 0
                        lend(x, dy, to: place) { x, dy, place in
                            let left = x + range.lowerBound * input, right = dy + range.lowerBound * output
                            if transposed {
                                device.gemm(
                                    output, input, range.count, MatrixView(right, rowStride: output, transposed: true),
                                    MatrixView(left, rowStride: input), beta: beta, MatrixView(place, rowStride: input))
                            } else {
                                device.gemm(
                                    input, output, range.count, MatrixView(left, rowStride: input, transposed: true),
                                    MatrixView(right, rowStride: output), beta: beta,
                                    MatrixView(place, rowStride: output))
                            }
                        }
                    }
                }
            }
            if r.x.count == 3, let biasTerm {
                try r.write(2, part, rows: rows) { place, accumulates, range in
                    if !accumulates { place.fill(with: 0) }
                    place.addColumnSums(
                        of: biasTerm.segment(range.lowerBound * output, shape: [range.count, output]), columns: output)
                }
            }
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    /// W as gemm's right side for y = x W; `flipped` for dx = dy Wᵀ.
    private func weight(_ w: UnsafePointer<Float>, _ shape: [Int], flipped: Bool = false) -> MatrixView {
        MatrixView(w, rowStride: shape[1], transposed: transposed != flipped)
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let (rows, input, output) = try sizes(x.map(\.value))
        let flatInput = try x[0].reshaped([rows, input]), flatOutput = try dy.reshaped([rows, output])
        // Of frozen weights, and below the lowest that moves, nothing is wanted.
        let dx =
            x[0].requiresGradient
            ? try Variable(LinearMapOperation(transposed: !transposed), [flatOutput, x[1]]).reshaped(x[0].shape) : nil
        let dw =
            !x[1].requiresGradient
            ? nil
            : transposed ? try flatOutput.transposed().linear(flatInput) : try flatInput.transposed().linear(flatOutput)
        return x.count == 3 ? [dx, dw, try flatOutput.summed(to: [output])] : [dx, dw]
    }
}

extension Variable {
    /// self · W (+ bias) over the last axis; `transposed` if the weight is stored [out, in].
    public func linear(_ weight: Variable, bias: Variable? = nil, transposed: Bool = false) throws -> Variable {
        try Variable(LinearMapOperation(transposed: transposed), [self, weight] + (bias.map { [$0] } ?? []))
    }

    /// The matrix product `@`; vectors count as a row on the left, as a column on the right.
    public func matrixProduct(_ other: Variable) throws -> Variable {
        if other.value.rank == 1 {
            guard value.rank >= 1 else {
                throw TensorError.shapesDoNotFit(operation: "@", left: shape, right: other.shape)
            }
            let column = try other.reshaped([other.value.count, 1])
            return try matrixProduct(column, named: other.shape).reshaped(Array(shape.dropLast()))
        }
        return try matrixProduct(other, named: other.shape)
    }

    private func matrixProduct(_ other: Variable, named shape: [Int]) throws -> Variable {
        guard value.rank >= 1, other.value.rank == 2, self.shape[value.rank - 1] == other.shape[0] else {
            throw TensorError.shapesDoNotFit(operation: "@", left: self.shape, right: shape)
        }
        return try linear(other)
    }
}

extension Tensor {
    /// Every row of the last axis becomes `row`.
    func fillRows(with row: Tensor) {
        guard row.count > 0 else { return }
        let rows = count / row.count, width = row.count
        lend(row, to: self) { source, target in
            device.forEachBlock(rows, size: max(1, (1 << 15) / width)) { first, length in
                for i in first..<(first + length) { (target + i * width).update(from: source, count: width) }
            }
        }
    }
}
