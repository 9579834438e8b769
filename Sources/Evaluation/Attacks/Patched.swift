/// At which depth the original model's hidden states bring back what was forgotten.
import Autodiff
import Datasets
import LanguageModels
import Settings

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

public struct Patched: Attack {
    public static let name = "patched"
    public static let summary = """
        Activation patching (Meng et al., arXiv 2202.05262): how deep the original model's residual stream must be put \
        into the model, in place of its own, to bring the answers to forget halfway back. Before each block in turn \
        all positions are patched; the depth is the share of blocks before the first place where the mean probability \
        of the answers reaches the mean of the model's and the original's, between two such places in proportion. 0 \
        where nothing is forgotten (the two are less than a hundredth apart) or the first states are enough, near 1 \
        where the last blocks, too, no longer know. A model that was trained from another start, as an oracle is, has \
        hidden states of its own, and the figure says nothing of it. Among the details is the curve by layer.
        """
    public static let needs: [MetricNeed] = [.reference, .text]
    public static let better = MetricDirection.higher
    public static let unit = "share of blocks"
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let model = subject.model.detached, original = try subject.reference(for: Self.name).model.detached
        try PredictionDivergence.checkReadAlike(model, original)
        guard model.architecture.layers == original.architecture.layers,
            model.architecture.width == original.architecture.width
        else {
            throw MetricError(
                """
                `\(Self.name)` puts states of one model into another, and these have \(model.architecture.layers) \
                blocks of width \(model.architecture.width) and \(original.architecture.layers) of \
                \(original.architecture.width): give the model it was made from as reference=
                """)
        }
        let set = try subject.questions(.forget, for: Self.name)
        let sequences = try model.answerEncoder().sequences(set), layers = model.architecture.layers
        // Sums of probabilities: the model's own, the original's, and patched before each block.
        var own = 0.0, first = 0.0, patched = [Double](repeating: 0, count: layers + 1), done = 0
        for group in BatchPlan(grouping: sequences.map(\.ids.count)).batches {
            try model.device.cancellation.check()
            let batch = try TokenBatch(group.map { sequences[$0] }), (positions, labels) = batch.targets
            func probability(_ logits: Variable) throws -> Double {
                let sums = try logits.crossEntropy(labels).summedBySequence(of: batch).value.elements
                return zip(sums, batch.targetCounts).reduce(0) { $0 + exp(-Double($1.0) / Double(max(1, $1.1))) }
            }
            own += try probability(model.targetLogits(batch, positions))
            first += try probability(original.targetLogits(batch, positions))
            for (layer, states) in try original.residualStream(batch).enumerated() {
                patched[layer] += try probability(
                    model.targetLogits(batch, positions, patching: layer, with: states))
            }
            done += group.count
            try subject.progress(done, sequences.count)
        }
        let count = Double(sequences.count), curve = patched.map { $0 / count }
        return MetricValue(
            Self.depth(own: own / count, original: first / count, patched: curve),
            details: [
                ("layers", (0...layers).map(Double.init)), ("curve", curve), ("own", [own / count]),
                ("original", [first / count]),
            ])
    }

    /// Where a curve over the places before each block first reaches the mean of two figures, as a share of the blocks;
    /// 1 where it never does, 0 where the figures are less than a hundredth apart (nothing is forgotten), not a number
    /// where they are none.
    static func depth(own: Double, original: Double, patched: [Double]) -> Double {
        let half = (own + original) / 2, layers = patched.count - 1
        guard half.isFinite, patched.allSatisfy(\.isFinite) else { return .nan }
        guard original - own > 0.01 * original else { return 0 }
        guard let reached = patched.firstIndex(where: { $0 >= half }), layers > 0 else { return 1 }
        guard reached > 0 else { return 0 }
        let before = patched[reached - 1]
        let share = (half - before) / max(patched[reached] - before, .leastNormalMagnitude)
        return (Double(reached - 1) + share) / Double(layers)
    }
}
