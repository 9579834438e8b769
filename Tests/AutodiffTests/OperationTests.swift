/// Every differentiable operation against finite differences: forward mode, reverse mode, forward over reverse, and
/// reverse over reverse.
import Autodiff
import Foundation
import Tensors
import Testing

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
