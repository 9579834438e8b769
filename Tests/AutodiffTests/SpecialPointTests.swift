/// Derivatives where functions have corners, poles and ends: what PyTorch 2.13 gives there, as golden numbers.
import Autodiff
import Tensors
import Testing

private let inf = Float.infinity, nan = Float.nan

/// A function of tensors [n], where it is taken, and what comes of it. Gradients are those of the sum of the results;
/// second derivatives those of the sum of an input's gradient, with respect to each input.
struct SpecialPoint: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [[Float]]
    let value: [Float]
    let gradients: [[Float]]
    /// By input whose gradient is differentiated, then by input; nil where PyTorch has none or NaN.
    var second: [[[Float]?]] = []
    /// Whether each result depends on the element at its own place alone.
    var isElementwise = true
    let apply: @Sendable ([Variable]) throws -> Variable
    var testDescription: String { name }
}

private func unary(
    _ f: UnaryFunction, _ x: [Float], _ value: [Float], _ gradient: [Float], _ second: [Float]? = nil
) -> SpecialPoint {
    SpecialPoint(
        name: "\(f)", inputs: [x], value: value, gradients: [gradient], second: second.map { [[$0]] } ?? []
    ) { try $0[0].apply(f) }
}

private func binary(
    _ f: BinaryFunction, _ a: [Float], _ b: [Float], _ value: [Float], _ gradients: [[Float]],
    _ second: [[[Float]?]] = []
) -> SpecialPoint {
    SpecialPoint(name: "\(f)", inputs: [a, b], value: value, gradients: gradients, second: second) {
        try $0[0].combined(f, $0[1])
    }
}

private func power(_ exponent: Float, _ value: [Float], _ gradient: [Float], _ second: [Float]? = nil) -> SpecialPoint {
    SpecialPoint(
        name: "x^\(exponent)", inputs: [[0, 1, -1]], value: value, gradients: [gradient],
        second: second.map { [[$0]] } ?? []
    ) { try $0[0].power(Variable(Tensor(scalar: exponent, on: $0[0].device))) }
}

private func power(of base: Float, _ value: [Float], _ gradient: [Float], _ second: [Float]? = nil) -> SpecialPoint {
    SpecialPoint(
        name: "\(base)^x", inputs: [[0, 1, 2, -1]], value: value, gradients: [gradient],
        second: second.map { [[$0]] } ?? []
    ) { try Variable(Tensor(scalar: base, on: $0[0].device)).power($0[0]) }
}

/// A function that mixes elements; its results are added with these weights.
private func mixing(
    _ name: String, _ x: [Float], _ value: [Float], _ gradient: [Float], _ second: [Float]? = nil,
    _ apply: @escaping @Sendable (Variable) throws -> Variable
) -> SpecialPoint {
    SpecialPoint(
        name: name, inputs: [x], value: value, gradients: [gradient], second: second.map { [[$0]] } ?? [],
        isElementwise: false
    ) { try apply($0[0]) }
}

private func weighted(_ x: Variable, _ weights: [Float]) throws -> Variable {
    try x * Variable(Tensor(weights, shape: [weights.count], on: x.device))
}

