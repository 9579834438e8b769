/// Choosing between elements, axes in another order, and running sums.
import Tensors

/// y = a where the mask is not 0, else b. A choice, not a product: what is not chosen may be NaN or infinite.
struct SelectOperation: PrimitiveOperation {
    /// Shaped like both inputs.
    let mask: Tensor
    var name: String { "where" }

    func forward(_ x: [Tensor]) throws -> Tensor { try chosen(x[0], x[1]) }

    private func chosen(_ a: Tensor?, _ b: Tensor?) throws -> Tensor {
        for x in [a, b].compactMap(\.self) where x.shape != mask.shape {
            throw TensorError.shapesDoNotFit(operation: name, left: mask.shape, right: x.shape)
        }
        let zero = try a == nil || b == nil ? Tensor.zeros(mask.shape, on: mask.device) : mask
        return try (a ?? zero).withElements { a in
            try (b ?? zero).withElements { b in
                try mask.withElements { mask in
                    try Tensor(shape: self.mask.shape, on: self.mask.device) { y in
                        for i in y.indices { y[i] = mask[i] != 0 ? a[i] : b[i] }
                    }
                }
            }
        }
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { try chosen(tx[0], tx[1]) }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let zero = Variable(try Tensor.zeros(mask.shape, on: mask.device))
        return [try Variable(self, [dy, zero]), try Variable(self, [zero, dy])]
    }
}

/// [a, b, c, d] → [a, c, b, d]: what moves one axis over its neighbours.
struct SwapAxesOperation: LinearOperation {
    let sides: (Int, Int, Int, Int)
    var name: String { "axes" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        let (a, b, c, d) = sides
        guard x[0].shape == [a, b, c, d] else {
            throw TensorError.shapesDoNotFit(operation: name, left: [a, b, c, d], right: x[0].shape)
        }
        return try x[0].withElements { source in
            try Tensor(shape: [a, c, b, d], on: x[0].device) { target in
                var place = 0
                for i in 0..<a {
                    for k in 0..<c {
                        for j in 0..<b {
                            let from = ((i * b + j) * c + k) * d
                            for l in 0..<d { target[place + l] = source[from + l] }
                            place += d
                        }
                    }
                }
            }
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(SwapAxesOperation(sides: (sides.0, sides.2, sides.1, sides.3)), [dy])]
    }
}

/// Running sums along the middle one of three axes, added in float64.
struct CumulativeSumOperation: LinearOperation {
    /// From the last to the first.
    let isReversed: Bool
    var name: String { "cumsum" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard x[0].rank == 3 else { throw TensorError.invalid("running sums need three axes") }
        let (outer, size, inner) = (x[0].shape[0], x[0].shape[1], x[0].shape[2])
        return try x[0].withElements { source in
            try Tensor(shape: [outer, size, inner], on: x[0].device) { target in
                var sums = [Double](repeating: 0, count: inner)
                for i in 0..<outer {
                    for l in 0..<inner { sums[l] = 0 }
                    for step in 0..<size {
                        let start = (i * size + (isReversed ? size - 1 - step : step)) * inner
                        for l in 0..<inner {
                            sums[l] += Double(source[start + l])
                            target[start + l] = Float(sums[l])
                        }
                    }
                }
            }
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(CumulativeSumOperation(isReversed: !isReversed), [dy])]
    }
}

extension Variable {
    /// This where the mask is not 0, elsewhere the other; all three broadcast.
    public func selected(where mask: Tensor, else other: Variable) throws -> Variable {
        let both = try Tensor.broadcastShape(shape, other.shape, operation: "where")
        let shape = try Tensor.broadcastShape(mask.shape, both, operation: "where")
        return try Variable(
            SelectOperation(mask: mask.broadcast(to: shape)), [broadcast(to: shape), other.broadcast(to: shape)])
    }

    /// The axis as a number from 0 on; negative ones count from the end.
    public func axis(_ axis: Int) throws -> Int {
        let position = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(position) else {
            throw TensorError.invalid("a tensor \(shape) has no axis \(axis)")
        }
        return position
    }

    /// The same with one axis moved to the front, the others in their order.
    public func withFirst(axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        if axis == 0 { return self }
        let outer = Array(shape[..<axis]), inner = Array(shape[(axis + 1)...]), size = shape[axis]
        let sides = (1, outer.reduce(1, *), size, inner.reduce(1, *))
        return try swapped(sides).reshaped([size] + outer + inner)
    }

    /// The same with one axis moved to the end.
    public func withLast(axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        if axis == shape.count - 1 { return self }
        let outer = Array(shape[..<axis]), inner = Array(shape[(axis + 1)...]), size = shape[axis]
        return try swapped((outer.reduce(1, *), size, inner.reduce(1, *), 1)).reshaped(outer + inner + [size])
    }

    /// The inverse of `withFirst`: the first axis goes where `axis` says.
    public func movingFirst(to axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        if axis == 0 { return self }
        let size = shape[0], outer = Array(shape[1...axis]), inner = Array(shape[(axis + 1)...])
        let sides = (1, size, outer.reduce(1, *), inner.reduce(1, *))
        return try swapped(sides).reshaped(outer + [size] + inner)
    }

    /// The inverse of `withLast`: the last axis goes where `axis` says.
    public func movingLast(to axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        guard let size = shape.last, axis != shape.count - 1 else { return self }
        let outer = Array(shape[..<axis]), inner = Array(shape[axis..<(shape.count - 1)])
        return try swapped((outer.reduce(1, *), inner.reduce(1, *), size, 1)).reshaped(outer + [size] + inner)
    }

    private func swapped(_ sides: (Int, Int, Int, Int)) throws -> Variable {
        try Variable(SwapAxesOperation(sides: sides), [reshaped([sides.0, sides.1, sides.2, sides.3])])
    }

    /// Running sums along an axis.
    public func cumulativeSum(axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        let sides = [shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *)]
        return try Variable(CumulativeSumOperation(isReversed: false), [reshaped(sides)]).reshaped(shape)
    }
}
