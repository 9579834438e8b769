// The loss over many batches as one operation: every rule against the same sum as one graph, and against differences.

import Autodiff
import LanguageModels
import Tensors
import Testing

private enum Kind: String, CaseIterable, Sendable { case gpt2, llama }

@Suite struct DataLossTests {
    let device = Device(threads: 2)

    private func model(_ kind: Kind, seed: UInt64 = 1) throws -> LanguageModel {
        var generator = RandomGenerator(seed: seed)
        let architecture: any Architecture =
            switch kind {
            case .gpt2: try Transformer.gpt2(vocabulary: 11, context: 8, width: 8, layers: 2, heads: 2)
            case .llama:
                try Transformer.llama(vocabulary: 11, context: 8, width: 8, layers: 2, heads: 4, groups: 2, on: device)
            }
        let fresh = try LanguageModel(initializing: architecture, from: &generator, on: device)
        // Fresh weights of 0.02 make a network that is nearly linear: larger ones have curvature to be wrong about.
        let noise = try Tensor.normal([fresh.layout.count], from: &generator, on: device)
        return try fresh.with(weights: Variable(fresh.weights.value.combined(1, noise, 0.3)))
    }

    private let batches: [TokenBatch]
    /// Each batch's share of the 9 targets.
    private let shares: [Float] = [2.0 / 9, 3.0 / 9, 0, 4.0 / 9]

    init() throws {
        batches = [
            try TokenBatch([[1, 2, 3]]),
            try TokenBatch([[4, 5, 6, 7], [8, 9]], labels: [[-100, 5, 6, -100], [-100, 9]]),
            try TokenBatch([[3, 3]], labels: [[3, -100]]), try TokenBatch([[10, 0, 1, 2, 4]]),
        ]
    }

    /// The same sum with every batch in one graph.
    private func whole(_ model: LanguageModel) throws -> Variable {
        var sum = try shares[0] * model.nll(batches[0])
        for i in [1, 3] { sum = try sum + shares[i] * model.nll(batches[i]) }
        return sum
    }

    /// Functions of the loss with slopes and curvature of their own, at weights that are leaves or computed from
    /// leaves.
    private func functions(
        _ base: LanguageModel, _ loss: @escaping (LanguageModel) throws -> Variable
    )
        -> [(name: String, f: Differentiator.Function)]
    {
        func at(_ weights: Variable) throws -> Variable { try loss(base.with(weights: weights)) }
        return [
            ("L", { try at($0[0]) }),
            (
                "L²",
                {
                    let l = try at($0[0]); return try l * l
                }
            ),
            ("L e^(mean w)", { try at($0[0]) * $0[0].mean().apply(.exp) }),
            ("L(2w - w₀)", { try at(2 * $0[0] - base.weights.detached) }),
            (
                "L(w + w²)²",
                {
                    let l = try at($0[0] + $0[0] * $0[0]); return try l * l
                }
            ),
        ]
    }

    private func distance(_ a: Tensor, _ b: Tensor) throws -> Double { try (a - b).norm() / max(1e-3, b.norm()) }

