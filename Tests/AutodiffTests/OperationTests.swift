/// Every differentiable operation against finite differences: forward mode, reverse mode, forward over reverse, and
/// reverse over reverse.
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

/// The rows of the table that apply each operation. One that stands in Sources and not here fails the tests.
private let rowsOfOperations: [String: [String]] = [
    "UnaryOperation": UnaryFunction.allCases.filter { !flat.contains($0) }.map { "\($0)" },
    "BinaryOperation": ["[3, 4] add [4]", "[3, 4] multiply [3, 1]", "[9] remainder [9]"],
    "ScaleOperation": ["scale and shift"], "ShiftOperation": ["scale and shift"], "ClipOperation": ["clip"],
    "IdentityOperation": ["layer norm"], "NetworkOutputOperation": ["network output"], "ReshapeOperation": ["reshape"],
    "BroadcastOperation": ["broadcast"], "SumOperation": ["sum to", "mean"], "TransposeOperation": ["transpose"],
    "SegmentOperation": ["segment", "overlapping segments"], "PlaceOperation": ["place"], "GatherOperation": ["gather"],
    "ScatterOperation": ["scattered sum"], "SliceOperation": ["slice"], "PadOperation": ["pad"],
    "OverwriteOperation": ["overwrite"], "RestrictionOperation": ["pinned"], "ProjectionOperation": ["pinned"],
    "ConcatenateOperation": ["concatenate"], "DotOperation": ["dot"],
    "SolveOperation": ["solve", "solve for a vector", "inverse"], "CholeskyOperation": ["Cholesky"],
    "DeterminantOperation": ["determinant", "log determinant"],
    "EigenvaluesOperation": ["eigenvalues"], "EigenvectorsOperation": ["eigenvectors"],
    "SelectOperation": ["where"], "CumulativeSumOperation": ["running sums"],
    "SwapAxesOperation": ["axis to the front and back", "axis to the end and back"],
    "ReplaceOperation": ["replace", "clip to bounds"],
    "EuclideanNormOperation": ["norm"], "InverseLengthOperation": ["norm"], "ExtremeOperation": ["extreme"],
    "LogSoftmaxOperation": ["log-softmax", "log-softmax, three axes"],
    "LinearMapOperation": ["linear", "linear, transposed", "linear, transposed, with bias"],
    "NormOperation": ["layer norm", "RMS norm"], "LogSumExpOperation": ["log-sum-exp"],
    "CrossEntropyOperation": ["cross-entropy"],
    "AttentionOperation": ["attention, packed", "attention, apart", "attention without squares"],
    "HeadCrossEntropyOperation": [
        "head cross-entropy", "head cross-entropy in blocks", "stored head cross-entropy in blocks",
        "divergence of heads in blocks",
    ],
    "RecomputedOperation": ["recomputed"], "GateOperation": ["gate silu", "gate gelu"],
    "StoredLinearOperation": ["stored", "stored, transposed, with bias"],
    "RotaryOperation": ["rotary", "rotary, later positions"],
]

/// Operations of other modules, with the suite that holds them against finite differences.
private let operationsElsewhere = ["DataLossOperation": "LanguageModelsTests/DataLossTests.swift"]

/// Functions whose derivative is zero wherever there is one.
private let flat: [UnaryFunction] = [.sign, .floor, .round]
private let comparisons: [BinaryFunction] = [.less, .lessOrEqual, .equal]

@Suite struct OperationTests {
    let device = Device(threads: 2)

    /// A scalar function of the operation with curvature of its own: Σ c y + Σ (y²) / 2.
    func loss(_ operation: OperationCase, _ x: [Variable]) throws -> Variable {
        let y = try operation.apply(x)
        let weights = Variable(
            try Tensor((0..<y.value.count).map { Float(0.3 + 0.1 * Double($0 % 7)) }, shape: y.shape, on: device))
        return try (weights * y).sum() + 0.5 * (y * y).sum()
    }

    func inputs(_ operation: OperationCase, seed: UInt64) throws -> [Tensor] {
        var generator = RandomGenerator(seed: seed)
        return try operation.shapes.map { shape in
            let x = try Tensor.normal(shape, from: &generator, on: device)
            return operation.positive ? try x.map(.abs).combined(.add, scalar: 0.5) : x
        }
    }

    func dot(_ a: [Tensor], _ b: [Tensor]) throws -> Double { try zip(a, b).reduce(0) { try $0 + $1.0.dot($1.1) } }

    func close(_ a: Double, _ b: Double, _ tolerance: Double, scale: Double) -> Bool {
        abs(a - b) <= tolerance * (1 + scale)
    }

