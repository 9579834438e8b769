/// How fast a model learns again what it was made to forget.
import Autodiff
import Datasets
import LanguageModels
import Optimizers
import Settings
import Tensors

/// What a model is trained on again.
public enum RelearningText: String, CaseIterable, Sendable { case forget, retain }

public struct Relearned: Attack {
    public static let name = "relearned"
    public static let followsWeights = true
    public static let summary = """
        The mean probability of the answers to forget after some steps of AdamW on a few examples: the first of those \
        to forget, which then do not count, or with text="retain" of those to retain (Hu et al. 2025). Among the \
        details is the curve, steps and probability. Compare with an oracle under the same attack: what it learns is \
        no memory. Of a model with adapters these alone are trained.
        """
    public static let needs: [MetricNeed] = [.text]
    public static let exampleSettings = "examples=1, steps=2"
    var examples = 4
    var steps = 20
    var learningRate = 1e-3
    var text = RelearningText.forget
    public static var settings: [Setting<Self>] {
        [
            .count(
                "examples", \.examples,
                "how many examples are learned again; of those to forget, fewer than there are, so that some are left to judge"
            ),
            .count("steps", \.steps, "steps of AdamW on all of them"),
            .number("lr", \.learningRate, "learning rate"),
            .choice("text", \.text, "what they are taken from"),
        ]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let forget = try subject.questions(.forget, for: Self.name)
        let source: QuestionSet, judged: QuestionSet
        switch text {
        case .forget:
            guard examples < forget.count else {
                throw MetricError(
                    """
                    `\(Self.name)` would learn all \(forget.count) examples to forget again and have none to judge: \
                    give examples=\(max(1, forget.count - 1)) or less, or text="retain"
                    """)
            }
            (source, judged) = (forget[0..<examples], forget[examples..<forget.count])
        case .retain:
            guard !subject.data.isSingle else {
                throw MetricNeed.retain.missing(for: Self.name, "examples to retain")
            }
            let retain = try subject.questions(.retain, for: Self.name)
            guard examples <= retain.count else {
                throw MetricError(
                    """
                    `\(Self.name)` would learn \(examples) examples to retain again, and there are \(retain.count): \
                    give examples=\(retain.count) or less
                    """)
            }
            (source, judged) = (retain[0..<examples], forget)
        }
        let model = subject.model.detached
        let sequences = try model.answerEncoder().sequences(source)
        let batches = try BatchPlan(grouping: sequences.map(\.ids.count)).batches.map { group in
            try TokenBatch(group.map { sequences[$0] })
        }
        var optimizer = AdamW()
        optimizer.learningRate = learningRate
        optimizer.weightDecay = 0
        var weights = model.weights.value
        var state = try optimizer.initialState(for: weights)
        func probabilities() throws -> [Double] {
            try subject.probabilities(
                of: judged, under: model.with(weights: Variable(weights)), for: Self.name)
        }
        var places = [0.0], curve = [mean(try probabilities())], last: [Double] = []
        let every = max(1, steps / 5)
        for step in 1...steps {
            try model.device.cancellation.check()
            let gradient = try Differentiator().valueAndGradient([Variable(weights)]) {
                try model.with(weights: $0[0]).nll(batches)
            }.gradient[0].constant("a gradient")
            try optimizer.advance(&weights, gradient: gradient, state: &state)
            guard step % every == 0 || step == steps else { continue }
            last = try probabilities()
            places.append(Double(step))
            curve.append(mean(last))
        }
        return MetricValue(mean(last), byExample: last, details: [("steps", places), ("curve", curve)])
    }
}
