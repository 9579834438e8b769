/// Whether a model picks the right answer among false ones.
import Settings

public struct MultipleChoice: Metric {
    public static let name = "multiple_choice"
    public static let summary = """
        The share of questions whose right answer is likelier than each of the false ones: by log-likelihood, or with \
        per_byte=true by log-likelihood over the bytes of the answer, which does not prefer short ones (acc and \
        acc_norm of lm-evaluation-harness). The end token does not count. A guesser gets 1 / answers.
        """
    public static let better = MetricDirection.toward("the oracle's figure")
    public static let unit = "share of questions"
    public static let needs: [MetricNeed] = [.falseAnswers]
    var set = MetricRole.forget
    var perByte = false
    public static var settings: [Setting<Self>] {
        [.set(\.set), .flag("per_byte", \.perByte, "divides each log-likelihood by the answer's bytes")]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let set = try subject.questions(set, for: Self.name)
        let right = try subject.tokenScores(self.set, for: Self.name)
        let wrong = try subject.falseAnswers(self.set, for: Self.name)
        func score(_ scores: TokenScores, _ answer: String) -> Double {
            scores.withoutEnd.logLikelihood / (perByte ? Double(max(1, answer.utf8.count)) : 1)
        }
        let own = set.indices.map { score(right[$0], set[$0].answer) }
        let best = set.indices.map { i in
            zip(wrong[i], set[i].falseAnswers).map { score($0, $1) }.max() ?? -.infinity
        }
        let hits = zip(own, best).map { own, best in own.isNaN || best.isNaN ? Double.nan : own >= best ? 1 : 0 }
        return MetricValue(
            mean(hits), byExample: hits, details: [("right", own), ("best_false", best)])
    }
}
