/// The table of differentiable operations: a row is one of them at one place.
import Autodiff
import Foundation
import Tensors
import Testing

struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let shapes: [[Int]]
    var positive = false
    let apply: @Sendable ([Variable]) throws -> Variable
    var testDescription: String { name }
}

/// A head that no derivative follows.
private func storedHead(on device: Device) throws -> StoredMatrix {
    let numbers = (0..<63).map { Float($0 % 11) / 7 - 0.6 }
    return try StoredMatrix(.float32, rows: 21, columns: 3, memory: Tensor(numbers, shape: [63], on: device))
}

private func unary(_ f: UnaryFunction, positive: Bool = false) -> OperationCase {
    OperationCase(name: "\(f)", shapes: [[3, 7]], positive: positive) { try $0[0].apply(f) }
}
private func binary(_ f: BinaryFunction, _ a: [Int], _ b: [Int], positive: Bool = false) -> OperationCase {
    OperationCase(name: "\(a) \(f) \(b)", shapes: [a, b], positive: positive) { try $0[0].combined(f, $0[1]) }
}
private let attention = AttentionShape(batch: 2, time: 5, heads: 4, groups: 2, width: 6, lengths: [5, 3])

/// `PlaceOperation`: the recorded reverse of a segment.
private func placed(_ x: Variable) throws -> Variable {
    let whole = Variable(try Tensor.zeros([12], on: x.device), requiresGradient: true)
    let gradient = try Differentiator.recordedGradient(
        of: whole.segment(3, shape: [2, 4]), withRespectTo: [whole], seed: x)
    return try #require(gradient[0])
}

/// A matrix that is far from singular, near 3 times the identity.
private func regular(_ x: Variable) throws -> Variable {
    try 0.3 * x + 3 * Variable(Tensor.identity(x.shape[0], on: x.device))
}
/// A symmetric one with eigenvalues far from 0 and from each other.
private func definite(_ x: Variable) throws -> Variable {
    let size = x.shape[0]
    let steps = Variable(try Tensor((1...size).map { Float(3 * $0) }, shape: [size], on: x.device))
    return try 0.2 * (x + x.transposed()) + Variable(Tensor.identity(size, on: x.device)) * steps
}

