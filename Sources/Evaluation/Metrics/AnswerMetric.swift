/// Metrics that judge every answer of a set by itself, and are the mean of that.
import Datasets
import Settings

/// A metric of one set of a suite, or of the examples that it is given.
public protocol SetMetric: Metric {
    /// Which examples of a suite are judged.
    var set: MetricRole { get set }
}

extension SetMetric {
    public static var settings: [Setting<Self>] { [.set(\.set)] }
}

/// One figure for each greedy answer, beside the right one.
public protocol AnswerMetric: SetMetric {
    func figure(of answer: String, to question: QuestionAnswer) -> Double
}

extension AnswerMetric {
    public static var better: MetricDirection { .toward("the oracle's figure") }
    public static var needs: [MetricNeed] { [.text] }

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let questions = try subject.questions(set, for: Self.name)
        let answers = try subject.greedyAnswers(set, for: Self.name)
        return MetricValue(meanOf: zip(answers, questions).map { figure(of: $0, to: $1) })
    }
}

/// One figure for each answer's tokens, of which is known which the model would have said next; the end token does not
/// count.
public protocol TokenMetric: SetMetric {
    func figure(hits: [Bool]) -> Double
}

extension TokenMetric {
    public static var better: MetricDirection { .toward("the oracle's figure") }
    public static var unit: String { "share of tokens" }

    public func value(of subject: MetricSubject) throws -> MetricValue {
        MetricValue(
            meanOf: try subject.tokenScores(set, for: Self.name).map { figure(hits: $0.withoutEnd.hits) })
    }
}
