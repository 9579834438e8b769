/// Whether the hidden states of a model still tell the right answers from false ones.
import Datasets
import LanguageModels
import Settings

public struct Probed: Attack {
    public static let name = "probed"
    public static let summary = """
        The share of questions to forget whose right answer a linear probe of hidden states scores above each false \
        one. The probe, a ridge regression on the state at an answer's last token (+1 right, -1 false), is fitted on \
        the questions to retain: what it reads off the forgotten ones is still there, whatever the model says (Alain & \
        Bengio, arXiv 1610.01644). A guesser gets 1 / answers.
        """
    public static let needs: [MetricNeed] = [.retain, .falseAnswers]
    public static let unit = "share of questions"
    var layer = 0
    var ridge = 1.0
    public static var settings: [Setting<Self>] {
        [
            .number(
                "layer", \.layerNumber, "whose states are read, as hidden_states counts; 0 for the middle one",
                range: "a whole number from 0 on", where: { $0 >= 0 && $0 == $0.rounded() && $0 < 1e6 }),
            .number(
                "ridge", \.ridge, "weight of the squared probe, times the states' mean square", range: "above 0",
                where: { $0 > 0 && $0.isFinite }),
        ]
    }
    var layerNumber: Double {
        get { Double(layer) }
        set { layer = Int(newValue) }
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        guard !subject.data.isSingle else { throw MetricNeed.retain.missing(for: Self.name, "questions to retain") }
        let model = subject.model.detached
        let layer = self.layer == 0 ? max(1, model.architecture.layers / 2) : self.layer
        let taught = try states(model, layer, subject.questions(.retain, for: Self.name))
        let asked = try states(model, layer, subject.questions(.forget, for: Self.name))
        let probe = try fitted(taught)
        func score(_ state: [Double]) -> Double { zip(probe, state).reduce(0) { $0 + $1.0 * $1.1 } }
        return MetricValue(
            meanOf: asked.map { answers in
                let right = score(answers[0])
                return answers.dropFirst().allSatisfy { score($0) < right } ? 1 : 0
            }, layer: layer)
    }

    /// For each question the states [width] at the last token of its answers, the right one first; less their mean, so
    /// that what is common to a question tells nothing.
    private func states(_ model: LanguageModel, _ layer: Int, _ set: QuestionSet) throws -> [[[Double]]] {
        let encoder = try model.answerEncoder(), width = model.architecture.width
        return try set.map { example in
            guard !example.falseAnswers.isEmpty else {
                throw MetricNeed.falseAnswers.missing(for: Self.name, "false answers to each question")
            }
            try model.device.cancellation.check()
            let batch = try TokenBatch(
                ([example.answer] + example.falseAnswers).map {
                    try encoder.sequence(question: example.question, answer: $0)
                })
            let all = try model.hiddenStates(batch, layer: layer).value.elements
            var rows = batch.lengths.enumerated().map { row, length in
                // The token before the one that ends the answer.
                let start = (row * batch.time + max(0, length - 2)) * width
                return all[start..<(start + width)].map(Double.init)
            }
            for column in 0..<width {
                let middle = rows.reduce(0) { $0 + $1[column] } / Double(rows.count)
                for row in rows.indices { rows[row][column] -= middle }
            }
            return rows
        }
    }

    /// The probe w that solves (X'X + λI) w = X'y, by conjugate gradients.
    private func fitted(_ questions: [[[Double]]]) throws -> [Double] {
        let rows = questions.flatMap { answers in
            answers.enumerated().map { (state: $1, label: $0 == 0 ? 1.0 : -1.0 / Double(answers.count - 1)) }
        }
        let width = rows.first?.state.count ?? 0
        let square = rows.reduce(0) { $0 + $1.state.reduce(0) { $0 + $1 * $1 } } / Double(max(1, rows.count * width))
        let damping = ridge * max(square, 1e-12)
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        func product(_ v: [Double]) -> [Double] {
            var result = v.map { damping * $0 }
            for row in rows {
                let factor = dot(row.state, v)
                for i in 0..<width { result[i] += factor * row.state[i] }
            }
            return result
        }
        var w = [Double](repeating: 0, count: width), left = w
        for row in rows { for i in 0..<width { left[i] += row.label * row.state[i] } }
        var direction = left, norm = dot(left, left)
        let enough = 1e-16 * norm
        for _ in 0..<min(200, 2 * width) where norm > enough {
            let image = product(direction), step = norm / dot(direction, image)
            for i in 0..<width {
                w[i] += step * direction[i]
                left[i] -= step * image[i]
            }
            let next = dot(left, left)
            for i in 0..<width { direction[i] = left[i] + next / norm * direction[i] }
            norm = next
        }
        return w
    }
}

extension MetricValue {
    fileprivate init(meanOf values: [Double], layer: Int) {
        self.init(mean(values), byExample: values, details: [("layer", [Double(layer)])])
    }
}
