/// Kronecker factors of a model's linear layers: K-FAC (Martens & Grosse, arXiv 1503.05671) and, with eigenvalues
/// fitted to single examples, EK-FAC (George et al., arXiv 1806.03884; Grosse et al., arXiv 2308.03296).
import Autodiff
import LanguageModels
import Synchronization
import Tensors

/// F's part for one linear layer y = W x + b, as U diag(eigenvalues) Uᵀ with U the Kronecker product of two bases.
///
/// A is the mean over positions of a aᵀ, a the layer's input with a 1 appended where it has a bias; G that of g gᵀ, g
/// the gradient of the loss with respect to y.
public struct LayerFactors: Sendable {
    public let layer: LinearLayer
    /// A [in, in] (or [in + 1, in + 1]) and G [out, out].
    public let activation, gradient: Tensor
    /// Eigenvectors of A and of G, as rows.
    public let activationVectors, gradientVectors: Tensor
    /// Eigenvalues of F's part [out, in (+ 1)]: products of A's and G's, or fitted ones.
    public let eigenvalues: Tensor
    /// Rows (positions) that A and G are means over.
    public let rows: Int
}

public enum KroneckerFactors {
    /// One pass over the examples for A and G, and with `corrected` a second one for the eigenvalues.
    /// - Parameter progress: hears how much of the passes is done, and may throw to stop.
    /// - Throws: `SolverError` where there is no linear layer, or numbers are not finite.
    public static func estimate(
        _ examples: any LayeredExamples, labels: FisherLabels, corrected: Bool, seed: UInt64, on device: Device,
        progress: (_ done: Int, _ total: Int) throws -> Void
    ) throws -> [LayerFactors] {
        let generator = RandomGenerator(seed: seed), passes = corrected ? 2 : 1, ranks = device.ranks
        var sums = FactorSums()
        if ranks.sharesWork {
            try sums.share(examples, labels.source(generator.stream(1)), ranks) { try progress($0, passes * $1) }
        } else {
            try examples.passLayers(labels: labels.source(generator.stream(1))) {
                try progress($0, passes * $1)
            } visit: {
                try sums.add($0)
            }
        }
        var factors = try sums.factors(examples, on: device)
        guard !factors.isEmpty else {
            throw SolverError("this model has no linear layer besides the one that gives its logits")
        }
        guard corrected else { return factors }
        var fit = EigenvalueFit(factors)
        // Labels of their own: with those that chose the basis its eigenvalues would be taken for larger.
        if ranks.sharesWork {
            try fit.share(examples, labels.source(generator.stream(2)), on: device) {
                try progress($1 + $0, passes * $1)
            }
        } else {
            try examples.passLayers(labels: labels.source(generator.stream(2))) {
                try progress($1 + $0, passes * $1)
            } visit: {
                try fit.add($0)
            }
        }
        factors = try fit.finished(scale: examples.exampleScale)
        return factors
    }
}

/// Sums of a aᵀ and g gᵀ while layers pass.
private struct FactorSums {
    /// Layers in the order in which they first came.
    private var order: [Int] = []
    private var layers: [Int: LinearLayer] = [:]
    private var activations: [Int: [Double]] = [:]
    private var gradients: [Int: [Double]] = [:]
    private var rows: [Int: Int] = [:]
    /// The layer whose A is this one's too: queries, keys and values have one input.
    private var sharing: [Int: Int] = [:]
    /// In the group that passes: the layer that came first with an input, and the layers that have come.
    private var group = -1
    private var first: [InputIdentity: Int] = [:]
    private var seen: Set<Int> = []

    mutating func add(_ pass: LinearLayerPass) throws {
        let layer = pass.layer, key = layer.weight.lowerBound
        if pass.group != group {
            group = pass.group
            first = [:]
            seen = []
        }
        guard seen.insert(key).inserted else {
            throw SolverError("the weight of \(layer.name) is used twice in one pass, which has no Kronecker factors")
        }
        if layers[key] == nil {
            order.append(key)
            layers[key] = layer
            gradients[key] = [Double](repeating: 0, count: layer.outputs * layer.outputs)
            if let other = first[pass.inputIdentity], (layers[other]?.bias == nil) == (layer.bias == nil) {
                sharing[key] = other
            } else {
                activations[key] = [Double](repeating: 0, count: layer.inputs * layer.inputs)
                if layer.bias != nil { columnSums[key] = [Double](repeating: 0, count: layer.inputs) }
            }
        }
        if let other = sharing[key], first[pass.inputIdentity] != other {
            throw SolverError("\(layer.name) does not always have the same input as the layer it shared one with")
        }
        if first[pass.inputIdentity] == nil { first[pass.inputIdentity] = key }
        if sharing[key] == nil, var sums = activations.removeValue(forKey: key) {
            try pass.inputs.addGram(to: &sums)
            activations[key] = sums
            if layer.bias != nil {
                let columns = try pass.inputs.sum(axis: 0)
                columns.withElements { columns in
                    for column in columns.indices { columnSums[key]?[column] += Double(columns[column]) }
                }
            }
        }
        if var sums = gradients.removeValue(forKey: key) {
            try pass.outputGradients.addGram(to: &sums)
            gradients[key] = sums
        }
        rows[key, default: 0] += pass.inputs.shape[0]
    }

