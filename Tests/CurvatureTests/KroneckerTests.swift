// Linear layers as a pass over data meets them, and Kronecker factors, against gradients of single examples.
import Autodiff
import Curvature
import LanguageModels
import Tensors
import Testing

@Suite struct KroneckerTests {
    let device = Device(threads: 2)

    /// GPT-2 has biases and weights [in, out]; Llama shares inputs among layers and has weights [out, in].
    func model(_ kind: String) throws -> LanguageModel {
        var generator = RandomGenerator(seed: 3)
        let architecture: any Architecture =
            kind == "gpt2"
            ? try Transformer.gpt2(vocabulary: 11, context: 12, width: 8, layers: 2, heads: 2)
            : try Transformer.llama(
                vocabulary: 11, context: 12, width: 8, layers: 2, heads: 2, groups: 1, attentionBias: kind == "biased",
                on: device)
        let fresh = try LanguageModel(initializing: architecture, from: &generator, on: device)
        // Fresh biases are 0, and fresh weights so small that nothing bends.
        let moved = try Tensor.normal([fresh.layout.count], deviation: 0.3, from: &generator, on: device)
        return try fresh.with(weights: Variable(fresh.weights.value.combined(1, moved, 1)))
    }

    /// Of different lengths, with prompts that are not predicted.
    func sequences() throws -> [TokenBatch] {
        try [
            TokenBatch([[1, 2, 3, 4]]), TokenBatch([[5, 6, 7]]), TokenBatch([[8, 9, 10, 1, 2, 3]]),
            TokenBatch([[4, 4, 7, 2, 9]], labels: [[-100, -100, -100, 2, 9]]),
        ]
    }

    static let kinds = ["gpt2", "llama", "biased"]

    /// What passed a layer makes up the gradient of its weights, example by example.
    @Test(arguments: kinds, LossReduction.allCases) func layersMakeUpGradients(
        _ kind: String, _ reduction: LossReduction
    ) throws {
        let model = try model(kind), sequences = try sequences()
        let gradients = try model.exampleGradients(sequences, reduction: reduction)
        var met: [String: Int] = [:]
        try model.passLinearLayers(sequences, labels: .data, reduction: reduction) { pass in
            let layer = pass.layer
            for (range, index) in zip(pass.rows, pass.indices) {
                met[layer.name, default: 0] += 1
                let x = try pass.inputs.rows(range), dy = try pass.outputGradients.rows(range)
                let product =
                    try layer.isTransposed
                    ? dy.matrixProduct(x, transposed: true) : x.matrixProduct(dy, transposed: true)
                let own = try gradients.rows(index..<(index + 1)).elements
                expectClose(product.elements, Array(own[layer.weight]), layer.name)
                if let bias = layer.bias { expectClose(try dy.sum(axis: 0).elements, Array(own[bias]), layer.name) }
            }
        }
        #expect(met.count == (kind == "gpt2" ? 8 : 14) && met.values.allSatisfy { $0 == sequences.count })
    }

    func expectClose(
        _ a: [Float], _ b: [Float], _ context: String, _ tolerance: Float = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let scale = max(b.map { Swift.abs($0) }.max() ?? 1, 1e-3)
        #expect(a.count == b.count, sourceLocation: sourceLocation)
        for (x, y) in zip(a, b) where !(Swift.abs(x - y) <= tolerance * scale) {
            Issue.record("\(context): \(x) for \(y)", sourceLocation: sourceLocation)
            return
        }
    }

