/// Unary functions and their derivatives, binary functions, and the in-place sums, against float64 formulas.
import CKernels
import Glibc
import Tensors
import Testing

/// One function of one number in float64, and where its derivatives may be probed.
struct UnaryCase: CustomTestStringConvertible, Sendable {
    let function: UnaryFunction
    let points: [Double]
    let relative: Double
    let reference: @Sendable (Double) -> Double
    var testDescription: String { "\(function)" }

    init(
        _ function: UnaryFunction, _ points: [Double], relative: Double = 4e-7,
        _ reference: @escaping @Sendable (Double) -> Double
    ) {
        self.function = function
        self.points = points
        self.relative = relative
        self.reference = reference
    }
}

private let everywhere: [Double] = [
    -30, -9, -4.3, -2.5, -1.3, -0.72, -0.6, -0.31, -0.04, 0.02, 0.11, 0.45, 0.64, 0.83, 1.4, 2.2, 3.7, 6.1, 11, 25,
]
private let steps: [Double] = [-30.2, -2.3, -0.7, -0.2, 0.3, 0.8, 1.4, 2.7, 11.1]
private let positive: [Double] = [0.02, 0.2, 0.7, 1, 1.6, 9, 300]
private func sigmoid(_ x: Double) -> Double { 1 / (1 + Glibc.exp(-x)) }

private let cases: [UnaryCase] = [
    UnaryCase(.exp, everywhere) { Glibc.exp($0) },
    UnaryCase(.log, positive) { Glibc.log($0) },
    UnaryCase(.tanh, everywhere) { Glibc.tanh($0) },
    UnaryCase(.sigmoid, everywhere) { sigmoid($0) },
    UnaryCase(.softplus, everywhere) { Swift.max($0, 0) + log1p(Glibc.exp(-Swift.abs($0))) },
    UnaryCase(.gelu, everywhere, relative: 3e-6) {
        $0 * sigmoid(2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))
    },
    UnaryCase(.silu, everywhere, relative: 2e-6) { $0 * sigmoid($0) },
    UnaryCase(.relu, everywhere) { $0 < 0 ? 0 : $0 },
    UnaryCase(.sqrt, positive) { $0.squareRoot() },
    UnaryCase(.abs, everywhere) { Swift.abs($0) },
    UnaryCase(.sign, everywhere) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
    UnaryCase(.negate, everywhere) { -$0 },
    UnaryCase(.square, everywhere) { $0 * $0 },
    UnaryCase(.reciprocal, positive + [-0.3, -2]) { 1 / $0 },
    UnaryCase(.sin, everywhere) { Glibc.sin($0) },
    UnaryCase(.cos, everywhere) { Glibc.cos($0) },
    UnaryCase(.floor, steps) { $0.rounded(.down) },
    UnaryCase(.round, steps) { $0.rounded(.toNearestOrEven) },
    UnaryCase(.geluExact, everywhere) { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) },
    UnaryCase(.erf, everywhere) { Glibc.erf($0) },
]

@Suite struct ElementwiseTests {
    let device = Device(threads: 2)

    @Test func everyUnaryFunctionHasACase() {
        #expect(Set(cases.map(\.function)) == Set(UnaryFunction.allCases))
    }

    @Test(arguments: cases) func value(_ test: UnaryCase) throws {
        var inputs = test.points.map { Float($0) }
        var numbers = Numbers(7)
        for _ in 0..<5000 {
            let x = numbers.next() * 12
            inputs.append(test.points[0] > 0 ? Swift.abs(x) + 1e-3 : x)
        }
        let result = try Tensor(inputs, shape: [inputs.count], on: device).map(test.function)
        // GELU's own definition cancels for x far below 0: absolute accuracy is what it has there.
        expectClose(
            result.elements, inputs.map { test.reference(Double($0)) }, relative: test.relative, absolute: 2e-7,
            "\(test.function)")
    }

