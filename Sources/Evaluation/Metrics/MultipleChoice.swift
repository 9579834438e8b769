/// Whether a model picks the right answer among false ones.
import Settings

public struct MultipleChoice: Metric {
    public static let name = "multiple_choice"
    public static let summary = """
        The share of questions whose right answer is likelier than each of the false ones: by log-likelihood, or with \
        per_byte=true by log-likelihood over the bytes of the answer, which does not prefer short ones (acc and \
        acc_norm of lm-evaluation-harness). The end token does not count. Answers that are equally likely share the \
        point: a guesser gets 1 / answers.
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
        let others = set.indices.map { i in zip(wrong[i], set[i].falseAnswers).map { score($0, $1) } }
        let best = others.map { $0.max() ?? -.infinity }
        // Who cannot tell some answers apart picks one of them.
        let hits = set.indices.map { i -> Double in
            if own[i].isNaN || best[i].isNaN { return .nan }
            return own[i] < best[i] ? 0 : 1 / Double(1 + others[i].count { $0 == own[i] })
        }
        return MetricValue(
            mean(hits), byExample: hits, details: [("right", own), ("best_false", best)])
    }
}