let specialPoints: [SpecialPoint] = [
    unary(.exp, [0, inf, -inf], [1, inf, 0], [1, inf, 0], [1, inf, 0]),
    unary(.log, [0, inf, -1], [-inf, inf, nan], [inf, 0, -1], [-inf, 0, -1]),
    unary(.tanh, [0, inf, -inf], [0, 1, -1], [1, 0, 0], [0, 0, 0]),
    unary(.sigmoid, [0, inf, -inf], [0.5, 1, 0], [0.25, 0, 0], [0, 0, 0]),
    unary(.softplus, [0, 100, inf, -inf], [0.6931472, 100, inf, 0], [0.5, 1, 1, 0], [0.25, 0, 0, 0]),
    unary(.relu, [0, -0.0, inf, -inf, nan], [0, 0, inf, 0, nan], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]),
    unary(.sqrt, [0, inf, -1], [0, inf, nan], [inf, 0, nan], [-inf, 0, nan]),
    unary(.abs, [0, -0.0, inf, -inf], [0, 0, inf, inf], [0, 0, 1, -1], [0, 0, 0, 0]),
    unary(.square, [0, inf, -inf], [0, inf, inf], [0, inf, -inf], [2, 2, 2]),
    unary(.reciprocal, [0, -0.0, inf, -inf], [inf, -inf, 0, 0], [-inf, -inf, 0, 0], [inf, -inf, 0, 0]),
    unary(.sin, [0], [0], [1], [0]), unary(.cos, [0], [1], [0], [-1]),
    unary(.erf, [0, inf, -inf], [0, 1, -1], [1.1283792, 0, 0]),
    unary(.floor, [0, 1, -1], [0, 1, -1], [0, 0, 0]), unary(.round, [0, 0.5, 1.5], [0, 0, 2], [0, 0, 0]),
    unary(.sign, [0, inf, -inf], [0, 1, -1], [0, 0, 0]), unary(.negate, [0, inf], [0, -inf], [-1, -1]),
    unary(.gelu, [0, 100, -100], [0, 100, 0], [0.5, 1, 0], [0.7978846, 0, 0]),
    unary(.geluExact, [0, 100, -100], [0, 100, 0], [0.5, 1, 0], [0.7978846, 0, 0]),
    unary(.silu, [0, 100, -100], [0, 100, 0], [0.5, 1, 0], [0.5, 0, 0]),
    binary(.maximum, [1, 0, 2], [1, 0, 1], [1, 0, 2], [[0.5, 0.5, 1], [0.5, 0.5, 0]]),
    binary(.minimum, [1, 0, 2], [1, 0, 1], [1, 0, 1], [[0.5, 0.5, 0], [0.5, 0.5, 1]]),
    binary(
        .power, [0, 0, 0, 0, 0, -1, 2, 0, -2], [0, 1, 2, 0.5, -1, 2, 0, 3, 3], [1, 0, 0, 0, inf, 1, 1, 0, -8],
        [[0, 1, 0, inf, -inf, -2, 0, 0, 12], [0, 0, 0, 0, -inf, nan, 0.6931472, 0, nan]]),
    power(0, [1, 1, 1], [0, 0, 0]), power(0.5, [0, 1, nan], [inf, 0.5, nan], [-inf, -0.25, nan]),
    power(1, [0, 1, -1], [1, 1, 1], [0, 0, 0]), power(1.5, [0, 1, nan], [0, 1.5, nan], [inf, 0.75, nan]),
    power(2, [0, 1, 1], [0, 2, -2], [2, 2, 2]), power(3, [0, 1, -1], [0, 3, 3], [0, 6, -6]),
    power(-1, [inf, 1, -1], [-inf, -1, -1], [inf, 2, -2]),
    power(of: 0, [1, 0, 0, inf], [0, 0, 0, -inf]), power(of: 1, [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]),
    power(
        of: 2, [1, 2, 4, 0.5], [0.6931472, 1.3862944, 2.7725887, 0.3465736], [0.480453, 0.960906, 1.9218121, 0.2402265]),
    binary(
        .divide, [1, 0, -1, 1, inf], [0, 0, 0, inf, inf], [inf, nan, -inf, 0, nan],
        [[inf, inf, inf, 0, 0], [-inf, nan, inf, 0, nan]],
        [[nil, [-inf, -inf, -inf, 0, 0]], [[-inf, -inf, -inf, 0, 0], [inf, nan, -inf, 0, nan]]]),
    binary(.remainder, [1, 4, -4], [2, 2, 3], [1, 0, 2], [[1, 1, 1], [0, -2, 2]]),
    binary(.multiply, [0], [inf], [nan], [[inf], [0]]),
    SpecialPoint(
        name: "clip", inputs: [[-1, 1, -2, 2, 0, nan]], value: [-1, 1, -1, 1, 0, nan], gradients: [[1, 1, 0, 0, 1, 0]]
    ) {
        try $0[0].clipped(-1, 1)
    },
    SpecialPoint(
        name: "clip to constant bounds that cross", inputs: [[-3, 0, 3]], value: [-1, -1, -1], gradients: [[0, 0, 0]]
    ) { try $0[0].clipped(1, -1) },
    SpecialPoint(
        name: "clip to followed bounds", inputs: [[-1, 1, -2, 2, 0], [-1, -1, -1, -1, -1], [1, 1, 1, 1, 1]],
        value: [-1, 1, -1, 1, 0], gradients: [[1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    ) { try $0[0].clipped($0[1], $0[2]) },
    SpecialPoint(
        name: "clip to crossed bounds", inputs: [[-3, 0, 3], [1, 1, 1], [-1, -1, -1]], value: [-1, -1, -1],
        gradients: [[0, 0, 0], [0, 0, 0], [1, 1, 1]]
    ) { try $0[0].clipped($0[1], $0[2]) },
    mixing("largest of all", [1, 3, 3, 0], [3], [0, 0.5, 0.5, 0]) { try $0.extreme(largest: true) },
    mixing("smallest of all", [0, 3, 3, 0], [0], [0.5, 0, 0, 0.5]) { try $0.extreme(largest: false) },
    mixing("largest with NaN", [1, nan, nan, 0], [nan], [0, 0.5, 0.5, 0]) { try $0.extreme(largest: true) },
    mixing("largest of three", [1, 1, 1], [1], [1 / 3, 1 / 3, 1 / 3]) {
        try $0.reshaped([3, 1]).extreme(largest: true)
    },
    mixing("norm at 0", [0, 0, 0], [0], [0, 0, 0], [nan, nan, nan]) { try Variable.norm([$0]) },
    mixing("norm", [3, 4], [5], [0.6, 0.8], [0.032, -0.024]) { try Variable.norm([$0]) },
    mixing("norm at infinity", [inf, 1], [inf], [nan, 0]) { try Variable.norm([$0]) },
    mixing("root of the sum of squares", [0, 0], [0], [nan, nan]) { try ($0 * $0).sum().apply(.sqrt) },
    mixing("softmax with -inf", [-inf, 0, 1], [0, 0.5378829, 2.1931758], [0, -0.1966119, 0.1966119], [0, 0, 0]) {
        try weighted($0.logSoftmax().apply(.exp), [1, 2, 3])
    },
    mixing(
        "log-softmax with -inf", [-inf, 0, 1], [-inf, -1.3132616, -0.3132617], [1, 0.1931757, -1.1931757], [0, 0, 0]
    ) { try $0.logSoftmax() },
    mixing("log-sum-exp with -inf", [-inf, 0, 1], [1.3132616], [0, 0.2689414, 0.7310586], [0, 0, 0]) {
        try $0.logSumExp()
    },
    mixing("log-sum-exp with inf", [inf, 0, 1], [inf], [nan, 0, 0]) { try $0.logSumExp() },
    mixing("log-sum-exp of nothing but -inf", [-inf, -inf], [-inf], [nan, nan]) { try $0.logSumExp() },
    mixing("softmax of nothing but -inf", [-inf, -inf], [nan, nan], [nan, nan]) { try $0.logSoftmax().apply(.exp) },
    mixing("softmax of large numbers", [1e7, 1e7, 9_999_999], [0.4223188, 0.4223188, 0.1553624], [0, 0, 0]) {
        try $0.logSoftmax().apply(.exp)
    },
    // PyTorch's own 0.3679, 0.3679, 0.1353 come from a rounded logarithm.
    mixing(
        "log-sum-exp of large numbers", [1e7, 1e7, 9_999_999], [10_000_001], [0.4223188, 0.4223188, 0.1553624],
        [0, 0, 0]
    ) { try $0.logSumExp() },
    mixing("cross-entropy with -inf", [-inf, 0, 1], [1.3132616], [0, -0.7310586, 0.7310586], [0, 0, 0]) {
        try $0.reshaped([1, 3]).crossEntropy([1])
    },
    mixing("cross-entropy of -inf", [-inf, 0, 1], [inf], [-1, 0.2689414, 0.7310586], [0, 0, 0]) {
        try $0.reshaped([1, 3]).crossEntropy([0])
    },
    mixing(
        "cross-entropy of large logits", [1e7, 1e7, 9_999_999], [1.8619947], [0.4223188, 0.4223188, -0.8446376],
        [0, 0, 0]
    ) {
        try $0.reshaped([1, 3]).crossEntropy([2])
    },
    mixing("cross-entropy of an ignored row", [-inf, 0, 1], [0], [0, 0, 0]) {
        try $0.reshaped([1, 3]).crossEntropy([-100])
    },
    SpecialPoint(name: "0 log 0", inputs: [[0]], value: [nan], gradients: [[nan]]) { try $0[0] * $0[0].apply(.log) },
    mixing("variance of a constant", [1, 1, 1], [0], [0, 0, 0], [0, 0, 0]) {
        let centred = try $0 - $0.mean()
        return try (centred * centred).mean()
    },
    mixing("deviation of a constant", [1, 1, 1], [0], [nan, nan, nan]) {
        let centred = try $0 - $0.mean()
        return try (centred * centred).mean().apply(.sqrt)
    },
    mixing("layer norm of a constant", [1, 1, 1], [0, 0, 0], [-316.22778, 0, 316.22778], [0, 0, 0]) { x in
        let weight = Variable(try Tensor([1, 2, 3], shape: [3], on: x.device)),
            bias = Variable(try Tensor.zeros([3], on: x.device))
        return try x.layerNorm(weight, bias, epsilon: 1e-5)
    },
]

@Suite struct SpecialPointTests {
    let device = Device(threads: 1)

    private func inputs(_ point: SpecialPoint) throws -> [Variable] {
        try point.inputs.map { Variable(try Tensor($0, shape: [$0.count], on: device)) }
    }

    private func agree(_ a: [Float], _ b: [Float]) -> Bool {
        a.count == b.count
            && zip(a, b).allSatisfy { a, b in
                a.isNaN ? b.isNaN : a == b || abs(a - b) <= 2e-6 * max(1, abs(b))
            }
    }

    private func sum(_ point: SpecialPoint, _ x: [Variable]) throws -> Variable { try point.apply(x).sum() }

    @Test(arguments: specialPoints) func valueAndGradientArePyTorchs(_ point: SpecialPoint) throws {
        let x = try inputs(point), d = Differentiator()
        let value = try point.apply(x).value.elements
        #expect(agree(value, point.value), "\(value)")
        let fused = try d.gradient(x) { try sum(point, $0) }.map(\.value.elements)
        let recorded = try nested(d) { try d.gradient(x) { try sum(point, $0) } }.map(\.value.elements)
        for (i, expected) in point.gradients.enumerated() {
            #expect(agree(fused[i], expected), "fused, input \(i): \(fused[i])")
            #expect(agree(recorded[i], expected), "recorded, input \(i): \(recorded[i])")
        }
        guard point.isElementwise else { return }
        // Forward, one input after the other.
        for (i, expected) in point.gradients.enumerated() {
            let ones = Variable(try Tensor(repeating: 1, shape: x[i].shape, on: device))
            let along = try d.directional([x[i]], [ones]) { moving in
                try point.apply(x.enumerated().map { $0.offset == i ? moving[0] : $0.element })
            }
            #expect(agree(along.value.elements, expected), "forward, input \(i): \(along.value.elements)")
        }
    }

    @Test(arguments: specialPoints.filter { !$0.second.isEmpty }) func secondDerivativesArePyTorchs(
        _ point: SpecialPoint
    ) throws {
        let x = try inputs(point), d = Differentiator()
        for (i, row) in point.second.enumerated() {
            let v = try x.enumerated().map {
                Variable(try Tensor(repeating: $0.offset == i ? 1 : 0, shape: $0.element.shape, on: device))
            }
            let product = try d.hessianProduct(x, v) { try sum(point, $0) }.map(\.value.elements)
            let twice = try d.gradient(x) { try d.gradient($0) { try sum(point, $0) }[i].sum() }.map(\.value.elements)
            for (j, expected) in row.enumerated() {
                guard let expected else { continue }
                // A direction of zeros along another input makes NaN of what is infinite there.
                if x.count == 1 {
                    #expect(agree(product[j], expected), "forward over reverse, \(i), \(j): \(product[j])")
                }
                #expect(agree(twice[j], expected), "reverse over reverse, \(i), \(j): \(twice[j])")
            }
        }
    }

    /// What a derivative inside another one gives.
    private func nested(_ d: Differentiator, _ body: () throws -> [Variable]) throws -> [Variable] {
        var results: [Variable] = []
        _ = try d.gradient([Variable(Tensor(scalar: 1, on: device))]) {
            results = try body()
            return $0[0]
        }
        return results
    }
}
