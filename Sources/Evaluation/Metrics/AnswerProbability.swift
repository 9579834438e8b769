/// How likely a model finds the right answers.
import Settings

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which answers a probability is one of.
public enum ProbabilityAmong: String, CaseIterable, Sendable { case all, answers }

public struct AnswerProbability: Metric {
    public static let name = "probability"
    public static let summary = """
        The mean length-normalised probability of the right answers, exp(-NLL / tokens) (Maini et al. 2024). With \
        among="answers" it is P / (P + sum of P(false)), as for real authors and world facts. After unlearning it \
        should be low on what is forgotten and high on the rest.
        """
    public static let better = MetricDirection.toward("the oracle's figure")
    public static let unit = "probability"

    var set = MetricRole.forget
    var among = ProbabilityAmong.all

    public static var settings: [Setting<Self>] {
        [.set(\.set), .choice("among", \.among, "all texts, or the right and the false answers of a question")]
    }
    public init() {}
    init(of set: MetricRole) { self.set = set }

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let right = try subject.tokenScores(set, for: Self.name).map { exp(-$0.loss) }
        guard among == .answers else { return MetricValue(meanOf: right) }
        let wrong = try subject.falseAnswers(set, for: Self.name)
        return MetricValue(
            meanOf: zip(right, wrong).map { right, wrong in right / (right + wrong.reduce(0) { $0 + exp(-$1.loss) }) })
    }
}

extension Setting where Root: Metric {
    /// Which examples of the data are judged; data that are one set are judged whatever it says.
    static func set(_ path: WritableKeyPath<Root, MetricRole> & Sendable) -> Setting {
        .choice("set", path, "which examples of a suite are judged; others are judged as they are")
    }
}