    /// EK-FAC's inverse, written out for one layer after the other from gradients of single examples in float64.
    @Test(arguments: kinds) func ekfacIsWhatItsDefinitionSays(_ kind: String) throws {
        let model = try model(kind), damping = 0.05
        let examples = try ModelExamples(model, sequences(), mean: .examples(.sum))
        let gradients = try model.exampleGradients(examples.sequences, reduction: .sum)
        let factors = try KroneckerFactors.estimate(
            examples, labels: .data, corrected: true, seed: 0, on: device, progress: { _, _ in })
        var solver = EigenvalueCorrected()
        solver.labels = .data
        solver.damping = .value(damping)
        var generator = RandomGenerator(seed: 8)
        let v = try Tensor.normal([model.layout.count], from: &generator, on: device), given = v.elements
        let inverse = try solver.factorized(CurvatureSource(shape: v.shape, on: device, examples: examples))
        let x = try inverse.solution(of: v).elements
        var trace = 0.0, inside = Set<Int>()
        for factor in factors {
            let layer = factor.layer, wide = layer.inputs + (layer.bias == nil ? 0 : 1), m = layer.outputs
            func places() -> [Int] {
                (0..<m).flatMap { row in
                    (0..<wide).map { column in
                        if column == layer.inputs { return (layer.bias?.lowerBound ?? 0) + row }
                        return layer.weight.lowerBound
                            + (layer.isTransposed ? row * layer.inputs + column : column * m + row)
                    }
                }
            }
            let order = places()
            inside.formUnion(order)
            let left = factor.gradientVectors.elements.map(Double.init)
            let right = factor.activationVectors.elements.map(Double.init)
            func rotated(_ matrix: [Double]) -> [Double] {
                var half = [Double](repeating: 0, count: m * wide), whole = half
                for i in 0..<m {
                    for k in 0..<m {
                        for j in 0..<wide { half[i * wide + j] += left[i * m + k] * matrix[k * wide + j] }
                    }
                }
                for i in 0..<m {
                    for j in 0..<wide {
                        for k in 0..<wide { whole[i * wide + j] += half[i * wide + k] * right[j * wide + k] }
                    }
                }
                return whole
            }
            var squares = [Double](repeating: 0, count: m * wide)
            for index in 0..<examples.count {
                let own = try gradients.rows(index..<(index + 1)).elements
                for (place, value) in rotated(order.map { Double(own[$0]) }).enumerated() {
                    squares[place] += value * value / Double(examples.count)
                }
            }
            trace += squares.reduce(0, +)
            expectClose(factor.eigenvalues.elements, squares.map { Float($0) }, layer.name, 1e-3)
            // The solution in the same basis is the vector's, divided.
            let solved = rotated(order.map { Double(x[$0]) }), asked = rotated(order.map { Double(given[$0]) })
            expectClose(
                solved.map { Float($0) }, zip(asked, squares).map { Float($0 / ($1 + damping)) }, layer.name, 1e-3)
            // A's last row is the mean of the inputs, and 1.
            if layer.bias != nil { #expect(factor.activation.elements.last == 1) }
        }
        // A rotation keeps lengths: the eigenvalues add up to the mean square of the gradients.
        let all = gradients.elements, count = model.layout.count
        let mean = inside.reduce(0.0) { sum, place in
            (0..<examples.count).reduce(sum) { $0 + Double(all[$1 * count + place]) * Double(all[$1 * count + place]) }
        }
        #expect(abs(trace / (mean / Double(examples.count)) - 1) < 1e-4)
        // Parameters of no layer stay where they are, or are divided by their diagonal.
        #expect(x.indices.allSatisfy { inside.contains($0) || x[$0] == 0 })
        solver.others = .diagonal
        let more = try solver.factorized(CurvatureSource(shape: v.shape, on: device, examples: examples))
            .solution(of: v).elements
        for place in x.indices where !inside.contains(place) {
            let square = (0..<examples.count).reduce(0.0) {
                $0 + Double(all[$1 * count + place]) * Double(all[$1 * count + place]) / Double(examples.count)
            }
            let expected = Double(given[place]) / (square + damping)
            #expect(abs(Double(more[place]) - expected) <= 1e-3 * max(1, abs(expected)))
        }
    }

    /// In the mean over many draws the true Fisher is the Gauss-Newton matrix: their traces agree.
    @Test func drawnLabelsMakeTheGaussNewtonMatrix() throws {
        let model = try model("gpt2"), differentiator = Differentiator()
        let examples = try ModelExamples(model, sequences())
        let layers = try examples.linearLayers()
        let ranges = layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
        let source = examples.source(gaussNewton: true, within: ranges, seed: 1, differentiator: differentiator)
        var estimator = TraceEstimate()
        estimator.samples = 300
        let report = try estimator.estimate(source)
        guard case .number(let trace)? = report.parts.first?.part else {
            Issue.record("no trace")
            return
        }
        var sum = 0.0
        for seed in 0..<60 {
            let factors = try KroneckerFactors.estimate(
                examples, labels: .sampled, corrected: true, seed: UInt64(seed), on: device, progress: { _, _ in })
            sum += factors.reduce(0) { $0 + $1.eigenvalues.sum() }
        }
        #expect(abs(sum / 60 / trace - 1) < 0.1, "\(sum / 60) for \(trace)")
    }

    @Test func threadsDoNotChangeBits() throws {
        let answers = try [1, 2, 3].map { threads -> [Float] in
            let device = Device(threads: threads)
            var generator = RandomGenerator(seed: 1)
            let architecture = try Transformer.gpt2(vocabulary: 50, context: 40, width: 64, layers: 1, heads: 2)
            let model = try LanguageModel(initializing: architecture, from: &generator, on: device)
            let examples = try ModelExamples(
                model, (0..<20).map { row in try TokenBatch([(0..<(10 + row)).map { ($0 * 7 + row) % 50 }]) })
            let source = CurvatureSource(shape: [model.layout.count], on: device, examples: examples, seed: 4)
            let v = try Tensor.normal([model.layout.count], from: &generator, on: device)
            return try EigenvalueCorrected().factorized(source).solution(of: v).elements
        }
        #expect(answers[1] == answers[0] && answers[2] == answers[0])
    }

    @Test func whatLacksLayersIsToldWhatHasThem() throws {
        let v = try Tensor.zeros([3], on: device)
        do {
            _ = try KroneckerFactored().solve(CurvatureSystem(vector: v, product: { $0 }))
            Issue.record("kfac did without layers")
        } catch let error as SolverError {
            #expect(error.description.contains("curvature(model=") && error.description.contains("kfac"))
        }
    }
}