    @Test(arguments: operationCases) func reverseModeMatchesFiniteDifferences(_ operation: OperationCase) throws {
        let x = try inputs(operation, seed: 1), v = try inputs(operation, seed: 2)
        let gradient = try Differentiator().gradient(x.map { Variable($0) }) { try loss(operation, $0) }
        let h: Float = 1e-2
        func value(_ s: Float) throws -> Double {
            Double(try loss(operation, zip(x, v).map { Variable(try $0.combined(1, $1, s)) }).value.item())
        }
        // Fourth order in h, so that float32 rounding and truncation both stay small.
        let numeric = try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / Double(12 * h)
        let analytic = try dot(gradient.map(\.value), v)
        #expect(close(analytic, numeric, 2e-2, scale: abs(numeric)), "\(analytic) against \(numeric)")
        // Forward mode gives the same number.
        let y = try loss(operation, zip(x, v).map { Variable($0, tangent: $1) })
        let forward = Double(try y.tangent?.item() ?? 0)
        #expect(
            try close(
                forward, analytic, 1e-4,
                scale: abs(analytic) + dot(gradient.map(\.value), gradient.map(\.value)).squareRoot()),
            "\(forward) against \(analytic)")
    }

    @Test(arguments: operationCases) func hessianProductMatchesFiniteDifferencesAndReverseOverReverse(
        _ operation: OperationCase
    ) throws {
        let x = try inputs(operation, seed: 3), v = try inputs(operation, seed: 4), u = try inputs(operation, seed: 5)
        let differentiator = Differentiator()
        let product = try differentiator.hessianProduct(x.map { Variable($0) }, v.map { Variable($0) }) {
            try loss(operation, $0)
        }
        let h: Float = 5e-3
        func slope(_ s: Float) throws -> Double {
            let moved = try zip(x, v).map { Variable(try $0.combined(1, $1, s)) }
            return try dot(Differentiator().gradient(moved) { try loss(operation, $0) }.map(\.value), u)
        }
        let numeric = try (8 * (slope(h) - slope(-h)) - (slope(2 * h) - slope(-2 * h))) / Double(12 * h)
        let analytic = try dot(product.map(\.value), u)
        let scale = try abs(analytic) + dot(product.map(\.value), product.map(\.value)).squareRoot()
        #expect(close(analytic, numeric, 2e-2, scale: scale), "\(analytic) against \(numeric)")
        // grad(grad f · v), whose inner derivative is recorded.
        let twice = try differentiator.gradient(x.map { Variable($0) }) { x in
            let inner = try differentiator.gradient(x) { try loss(operation, $0) }
            return try zip(inner, v).map { try $0.dot(Variable($1)) }.reduce(Variable(Tensor(scalar: 0, on: device))) {
                try $0 + $1
            }
        }
        for (a, b) in zip(product, twice) {
            let difference = try (a.value - b.value).norm()
            #expect(difference <= 1e-3 * (1 + b.value.norm()), "difference \(difference) of \(b.value.norm())")
        }
    }

    @Test(arguments: operationCases) func thirdDerivativeMatchesFiniteDifferences(_ operation: OperationCase) throws {
        let x = try inputs(operation, seed: 6), v = try inputs(operation, seed: 7), u = try inputs(operation, seed: 8)
        let w = try inputs(operation, seed: 9), d = Differentiator()
        func product(_ x: [Variable]) throws -> Variable {
            let product = try d.hessianProduct(x, v.map { Variable($0) }) { try loss(operation, $0) }
            return try zip(product, u).map { try $0.dot(Variable($1)) }.reduce(Variable(Tensor(scalar: 0, on: device)))
            { try $0 + $1 }
        }
        let h: Float = 5e-3
        func moved(_ s: Float) throws -> Double {
            Double(try product(zip(x, w).map { Variable(try $0.combined(1, $1, s)) }).value.item())
        }
        let numeric = try (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / Double(12 * h)
        let third = try d.gradient(x.map { Variable($0) }) { try product($0) }.map(\.value)
        let analytic = try dot(third, w)
        let scale = try abs(analytic) + dot(third, third).squareRoot()
        #expect(close(analytic, numeric, 2e-2, scale: scale), "\(analytic) against \(numeric)")
        // Forward over the recorded product gives the same.
        let forward = try d.directional(x.map { Variable($0) }, w.map { Variable($0) }) { try product($0) }
        let along = Double(try forward.value.item())
        #expect(close(along, analytic, 1e-3, scale: scale), "\(along) against \(analytic)")
    }

    @Test func everyOperationHasARow() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let files = FileManager.default.enumerator(
            at: root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)
        var found: Set<String> = []
        let declaration =
            /(?:struct|class|enum)\s+(\w+)[^{\n]*:[^{\n]*\b(?:Operation|PrimitiveOperation|FusedOperation|LinearOperation)\b[^{\n]*\{/
        for case let url as URL in try #require(files) where url.pathExtension == "swift" {
            for match in try String(contentsOf: url, encoding: .utf8).matches(of: declaration) {
                found.insert(String(match.1))
            }
        }
        let names = Set(operationCases.map(\.name))
        #expect(found == Set(rowsOfOperations.keys).union(operationsElsewhere.keys))
        for (operation, rows) in rowsOfOperations {
            #expect(!rows.isEmpty && rows.allSatisfy(names.contains), "\(operation) lacks a row of \(rows)")
        }
        for file in operationsElsewhere.values {
            #expect(
                FileManager.default.fileExists(atPath: root.appendingPathComponent("Tests/\(file)").path), "\(file)")
        }
        for function in BinaryFunction.allCases where !comparisons.contains(function) {
            #expect(names.contains { $0.contains(" \(function) ") }, "\(function)")
        }
        #expect(names.count == operationCases.count)
    }

    @Test func stepsHaveNoSlope() throws {
        let x = Variable(
            try Tensor([-1.3, 0.2, 2.7], shape: [3], on: device),
            tangent: try Tensor([1, 1, 1], shape: [3], on: device))
        let d = Differentiator()
        for function in flat {
            let y = try x.apply(function)
            #expect(y.tangent?.elements.allSatisfy { $0 == 0 } ?? true)
            #expect(try d.gradient([x]) { try $0[0].apply(function).sum() }[0].value.elements == [0, 0, 0])
            let twice = try d.gradient([x]) { try d.gradient($0) { try $0[0].apply(function).sum() }[0].sum() }
            #expect(twice[0].value.elements == [0, 0, 0])
        }
        for function in comparisons {
            #expect(
                try d.gradient([x]) { try $0[0].combined(function, x.detached).sum() }[0].value.elements == [0, 0, 0])
        }
    }

    @Test func threeLevels() throws {
        let d = Differentiator()
        // f = x⁴: f''' = 24 x
        func third(_ x: Variable) throws -> Variable {
            try d.gradient([x]) {
                try d.gradient($0) { try d.gradient($0) { try $0[0] * $0[0] * $0[0] * $0[0] }[0] }[0]
            }[0]
        }
        #expect(try third(Variable(Tensor(scalar: 1.5, on: device))).value.item() == 36)
        // A third derivative through a fused operation.
        let value = try d.gradient([Variable(Tensor(scalar: 0.7, on: device))]) {
            try d.hessianProduct($0, [Variable(Tensor(scalar: 1, on: device))]) { try $0[0].apply(.gelu) }[0]
        }[0].value.item()
        #expect(abs(value + 0.767) < 1e-2, "third derivative of GELU: \(value)")
    }

    @Test func threadsDoNotChangeBits() throws {
        var results: [[[Float]]] = []
        for threads in [1, 2, 3] {
            let device = Device(threads: threads)
            var generator = RandomGenerator(seed: 9)
            let w = try Tensor.normal([300, 700], from: &generator, on: device),
                x = try Tensor.normal([500, 300], from: &generator, on: device)
            let g = try Differentiator().gradient([Variable(x), Variable(w)]) {
                try $0[0].linear($0[1]).apply(.gelu).logSumExp().sum()
            }
            results.append(g.map(\.value.elements))
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    /// A reverse sweep gives memory back as it goes: a long chain needs no more than on its way forward, and little is
    /// left when it is over.
    @Test func activationsAreLetGoOnTheWayBack() throws {
        let device = Device(threads: 1), count = 1 << 16, steps = 20
        let leaf = Variable(try Tensor(repeating: 0.5, shape: [count], on: device), requiresGradient: true)
        var x = leaf
        for _ in 0..<steps { x = try x.apply(.tanh) }
        let y = try x.sum()
        x = leaf
        let before = device.memory.live
        #expect(before >= (steps + 1) * count * 4)
        let gradient = try y.sweep(.gradient, to: [leaf])[0].gradient
        #expect(gradient?.isFinite == true)
        #expect(device.memory.peak <= before + 4 * count * 4, "\(device.memory.peak) after \(before)")
        #expect(device.memory.live <= 3 * count * 4)
    }
}