let operationCases: [OperationCase] = [
    unary(.exp), unary(.log, positive: true), unary(.tanh), unary(.sigmoid), unary(.softplus), unary(.gelu),
    unary(.geluExact), unary(.erf), unary(.silu), unary(.relu), unary(.sqrt, positive: true), unary(.abs),
    unary(.negate), unary(.square), unary(.reciprocal, positive: true), unary(.sin), unary(.cos),
    binary(.add, [3, 4], [3, 4]), binary(.add, [3, 4], [4]), binary(.subtract, [2, 1, 4], [3, 1]),
    binary(.multiply, [3, 4], [3, 1]), binary(.multiply, [3, 4], []), binary(.divide, [3, 4], [4], positive: true),
    binary(.power, [5], [5], positive: true), binary(.maximum, [17], [17]), binary(.minimum, [17], [17]),
    // Away from the jumps: the quotient stays between 3 and 4.
    OperationCase(name: "[9] remainder [9]", shapes: [[9], [9]], positive: true) {
        try (7.25 + 0.1 * $0[0]).combined(.remainder, 2 + 0.1 * $0[1])
    },
    binary(.power, [3, 4], [4], positive: true),
    binary(.divide, [3, 1], [2, 1, 4], positive: true),
    OperationCase(name: "scale and shift", shapes: [[6]]) { try 2 - 3 * $0[0] },
    OperationCase(name: "clip", shapes: [[19]]) { try $0[0].clipped(-0.5, 0.5) },
    OperationCase(name: "constant power", shapes: [[5]], positive: true) {
        try $0[0].power(Variable(Tensor(scalar: 3.5, on: $0[0].device)))
    },
    OperationCase(name: "clip to bounds", shapes: [[19], [], [19]]) { try $0[0].clipped(-0.7 + $0[1], 0.7 + $0[2]) },
    OperationCase(name: "pinned", shapes: [[7]]) { x in
        try x[0].pinned(
            outside: ElementSelection([1..<3, 5..<7], of: 7),
            at: Tensor([0.4, 0.1, -0.3, 0.8, 1.2, 0.2, -0.6], shape: [7], on: x[0].value.device))
    },
    OperationCase(name: "replace", shapes: [[4]]) {
        try $0[0].replaced(where: Tensor([1, 0, 0, 1], shape: [4], on: $0[0].device), by: 3)
    },
    OperationCase(name: "where", shapes: [[2, 3], [3]]) {
        try $0[0].selected(where: Tensor([1, 0, 0, 1, 1, 0], shape: [2, 3], on: $0[0].device), else: $0[1])
    },
    OperationCase(name: "axis to the front and back", shapes: [[2, 3, 4]]) {
        let first = try $0[0].withFirst(axis: 1)
        return try (first * first).movingFirst(to: 2)
    },
    OperationCase(name: "axis to the end and back", shapes: [[2, 3, 4]]) {
        let last = try $0[0].withLast(axis: 0)
        return try (last * last).movingLast(to: 1)
    },
    OperationCase(name: "solve", shapes: [[3, 3], [3, 2]]) { try regular($0[0]).solved(for: $0[1]) },
    OperationCase(name: "solve for a vector", shapes: [[3, 3], [3]]) {
        try regular($0[0]).transposed().solved(for: $0[1])
    },
    OperationCase(name: "inverse", shapes: [[3, 3]]) { try regular($0[0]).inverse() },
    OperationCase(name: "determinant", shapes: [[3, 3]]) { try 0.1 * regular($0[0]).determinant() },
    OperationCase(name: "log determinant", shapes: [[3, 3]]) { try regular($0[0]).logDeterminant() },
    OperationCase(name: "Cholesky", shapes: [[3, 3]]) { try definite($0[0]).choleskyFactor() },
    OperationCase(name: "eigenvalues", shapes: [[3, 3]]) { try definite($0[0]).symmetricEigenvalues() },
    OperationCase(name: "eigenvectors", shapes: [[3, 3]]) { try definite($0[0]).symmetricEigenvectors() },
    OperationCase(name: "running sums", shapes: [[2, 3, 4]]) { try $0[0].cumulativeSum(axis: 1) },
    OperationCase(name: "norm", shapes: [[2, 3], [4]]) { try Variable.norm($0) },
    OperationCase(name: "extreme", shapes: [[5, 2, 3]]) { try $0[0].extreme(largest: true) },
    OperationCase(name: "reshape", shapes: [[2, 6]]) { try $0[0].reshaped([3, 4]) },
    OperationCase(name: "broadcast", shapes: [[2, 1, 3]]) { try $0[0].broadcast(to: [2, 2, 4, 3]) },
    OperationCase(name: "sum to", shapes: [[2, 3, 4]]) { try $0[0].summed(to: [3, 1]) },
    OperationCase(name: "mean", shapes: [[2, 3]]) { try $0[0].mean() },
    OperationCase(name: "transpose", shapes: [[3, 5]]) { try $0[0].transposed() },
    OperationCase(name: "segment", shapes: [[12]]) { try $0[0].segment(3, shape: [2, 4]) },
    OperationCase(name: "overlapping segments", shapes: [[12]]) {
        try $0[0].segment(0, shape: [6]) * $0[0].segment(4, shape: [6]) * $0[0].segment(4, shape: [6])
    },
    OperationCase(name: "gather", shapes: [[4, 3]]) { try $0[0].gather([1, 3, 1, 0]) },
    OperationCase(name: "slice", shapes: [[4, 3, 5]]) { try $0[0].sliced([1..<3, 0..<3, 2..<4]) },
    OperationCase(name: "concatenate", shapes: [[2, 3], [1, 3]]) { try Variable.concatenated($0) },
    OperationCase(name: "scattered sum", shapes: [[4, 3]]) { try $0[0].scatteredSum([1, 3, 1, 0], count: 5) },
    OperationCase(name: "overwrite", shapes: [[4, 3, 5], [2, 3, 2]]) {
        try $0[0].overwriting([1..<3, 0..<3, 2..<4], with: $0[1])
    },
    OperationCase(name: "pad", shapes: [[2, 3]]) { try $0[0].padded([1..<3, 1..<4], to: [4, 5]) },
    OperationCase(name: "place", shapes: [[2, 4]]) { try placed($0[0]) },
    OperationCase(name: "network output", shapes: [[4]]) { try $0[0].asNetworkOutput() },
    OperationCase(name: "dot", shapes: [[2, 3], [2, 3]]) { try $0[0].dot($0[1]) },
    OperationCase(name: "linear", shapes: [[4, 3], [3, 5], [5]]) { try $0[0].linear($0[1], bias: $0[2]) },
    OperationCase(name: "linear, transposed", shapes: [[2, 2, 3], [5, 3]]) {
        try $0[0].linear($0[1], transposed: true)
    },
    OperationCase(name: "matrix times vector", shapes: [[4, 3], [3]]) { try $0[0].matrixProduct($0[1]) },
    OperationCase(name: "linear of segments", shapes: [[20]]) {
        try $0[0].segment(0, shape: [2, 3]).linear($0[0].segment(6, shape: [3, 4]))
    },
    OperationCase(name: "layer norm", shapes: [[5, 8], [8], [8]]) { try $0[0].layerNorm($0[1], $0[2], epsilon: 1e-2) },
    OperationCase(name: "RMS norm", shapes: [[40, 6], [6]]) { try $0[0].rmsNorm($0[1], epsilon: 1e-2) },
    OperationCase(name: "log-sum-exp", shapes: [[3, 5]]) { try $0[0].logSumExp() },
    OperationCase(name: "log-softmax", shapes: [[3, 5]]) { try $0[0].logSoftmax() },
    OperationCase(name: "log-softmax, three axes", shapes: [[2, 3, 5]]) { try $0[0].logSoftmax() },
    OperationCase(name: "linear, transposed, with bias", shapes: [[4, 3], [5, 3], [5]]) {
        try $0[0].linear($0[1], bias: $0[2], transposed: true)
    },
    OperationCase(name: "cross-entropy", shapes: [[4, 21]]) { try $0[0].crossEntropy([3, -100, 0, 20]) },
    OperationCase(name: "head cross-entropy", shapes: [[4, 3], [21, 3]]) {
        try HeadLogits($0[0], .variable($0[1])).crossEntropy([3, -100, 0, 20])
    },
    // Blocks of five columns, of which two are kept.
    OperationCase(name: "head cross-entropy in blocks", shapes: [[4, 3], [21, 3], [21]]) {
        try HeadLogits($0[0], .variable($0[1]), bias: $0[2], cap: 2, block: 5, kept: 40).crossEntropy([3, -100, 0, 20])
    },
    OperationCase(name: "stored head cross-entropy in blocks", shapes: [[4, 3], [21]]) {
        let matrix = try storedHead(on: $0[0].device)
        return try HeadLogits($0[0], .stored(matrix), bias: $0[1], block: 5, kept: 0).crossEntropy([3, 7, 0, 20])
    },
    OperationCase(name: "divergence of heads in blocks", shapes: [[4, 3], [21, 3]]) {
        let matrix = try storedHead(on: $0[0].device)
        let states = try Tensor((0..<12).map { Float($0 % 5) / 2 - 1 }, shape: [4, 3], on: $0[0].device)
        let other = HeadLogits(Variable(states), .stored(matrix), block: 5, kept: 20)
        return try HeadLogits($0[0], .variable($0[1]), block: 5, kept: 40).divergence(from: other)
    },
    OperationCase(name: "gate silu", shapes: [[3, 7], [3, 7]]) { try $0[0].gating($0[1], by: .silu) },
    OperationCase(name: "gate gelu", shapes: [[3, 7], [3, 7]]) { try $0[0].gating($0[1], by: .geluExact) },
    OperationCase(name: "recomputed", shapes: [[4, 3], [15]]) {
        try Variable.recomputed($0) { x in
            let inner = try x[0].linear(x[1].segment(0, shape: [3, 2])).apply(.gelu)
            return try x[0] + inner.linear(x[1].segment(6, shape: [2, 3]))
                * inner.linear(x[1].segment(9, shape: [2, 3]))
        }
    },
    // Three strips of queries whose probabilities are computed again, with cap, window and padding.
    OperationCase(name: "attention without squares", shapes: [[80, 8]]) {
        try $0[0].causalAttention(
            AttentionShape(
                batch: 2, time: 40, heads: 2, groups: 1, width: 2, lengths: [40, 33], softCap: 2, window: 9),
            longestKept: 0)
    },
    OperationCase(name: "attention, packed", shapes: [[10, 48]]) { try $0[0].causalAttention(attention) },
    OperationCase(name: "attention, apart", shapes: [[10, 24], [10, 12], [10, 12]]) {
        try Variable.causalAttention(queries: $0[0], keys: $0[1], values: $0[2], attention)
    },
    // More queries than a strip holds.
    OperationCase(name: "attention in strips", shapes: [[140, 6]]) {
        try $0[0].causalAttention(AttentionShape(batch: 2, time: 70, heads: 1, groups: 1, width: 2, lengths: [70, 66]))
    },
    OperationCase(name: "attention in strips, heads share keys", shapes: [[67, 4], [67, 2], [67, 2]]) {
        try Variable.causalAttention(
            queries: $0[0], keys: $0[1], values: $0[2],
            AttentionShape(batch: 1, time: 67, heads: 2, groups: 1, width: 2))
    },
    OperationCase(name: "stored, transposed, with bias", shapes: [[2, 9, 37]]) {
        try $0[0].linear(stored: stored(.bfloat16, rows: 5, columns: 37), bias: row(5), transposed: true)
    },
    OperationCase(name: "stored", shapes: [[3, 70]]) {
        try $0[0].linear(stored: stored(.eightBit, rows: 70, columns: 40))
    },
    OperationCase(name: "rotary", shapes: [[6, 16]]) {
        try $0[0].rotary(RotaryTable(positions: 3, width: 8, theta: 100, on: $0[0].device), time: 3)
    },
    OperationCase(name: "rotary, later positions", shapes: [[4, 8]]) {
        try $0[0].rotary(RotaryTable(positions: 9, width: 8, theta: 100, on: $0[0].device), time: 2, start: 7)
    },
]

/// A matrix that does not move.
private func stored(_ type: StorageType, rows: Int, columns: Int) throws -> StoredMatrix {
    let device = Device(threads: 2)
    let numbers = (0..<rows * columns).map { Float(sin(0.7 * Double($0))) / 6 }
    return try StoredMatrix(type, rows: rows, columns: columns, rounding: numbers, on: device)
}

private func row(_ count: Int) throws -> Tensor {
    try Tensor((0..<count).map { Float($0) / 10 }, shape: [count], on: Device(threads: 1))
}