    /// Σ a of layers with a bias.
    private var columnSums: [Int: [Double]] = [:]

    /// The sums over all pieces of a pass, which ranks share out.
    mutating func share(
        _ examples: any LayeredExamples, _ labels: LabelSource, _ ranks: Ranks,
        progress: (_ done: Int, _ total: Int) throws -> Void
    ) throws {
        let pieces = examples.pieces
        func sums(_ piece: Int) throws -> FactorSums {
            var own = FactorSums()
            try examples.passLayers(ofPiece: piece, labels: labels) { try own.add($0) }
            return own
        }
        var form: FactorSums?
        let numbers = try ranks.sum("sums of Kronecker factors", of: pieces) { piece in
            let own = try sums(piece)
            form = own
            try progress(examples.count * (piece + 1) / pieces, examples.count)
            return own.numbers
        }
        // Who had no piece has to see which layers there are.
        self = try form ?? ranks.apart { try sums(0) }
        replaceNumbers(numbers)
    }

    /// All sums, layer by layer.
    private var numbers: [Double] {
        var numbers: [Double] = []
        for key in order {
            numbers.append(Double(rows[key] ?? 0))
            for sums in [gradients[key], activations[key], columnSums[key]] { numbers += sums ?? [] }
        }
        return numbers
    }

    private mutating func replaceNumbers(_ numbers: [Double]) {
        var rest = numbers[...]
        func take(_ sums: inout [Double]?) {
            guard let count = sums?.count else { return }
            sums = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        for key in order {
            rows[key] = rest.popFirst().map { Int($0) }
            take(&gradients[key])
            take(&activations[key])
            take(&columnSums[key])
        }
    }

    /// The full mean of A or G, from its lower triangle; with a last row and column for the appended 1.
    private static func mean(_ sums: [Double], _ size: Int, _ rows: Int, ones: [Double]?) -> [Double] {
        let wide = size + (ones == nil ? 0 : 1), scale = 1 / Double(max(1, rows))
        var matrix = [Double](repeating: 0, count: wide * wide)
        for row in 0..<size {
            for column in 0...row {
                let value = sums[row * size + column] * scale
                matrix[row * wide + column] = value
                matrix[column * wide + row] = value
            }
        }
        if let ones {
            for column in 0..<size {
                matrix[size * wide + column] = ones[column] * scale
                matrix[column * wide + size] = ones[column] * scale
            }
            matrix[size * wide + size] = 1
        }
        return matrix
    }

    func factors(_ examples: any LayeredExamples, on device: Device) throws -> [LayerFactors] {
        // Every distinct matrix once, on all threads.
        var jobs: [(matrix: [Double], size: Int)] = [], activationJob: [Int: Int] = [:], gradientJob: [Int: Int] = [:]
        for key in order {
            guard let layer = layers[key], let rows = rows[key], let gradient = gradients[key] else { continue }
            if let sums = activations[key] {
                activationJob[key] = jobs.count
                let ones = columnSums[key]
                jobs.append(
                    (
                        FactorSums.mean(sums, layer.inputs, rows, ones: ones),
                        layer.inputs + (ones == nil ? 0 : 1)
                    ))
            }
            gradientJob[key] = jobs.count
            jobs.append((FactorSums.mean(gradient, layer.outputs, rows, ones: nil), layer.outputs))
        }
        let results = try FactorSums.eigen(jobs, on: device)
        let matrices = try zip(jobs, results).map { job, eigen in
            try (
                whole: Tensor(job.matrix.map { Float($0) }, shape: [job.size, job.size], on: device),
                vectors: Tensor(eigen.vectors.map { Float($0) }, shape: [job.size, job.size], on: device)
            )
        }
        return try order.compactMap { key in
            guard let layer = layers[key], let rows = rows[key], let a = activationJob[sharing[key] ?? key],
                let g = gradientJob[key]
            else { return nil }
            let scale = examples.positionScale(rows: rows)
            let (left, right) = (results[g].values, results[a].values)
            let eigenvalues = try Tensor(
                left.flatMap { gradient in right.map { Float(max(0, gradient) * max(0, $0) * scale) } },
                shape: [left.count, right.count], on: device)
            return LayerFactors(
                layer: layer, activation: matrices[a].whole, gradient: matrices[g].whole,
                activationVectors: matrices[a].vectors, gradientVectors: matrices[g].vectors, eigenvalues: eigenvalues,
                rows: rows)
        }
    }

    private static func eigen(_ jobs: [(matrix: [Double], size: Int)], on device: Device) throws -> [SymmetricEigen] {
        let outcomes = Mutex([Result<SymmetricEigen, any Error>?](repeating: nil, count: jobs.count))
        device.workers.run(jobs.count) { index in
            let outcome = Result {
                try SymmetricEigen(jobs[index].matrix, size: jobs[index].size, cancellation: device.cancellation)
            }
            outcomes.withLock { $0[index] = outcome }
        }
        return try outcomes.withLock { $0 }.map {
            guard let outcome = $0 else { throw TensorError.interrupted }
            do { return try outcome.get() } catch TensorError.invalid {
                throw SolverError(
                    "a layer's inputs or output gradients are not finite; the loss or its derivatives overflow")
            }
        }
    }
}
