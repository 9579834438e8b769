/// Shapes that stretch: the rules of NumPy, and their inverse (summing back), which reverse rules need.

extension Tensor {
    /// The shape two operands share after broadcasting.
    public static func broadcastShape(_ a: [Int], _ b: [Int], operation: String) throws -> [Int] {
        var result = [Int](repeating: 1, count: max(a.count, b.count))
        for i in 0..<result.count {
            let x = i < a.count ? a[a.count - 1 - i] : 1
            let y = i < b.count ? b[b.count - 1 - i] : 1
            guard x == y || x == 1 || y == 1 else {
                throw TensorError.shapesDoNotFit(operation: operation, left: a, right: b)
            }
            result[result.count - 1 - i] = x == 1 ? y : x
        }
        return result
    }

    /// Strides (in elements) of this tensor seen under the larger `target`; 0 where an axis stretches.
    private func strides(under target: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: target.count)
        var stride = 1
        for i in 0..<rank {
            let axis = rank - 1 - i
            if shape[axis] != 1 { strides[target.count - 1 - i] = stride }
            stride *= shape[axis]
        }
        return strides
    }

    /// This tensor repeated to `target`.
    public func broadcast(to target: [Int]) throws -> Tensor {
        if shape == target { return self }
        guard rank <= target.count, try Tensor.broadcastShape(shape, target, operation: "to") == target else {
            throw TensorError.shapesDoNotFit(operation: "to", left: shape, right: target)
        }
        let result = try Tensor(uninitialized: target, on: device)
        lend(self, to: result) { source, destination in
            Tensor.walk(target, strides(under: target)) { index, position, run, stride in
                if stride == 0 {
                    (destination + index).update(repeating: source[position], count: run)
                } else {
                    (destination + index).update(from: source + position, count: run)
                }
            }
        }
        return result
    }

    /// The sum over everything that broadcasting from `target` to this shape repeated; the inverse of `broadcast`.
    public func summed(to target: [Int]) throws -> Tensor {
        if shape == target { return self }
        guard target.count <= rank, try Tensor.broadcastShape(target, shape, operation: "to") == shape else {
            throw TensorError.shapesDoNotFit(operation: "to", left: shape, right: target)
        }
        if target.allSatisfy({ $0 == 1 }) {
            return try Tensor(scalar: Float(sum()), on: device).reshaped(target)
        }
        let result = try Tensor(repeating: 0, shape: target, on: device)
        let inner = target.drop { $0 == 1 }
        if shape.suffix(inner.count) == inner {
            // Leading axes only: sums of columns.
            result.addColumnSums(of: self, columns: result.count)
            return result
        }
        var sums = [Double](repeating: 0, count: result.count)
        lend(self, to: result) { source, destination in
            sums.withUnsafeMutableBufferPointer { buffer in
                guard let sums = buffer.baseAddress else { return }
                Tensor.walk(shape, result.strides(under: shape)) { index, position, run, stride in
                    if stride == 0 {
                        sums[position] += lethe_sum(source + index, run)
                    } else {
                        lethe_add_float64(source + index, sums + position, run)
                    }
                }
            }
            for index in 0..<result.count { destination[index] = Float(sums[index]) }
        }
        return result
    }

    /// Visits `shape` row by row (last axis as one run): index into it, position under `strides`, length, last stride.
    private static func walk(_ shape: [Int], _ strides: [Int], _ visit: (Int, Int, Int, Int) -> Void) {
        let run = shape.last ?? 1, last = strides.last ?? 0
        let outer = shape.dropLast().reduce(1, *)
        guard outer > 0, run > 0 else { return }
        var counter = [Int](repeating: 0, count: max(0, shape.count - 1))
        var position = 0
        for row in 0..<outer {
            visit(row * run, position, run, last)
            var axis = counter.count - 1
            while axis >= 0 {
                counter[axis] += 1
                position += strides[axis]
                if counter[axis] < shape[axis] { break }
                position -= strides[axis] * shape[axis]
                counter[axis] = 0
                axis -= 1
            }
        }
    }
}

import CKernels
