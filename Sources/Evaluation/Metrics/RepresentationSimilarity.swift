/// How alike two models' hidden states are.
import Datasets
import LanguageModels
import Settings
import Tensors

public struct RepresentationSimilarity: Metric {
    public static let name = "oracle_cka"
    public static let summary = """
        How alike the model's hidden states are to the oracle's: linear centred kernel alignment, ||Y'X||^2 / (||X'X|| \
        ||Y'Y||) of centred states in Frobenius norms (Kornblith et al. 2019), at the positions before each token to \
        predict, the mean over layers; one figure a layer is among the details. From 0 to 1 (the same up to rotation).
        """
    public static let better = MetricDirection.higher
    public static let unit = "from 0 to 1"
    public static let needs: [MetricNeed] = [.oracle]
    var set = MetricRole.forget
    public static var settings: [Setting<Self>] { [.set(\.set)] }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let oracle = try subject.oracle(for: Self.name).model.detached, model = subject.model.detached
        try PredictionDivergence.checkReadAlike(model, oracle)
        guard model.isAsked(like: oracle) else {
            throw MetricError(
                """
                `\(Self.name)` compares states position by position, and the two models are asked in different \
                templates or system prompts
                """)
        }
        let batches = try BatchMerging.merged(subject.batches(set, for: Self.name))
        // A model of another depth has no layers to compare one by one; the last ones are compared.
        let layers = model.architecture.layers == oracle.architecture.layers ? Array(0...model.architecture.layers) : []
        func similarity(_ own: Int, _ other: Int) throws -> Double {
            try alignment(
                states(model, own, batches), states(oracle, other, batches),
                on: model.weights.constant("a model that is judged").device)
        }
        let values =
            layers.isEmpty
            ? [try similarity(model.architecture.layers, oracle.architecture.layers)]
            : try layers.map { try similarity($0, $0) }
        return MetricValue(mean(values), details: [("layers", values)])
    }

    /// Centred hidden states [positions, width], the first 4,096 positions, row by row.
    private func states(_ model: LanguageModel, _ layer: Int, _ batches: [TokenBatch]) throws -> [[Float]] {
        let width = model.architecture.width
        var rows: [[Float]] = []
        for batch in batches where rows.count < 4096 {
            let states = try model.hiddenStates(batch, layer: layer).value.elements
            for position in batch.targets.positions.prefix(4096 - rows.count) {
                rows.append(Array(states[(Int(position) * width)..<((Int(position) + 1) * width)]))
            }
        }
        guard !rows.isEmpty else { throw MetricError("`\(Self.name)` has nothing to predict") }
        for column in 0..<width {
            let middle = rows.reduce(0.0) { $0 + Double($1[column]) } / Double(rows.count)
            for row in rows.indices { rows[row][column] = Float(Double(rows[row][column]) - middle) }
        }
        return rows
    }

    /// All three products come of one: of the two models' states side by side with themselves.
    private func alignment(_ x: [[Float]], _ y: [[Float]], on device: Device) throws -> Double {
        let first = x[0].count, width = first + y[0].count
        var sums = [Double](repeating: 0, count: width * width)
        for start in stride(from: 0, to: x.count, by: 256) {
            let rows = start..<min(start + 256, x.count)
            let beside = rows.flatMap { x[$0] + y[$0] }
            try Tensor(beside, shape: [rows.count, width], on: device).addGram(to: &sums)
        }
        // The lower triangle holds each pair of columns once.
        var own = 0.0, other = 0.0, cross = 0.0
        for i in 0..<width {
            try device.cancellation.check()
            for j in 0...i {
                let square = sums[i * width + j] * sums[i * width + j], both = i == j ? square : 2 * square
                if i < first { own += both } else if j >= first { other += both } else { cross += square }
            }
        }
        let norm = (own * other).squareRoot()
        return norm == 0 ? 0 : cross / norm
    }
}