    @Test(arguments: cases) func extremes(_ test: UnaryCase) throws {
        let inputs: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-20, -1e-20, 1e-38,
            3e38, -3e38, 1e20, -1e20, 88.7, 88.8, -87.3, -87.4, -103, 16.7, -16.7, 104, -104, 2.5, -0.5, 0.5, 8_388_609,
        ]
        let result = try Tensor(inputs, shape: [inputs.count], on: device).map(test.function).elements
        for (x, y) in zip(inputs, result) {
            let expected = test.reference(Double(x))
            // What the gated functions are at −∞ is 0 · ∞ by their formula.
            expectClose([y], [expected], relative: 3e-6, absolute: 3e-7, "\(test.function)(\(x))")
        }
        // Small arguments keep their relative accuracy where the function is about linear at 0.
        if [.tanh, .erf, .sin, .negate, .abs].contains(test.function) {
            #expect(Swift.abs(Double(result[9]) / test.reference(Double(inputs[9])) - 1) < 1e-6)
        }
    }

    @Test(arguments: cases) func tailsEqualTheMiddle(_ test: UnaryCase) {
        var numbers = Numbers(3)
        let x = numbers.array(70).map { test.points[0] > 0 ? Swift.abs($0) : 3 * $0 }
        let dy = numbers.array(70), tx = numbers.array(70), ddy = numbers.array(70)
        let op = test.function.rawValue
        func run(_ n: Int) -> [[Float]] {
            var y = [Float](repeating: 99, count: 80), dx = y, ddx = y
            lethe_unary(op, x, &y, n)
            lethe_unary_reverse(op, x, dy, &dx, n)
            lethe_unary_reverse_tangent(op, x, tx, dy, ddy, &ddx, n)
            return [y, dx, ddx]
        }
        let whole = run(70)
        for n in 0..<70 {
            for (part, all) in zip(run(n), whole) {
                // The compiler may fuse the two products of the last rule differently there.
                expectClose(part[..<n], all[..<n].map(Double.init), relative: 3e-7, absolute: 3e-7, "length \(n)")
                #expect(part[n...].allSatisfy { $0 == 99 }, "length \(n) writes beyond its end")
            }
        }
    }

    @Test(arguments: cases) func derivatives(_ test: UnaryCase) {
        let x = test.points.map { Float($0) }, n = x.count
        var numbers = Numbers(5)
        let dy = numbers.array(n), tx = numbers.array(n), ddy = numbers.array(n)
        var dx = [Float](repeating: 0, count: n), both = dx, second = dx
        let op = test.function.rawValue
        lethe_unary_reverse(op, x, dy, &dx, n)
        lethe_unary_reverse_tangent(op, x, tx, dy, ddy, &both, n)
        lethe_unary_reverse_tangent(op, x, tx, dy, nil, &second, n)
        for i in 0..<n {
            let at = Double(x[i]), h = 1e-3 * Swift.min(1, Swift.abs(at)), f = test.reference
            let first = (f(at - 2 * h) - 8 * f(at - h) + 8 * f(at + h) - f(at + 2 * h)) / (12 * h)
            let curve =
                (-f(at - 2 * h) + 16 * f(at - h) - 30 * f(at) + 16 * f(at + h) - f(at + 2 * h)) / (12 * h * h)
            let name = "\(test.function) at \(at)"
            expectClose([dx[i]], [Double(dy[i]) * first], relative: 3e-6, absolute: 3e-6, name)
            let bend = Double(dy[i]) * curve * Double(tx[i])
            expectClose([second[i]], [bend], relative: 1e-5, absolute: 1e-5 + 1e-8 / (h * h) * 1e-6, name)
            expectClose(
                [both[i]], [Double(ddy[i]) * first + bend], relative: 1e-5, absolute: 1e-5 + 1e-8 / (h * h) * 1e-6,
                name)
        }
    }

    @Test(arguments: [UnaryFunction.gelu, .silu, .geluExact, .tanh, .sigmoid, .softplus, .erf])
    func derivativesStayFiniteForHugeArguments(_ function: UnaryFunction) {
        let x: [Float] = [1e20, -1e20, 3e38, -3e38], ones = [Float](repeating: 1, count: 4)
        var dx = ones, ddx = ones
        lethe_unary_reverse(function.rawValue, x, ones, &dx, 4)
        lethe_unary_reverse_tangent(function.rawValue, x, ones, ones, nil, &ddx, 4)
        let linear: [Float] = [.gelu, .silu, .geluExact, .softplus].contains(function) ? [1, 0, 1, 0] : [0, 0, 0, 0]
        #expect(dx == linear)
        #expect(ddx == [0, 0, 0, 0])
    }

    // MARK: two arguments

    static let binaries: [(BinaryFunction, @Sendable (Double, Double) -> Double)] = [
        (.add, { $0 + $1 }), (.subtract, { $0 - $1 }), (.multiply, { $0 * $1 }), (.divide, { $0 / $1 }),
        (.power, { Glibc.pow($0, $1) }), (.maximum, { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }),
        (.minimum, { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }), (.less, { $0 < $1 ? 1 : 0 }),
        (.lessOrEqual, { $0 <= $1 ? 1 : 0 }), (.equal, { $0 == $1 ? 1 : 0 }),
        (
            .remainder,
            {
                let r = Glibc.fmod($0, $1)
                return r != 0 && (r < 0) != ($1 < 0) ? r + $1 : r
            }
        ),
    ]

    @Test func everyBinaryFunctionHasACase() {
        #expect(Set(Self.binaries.map(\.0)) == Set(BinaryFunction.allCases))
    }

    @Test(arguments: BinaryFunction.allCases) func binary(_ function: BinaryFunction) throws {
        let reference = try #require(Self.binaries.first { $0.0 == function }).1
        let special: [Float] = [
            0, 1, -1, 2, 3, -3, 0.5, -0.5, 7, 2.25, 1e10, -1e10, 1e-10, .infinity, -.infinity, .nan, 5.5, -7.75,
        ]
        var x: [Float] = [], y: [Float] = []
        for a in special {
            for b in special {
                x.append(a)
                y.append(b)
            }
        }
        let expected = zip(x, y).map { reference(Double($0), Double($1)) }
        let a = try Tensor(x, shape: [x.count], on: device), b = try Tensor(y, shape: [y.count], on: device)
        expectClose(try a.combined(function, b).elements, expected, relative: 1e-6, absolute: 1e-6, function.sign)
        for n in 0...40 {
            let short = try Tensor(x[..<n], shape: [n], on: device).combined(
                function, Tensor(y[..<n], shape: [n], on: device))
            expectClose(short.elements, Array(expected[..<n]), relative: 1e-6, absolute: 1e-6, "\(function.sign) \(n)")
        }
        // The forms with a number on one side say the same.
        for s in special {
            // A square root is not a power at −∞; it is taken where the exponent is 0.5.
            let right = x.map { function == .power && s == 0.5 && $0 == -.infinity ? 4 : $0 }
            expectClose(
                try Tensor(right, shape: [right.count], on: device).combined(function, scalar: s).elements,
                right.map { reference(Double($0), Double(s)) }, relative: 1e-6, absolute: 1e-6, "\(function) \(s)")
            expectClose(
                try a.combined(function, scalar: s, swapped: true).elements,
                x.map { reference(Double(s), Double($0)) }, relative: 1e-6, absolute: 1e-6, "\(s) \(function)")
        }
    }

    @Test func clippingKeepsNaN() throws {
        let x = try Tensor([-3, -1, 0, 0.5, 2, Float.nan, .infinity], shape: [7], on: device)
        let y = try x.clipped(-1, 1).elements
        #expect(Array(y[..<5]) == [-1, -1, 0, 0.5, 1])
        #expect(y[5].isNaN && y[6] == 1)
    }

    @Test func linearCombinations() throws {
        var numbers = Numbers(1)
        for n in [0, 1, 15, 16, 17, 33, 70, 40_000] {
            let x = numbers.array(n), y = numbers.array(n), z = numbers.array(n)
            var sum = y, both = y, product = z
            lethe_axpy(1.5, x, &sum, n)
            lethe_axpby(1.5, x, -0.25, y, &both, n)
            lethe_multiply_add(x, y, &product, n)
            expectClose(sum, zip(x, y).map { 1.5 * Double($0) + Double($1) })
            expectClose(both, zip(x, y).map { 1.5 * Double($0) - 0.25 * Double($1) })
            expectClose(product, (0..<n).map { Double(x[$0]) * Double(y[$0]) + Double(z[$0]) })
            let tensor = try Tensor(y, shape: [n], on: device)
            tensor.accumulate(try Tensor(x, shape: [n], on: device), times: 1.5)
            #expect(tensor.elements == sum)
        }
        let left = try Tensor([1, 2], shape: [2], on: device), right = try Tensor([1, 2], shape: [1, 2], on: device)
        #expect(throws: TensorError.self) { try left.combined(1, right, 1) }
    }
}