    @Test(arguments: Kind.allCases) private func everyRuleEqualsThatOfOneGraph(_ kind: Kind) throws {
        let base = try model(kind), d = Differentiator()
        var generator = RandomGenerator(seed: 2)
        let v = Variable(try Tensor.normal([base.layout.count], from: &generator, on: device))
        let batches = batches
        for (ours, theirs) in zip(functions(base) { try $0.nll(batches) }, functions(base, whole)) {
            let x = [base.weights]
            let (value, gradient) = try d.valueAndGradient(x, of: ours.f)
            let (expected, slope) = try d.valueAndGradient(x, of: theirs.f)
            #expect(
                abs(try value.value.item() - expected.value.item()) < 1e-5 * max(1, abs(try expected.value.item())),
                "\(ours.name)")
            #expect(try distance(gradient[0].value, slope[0].value) < 1e-4, "gradient of \(ours.name)")
            let hessian = try d.hessianProduct(x, [v], of: theirs.f)[0].value
            #expect(try distance(d.hessianProduct(x, [v], of: ours.f)[0].value, hessian) < 1e-4, "hvp of \(ours.name)")
            let both = try d.gradientAndHessianProduct(x, [v], of: ours.f)
            #expect(try distance(both.gradient[0].value, slope[0].value) < 1e-4, "gradient beside hvp of \(ours.name)")
            #expect(try distance(both.product[0].value, hessian) < 1e-4, "hvp beside gradient of \(ours.name)")
            #expect(
                try distance(
                    d.gaussNewtonProduct(x, [v], of: ours.f)[0].value,
                    d.gaussNewtonProduct(x, [v], of: theirs.f)[0].value) < 1e-4,
                "ggnvp of \(ours.name)")
            // Forward mode alone, and the gradient of the gradient.
            let along = try d.directional(x, [v], of: ours.f).value
            #expect(
                abs(Double(try along.item()) - (try slope[0].value.dot(v.value))) < 1e-4 * (1 + slope[0].value.norm()),
                "jvp of \(ours.name)")
            let twice = try d.gradient(x) { try d.gradient($0, of: ours.f)[0].dot(v) }[0].value
            #expect(try distance(twice, hessian) < 1e-3, "grad of grad of \(ours.name)")
        }
    }

    @Test(arguments: Kind.allCases) private func gradientAndProductMatchFiniteDifferences(_ kind: Kind) throws {
        let base = try model(kind), d = Differentiator(), batches = batches
        var generator = RandomGenerator(seed: 3)
        let v = try Tensor.normal([base.layout.count], from: &generator, on: device)
        let f: Differentiator.Function = { try base.with(weights: $0[0]).nll(batches) }
        let h: Float = 4e-3
        func at(_ s: Float) throws -> [Variable] { [Variable(try base.weights.value.combined(1, v, s))] }
        func stencil(_ g: (Float) throws -> Tensor) throws -> Tensor {
            let near = try g(h) - g(-h), far = try g(2 * h) - g(-2 * h)
            return try near.combined(8 / (12 * h), far, -1 / (12 * h))
        }
        let slope = try stencil { try f(at($0)).value }.item()
        let gradient = try d.gradient([base.weights], of: f)[0].value
        #expect(abs(Double(slope) - (try gradient.dot(v))) < 1e-2 * (1 + abs(Double(slope))))
        let product = try d.hessianProduct([base.weights], [Variable(v)], of: f)[0].value
        let numeric = try stencil { try d.gradient(at($0), of: f)[0].value }
        #expect(try distance(product, numeric) < 1e-2)
    }

    @Test(arguments: Kind.allCases) private func theGaussNewtonProductIsJacobiansAroundTheLossesCurvature(
        _ kind: Kind
    ) throws {
        // vᵀ G v from the definition: u = J v by forward mode, then uᵀ (diag p − p pᵀ) u over the targets.
        let base = try model(kind), d = Differentiator(), batch = batches[3]
        var generator = RandomGenerator(seed: 4)
        let v = Variable(try Tensor.normal([base.layout.count], from: &generator, on: device))
        let (positions, targets) = batch.targets
        let u = try d.directional([base.weights], [v]) { try base.with(weights: $0[0]).targetLogits(batch, positions) }
            .value
        let p = try base.targetLogits(batch, positions).logSoftmax().apply(.exp).value
        let n = base.architecture.vocabulary
        var expected = 0.0
        for row in 0..<targets.count {
            var mean = 0.0, square = 0.0
            for j in 0..<n {
                let (p, u) = (Double(p.elements[row * n + j]), Double(u.elements[row * n + j]))
                mean += p * u
                square += p * u * u
            }
            expected += (square - mean * mean) / Double(targets.count)
        }
        let product = try d.gaussNewtonProduct([base.weights], [v]) { try base.with(weights: $0[0]).nll(batch) }[0]
            .value
        #expect(abs(try product.dot(v.value) - expected) < 1e-3 * expected)
    }

    @Test(arguments: Kind.allCases) private func gradientsOfExamplesAddUp(_ kind: Kind) throws {
        let base = try model(kind), d = Differentiator()
        let together = try TokenBatch([[1, 2, 3, 4], [5, 6, 7], [8, 9]])
        let counts: [Float] = [3, 2, 1]
        var sum = try Tensor.zeros([base.layout.count], on: device)
        for (single, count) in zip(try together.split(), counts) {
            let g = try d.gradient([base.weights]) { try base.with(weights: $0[0]).nll(single) }[0].value
            sum = try sum.combined(1, g, count / 6)
        }
        let whole = try d.gradient([base.weights]) { try base.with(weights: $0[0]).nll(together) }[0].value
        #expect(try distance(whole, sum) < 1e-4)
    }

    @Test func threadsDoNotChangeBits() throws {
        var results: [[[Float]]] = []
        for threads in [1, 2, 3] {
            let device = Device(threads: threads)
            var generator = RandomGenerator(seed: 5)
            var parts: [[Float]] = []
            for architecture in [
                try Transformer.gpt2(vocabulary: 300, context: 48, width: 96, layers: 2, heads: 6) as any Architecture,
                try Transformer.llama(
                    vocabulary: 300, context: 48, width: 96, layers: 2, heads: 6, groups: 2, on: device),
            ] {
                let model = try LanguageModel(initializing: architecture, from: &generator, on: device)
                let rows = (0..<12).map { row in (0..<(20 + 2 * row)).map { (row * 31 + $0 * 7) % 300 } }
                let batches = try [TokenBatch(Array(rows[..<6])), TokenBatch(Array(rows[6...]))]
                let v = Variable(try Tensor.normal([model.layout.count], from: &generator, on: device))
                let d = Differentiator(), f: Differentiator.Function = { try model.with(weights: $0[0]).nll(batches) }
                let both = try d.gradientAndHessianProduct([model.weights], [v], of: f)
                parts += [both.value, both.gradient[0], both.product[0]].map(\.value.elements)
                parts.append(try d.gradient([model.weights], of: f)[0].value.elements)
                parts.append(try d.gaussNewtonProduct([model.weights], [v], of: f)[0].value.elements)
                let new = try model.generate(
                    [[1, 2, 3], [4, 5]], maximum: 12, sampling: Sampling(temperature: 1, top: 40), from: &generator)
                parts += new.map { $0.map(Float.init) }
            }
            results.append(parts)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
