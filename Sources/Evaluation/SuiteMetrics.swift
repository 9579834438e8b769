// The TOFU suite (Maini et al. 2024): the metrics that judge an unlearning on its four sets.

import Datasets

public enum SuiteMetrics {
    /// The figures of a suite by the names that tables give them.
    public static var all: [(name: String, metric: any Metric)] {
        [
            ("forget probability", AnswerProbability(of: .forget)), ("forget ROUGE-L", RougeRecall(of: .forget)),
            ("forget truth ratio", TruthRatio(of: .forget, average: .closerToOne)),
            ("forget quality", ForgetQuality()), ("retain probability", AnswerProbability(of: .retain)),
            ("retain ROUGE-L", RougeRecall(of: .retain)),
            ("retain truth ratio", TruthRatio(of: .retain, average: .trueBetter)),
            ("model utility", ModelUtilityMetric()),
        ]
    }
}

extension MetricSubject {
    /// Asks the model every question of a suite, so that all its metrics find what they need.
    /// - Parameter progress: hears how many of how many questions are done, and may throw to stop.
    public func askSuite(progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws {
        let roles: [MetricRole] = [.forget, .retain, .realAuthors, .worldFacts]
        let counts = roles.map { data.sets[$0]?.count ?? 0 }, total = counts.reduce(0, +)
        var before = 0
        for (role, count) in zip(roles, counts) where count > 0 {
            _ = try answerScores(role, for: "a suite") { done, _ in try progress(before + done, total) }
            before += count
        }
    }
}

extension QuestionSet {
    /// The questions of a set that count: those with false answers where some have them, as in TOFU, whose evaluation
    /// takes 400 of up to 3,960 retained questions; else all.
    var judged: QuestionSet {
        let complete = filtered { !$0.falseAnswers.isEmpty }
        return complete.isEmpty ? self : complete
    }
}
