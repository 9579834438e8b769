/// Gates of feed-forward layers (Shazeer, arXiv 2002.05202).
import CKernels
import Tensors

/// y = f(gate) · x, of equal shapes. f(gate) is not kept: to compute it again costs less than its memory.
struct GateOperation: PrimitiveOperation {
    let function: UnaryFunction
    var name: String { "gate" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard x[0].shape == x[1].shape else {
            throw TensorError.shapesDoNotFit(operation: name, left: x[0].shape, right: x[1].shape)
        }
        return try opened(x[0], times: x[1])
    }

    /// f(gate) · u in one pass.
    private func opened(_ gate: Tensor, times u: Tensor) throws -> Tensor {
        let result = try Tensor(uninitialized: gate.shape, on: gate.device)
        lend(gate, u, to: result) { gate, u, y in
            result.device.forEachBlock(result.count) {
                lethe_unary(function.rawValue, gate + $0, y + $0, $1)
                lethe_binary(BinaryFunction.multiply.rawValue, y + $0, u + $0, y + $0, $1)
            }
        }
        return result
    }

    /// f′(gate) · x · u in one pass.
    private func slope(_ gate: Tensor, _ x: Tensor, times u: Tensor) throws -> Tensor {
        let result = try Tensor(uninitialized: gate.shape, on: gate.device)
        [gate, x, u, result].withPointers { lent in
            let (gate, x, u, y) = (lent[0], lent[1], lent[2], lent[3])
            result.device.forEachBlock(result.count) {
                lethe_binary(BinaryFunction.multiply.rawValue, u + $0, x + $0, y + $0, $1)
                lethe_unary_reverse(function.rawValue, gate + $0, y + $0, y + $0, $1)
            }
        }
        return result
    }

    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        let ofGate = try tx[0].map { try slope(x[0], x[1], times: $0) }
        let ofX = try tx[1].map { try opened(x[0], times: $0) }
        if let ofGate, let ofX { return try ofGate + ofX }
        return ofGate ?? ofX
    }

    func reverse(_ r: borrowing Reversal) throws {
        if r.tx[0] == nil, r.tx[1] == nil, r.tdy == nil {
            if r.wantsValue(0) { try r.contribute(0, slope(r.x[0], r.x[1], times: r.dy)) }
            if r.wantsValue(1) { try r.contribute(1, opened(r.x[0], times: r.dy)) }
            return
        }
        let inputs = r.x.indices.map { Variable(r.x[$0], tangent: r.tx[$0]) }
        let results = try reverse(recorded: inputs, Variable(r.y, tangent: r.ty), Variable(r.dy, tangent: r.tdy))
        for (i, result) in results.enumerated() {
            if let result, r.wants(i) { try r.contribute(i, result.value, result.tangent) }
        }
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        let opened = try x[0].apply(function)
        return [
            try UnaryOperation(function: function).reverse(recorded: [x[0]], opened, dy * x[1])[0], try dy * opened,
        ]
    }
}

extension Variable {
    /// f(self) · other, of the same shape.
    public func gating(_ other: Variable, by function: UnaryFunction) throws -> Variable {
        try Variable(GateOperation(function: function), [self, other])
    }
}
