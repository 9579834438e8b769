// How well a model knows the answer to one question, and the averages of a set of questions.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a model makes of one question: losses of the right, the paraphrased and the wrong answers, and its own answer.
///
/// Losses are mean negative log-likelihoods a token of the answer, in nats.
public struct AnswerScores: Hashable, Sendable {
    public var answerLoss: Double
    /// The loss of the paraphrased answer, where the data have one.
    public var paraphraseLoss: Double?
    /// The losses of the wrong answers; empty where the data have none.
    public var falseLosses: [Double]
    /// ROUGE-L recall of the greedily generated answer against the right one.
    public var rougeL: Double

    public init(answerLoss: Double, paraphraseLoss: Double? = nil, falseLosses: [Double] = [], rougeL: Double) {
        self.answerLoss = answerLoss
        self.paraphraseLoss = paraphraseLoss
        self.falseLosses = falseLosses
        self.rougeL = rougeL
    }

    /// The length-normalised probability of the right answer, exp(−loss).
    public var probability: Double { exp(-answerLoss) }

    /// The probability of the right answer among the right and the wrong ones, P/(P + ΣP(false)).
    public var probabilityAmongAnswers: Double {
        probability / (probability + falseLosses.reduce(0) { $0 + exp(-$1) })
    }

    /// The truth ratio R: geometric mean of the wrong answers' probabilities over the paraphrase's probability, each
    /// length-normalised. Below 1 for a model that knows the fact. The answer itself stands in for a missing
    /// paraphrase, as TOFU does for real authors and world facts; nil without wrong answers.
    public var truthRatio: Double? {
        falseLosses.isEmpty ? nil : exp((paraphraseLoss ?? answerLoss) - mean(falseLosses))
    }
}

/// How the probability of a set of answers is measured.
public enum ProbabilityRule: Hashable, Sendable {
    /// exp(−loss): for what a model was taught word for word.
    case ofAnswer
    /// Normalised over the right and the wrong answers: for real authors and world facts.
    case amongAnswers
}

/// How truth ratios are averaged.
public enum TruthRatioRule: Hashable, Sendable {
    /// mean max(0, 1 − R): for what shall be known.
    case trueBetter
    /// mean min(R, 1/R): for what shall be forgotten; 1 where right and wrong answers are equally likely.
    case closerToOneBetter

    /// The average of the given ratios. Throws where there are none.
    public func average(_ ratios: [Double]) throws -> Double {
        guard !ratios.isEmpty else {
            throw MetricError("there are no truth ratios to average: the questions need false answers")
        }
        return switch self {
        case .trueBetter: mean(ratios.map { max(0, 1 - $0) })
        case .closerToOneBetter: mean(ratios.map { min($0, 1 / $0) })
        }
    }
}

/// The three TOFU figures of a set of questions, each between 0 (worst) and 1.
public struct SetScores: Hashable, Sendable {
    public let probability: Double
    public let rougeL: Double
    public let truthRatio: Double

    /// Averages over questions. Throws where there are none or they lack wrong answers; `name` is the set's.
    public init(
        _ scores: [AnswerScores], name: String, probability rule: ProbabilityRule, truthRatio ratioRule: TruthRatioRule
    ) throws {
        guard !scores.isEmpty else {
            throw MetricError("the set \"\(name)\" has no questions to average over")
        }
        let ratios = scores.compactMap(\.truthRatio)
        guard !ratios.isEmpty else {
            throw MetricError(
                "no question of \"\(name)\" has false answers, which its truth ratio needs")
        }
        switch rule {
        case .ofAnswer: probability = mean(scores.map(\.probability))
        case .amongAnswers: probability = mean(scores.map(\.probabilityAmongAnswers))
        }
        rougeL = mean(scores.map(\.rougeL))
        truthRatio = try ratioRule.average(ratios)
    }
}

/// The arithmetic mean; not a number for no values.
package func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
}
