/// Whether rounding the weights brings back what was forgotten.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct Quantized: Attack {
    public static let name = "quantized"
    public static let summary = """
        The mean probability of the answers to forget after the weights of all matrices were rounded: each block of so \
        many weights in a row to multiples of its largest magnitude / (2^(bits-1) - 1) (absmax; Zhang et al. 2025 \
        found that 4 bits undo small steps of unlearning).
        """
    var bits = 4
    var block = 64
    public static var settings: [Setting<Self>] {
        [
            .count("bits", \.bits, "bits a weight, 2 to 16"),
            .count("block", \.block, "weights that share a scale"),
        ]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let set = try subject.questions(.forget, for: Self.name)
        return MetricValue(
            meanOf: try subject.probabilities(of: set, under: rounded(subject.model), for: Self.name))
    }

    /// The model with rounded matrices; vectors (biases and norms) stay.
    public func rounded(_ model: LanguageModel) throws -> LanguageModel {
        guard (2...16).contains(bits) else {
            throw MetricError("`bits` of `\(Self.name)` must be from 2 to 16; it is \(bits)")
        }
        // Adapters are rounded as the matrices that they become.
        let model = try model.merged()
        var weights = model.weights.value.elements
        let levels = Float((1 << (bits - 1)) - 1)
        for (name, entry) in model.layout.entries where entry.shape.count > 1 {
            guard entry.count >= block else {
                throw MetricError(
                    """
                    `\(Self.name)` cannot round \(name), which has \(entry.count) weights, in blocks of \(block): give \
                    block=\(entry.count) or less
                    """)
            }
            try model.device.cancellation.check()
            let end = entry.offset + entry.count
            for start in stride(from: entry.offset, to: end, by: block) {
                let range = start..<min(start + block, end)
                let most = range.reduce(Float(0)) { max($0, abs(weights[$1])) }
                guard most > 0, most.isFinite else { continue }
                let scale = most / levels
                for i in range { weights[i] = (weights[i] / scale).rounded(.toNearestOrEven) * scale }
            }
        }
        return try model.with(
            weights: Variable(Tensor(weights, shape: [weights.count], on: model.device)))
    }
}
