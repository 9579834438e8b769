// The TOFU suite: what one model makes of all four sets of an unlearning experiment, and the figures made of that.

import Datasets
import LanguageModels

/// One model's scores on the sets of a ``QuestionSplit`` (Maini et al. 2024).
public struct SuiteScores: Hashable, Sendable {
    public let forget, retain, realAuthors, worldFacts: [AnswerScores]

    public init(forget: [AnswerScores], retain: [AnswerScores], realAuthors: [AnswerScores], worldFacts: [AnswerScores])
    {
        self.forget = forget
        self.retain = retain
        self.realAuthors = realAuthors
        self.worldFacts = worldFacts
    }

    /// Asks `model` every question. `progress` hears how many of how many questions are done, and may throw to stop.
    public init(
        of model: LanguageModel, on split: QuestionSplit,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        let scorer = try AnswerScorer(model)
        let sets = [split.forget, split.retain, split.realAuthors, split.worldFacts].map(SuiteScores.judged)
        let total = sets.reduce(0) { $0 + $1.count }
        var before = 0
        var scores: [[AnswerScores]] = []
        for set in sets {
            scores.append(try scorer.scores(set) { done, _ in try progress(before + done, total) })
            before += set.count
        }
        self.init(forget: scores[0], retain: scores[1], realAuthors: scores[2], worldFacts: scores[3])
    }

    /// The questions of a set that count: those with false answers where some have them, as in TOFU, whose evaluation
    /// takes 400 of up to 3,960 retained questions; else all.
    static func judged(_ set: QuestionSet) -> QuestionSet {
        let complete = set.filtered { !$0.falseAnswers.isEmpty }
        return complete.isEmpty ? set : complete
    }

    /// Probability, ROUGE-L recall and truth ratio on the forget set. Throws where it has no false answers.
    public var forgetFigures: SetScores {
        get throws { try SetScores(forget, name: "forget", probability: .ofAnswer, truthRatio: .closerToOneBetter) }
    }

    /// The same on the retained questions.
    public var retainFigures: SetScores {
        get throws { try SetScores(retain, name: "retain", probability: .ofAnswer, truthRatio: .trueBetter) }
    }

    /// Throws where a set is empty or lacks false answers.
    public var utility: ModelUtility {
        get throws { try ModelUtility(retain: retain, realAuthors: realAuthors, worldFacts: worldFacts) }
    }

    /// Truth ratios of the forget set, one a question.
    public var forgetTruthRatios: [Double] { forget.compactMap(\.truthRatio) }

    /// Forget quality against a retrained model's scores.
    public func forgetQuality(against oracle: SuiteScores) throws -> KolmogorovSmirnov {
        try Evaluation.forgetQuality(unlearned: forgetTruthRatios, retrained: oracle.forgetTruthRatios)
    }
}
