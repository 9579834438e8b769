// Model utility: one figure for all that unlearning should have left alone.

/// TOFU's model utility (Maini et al. 2024): the harmonic mean of probability, ROUGE-L recall and truth ratio
/// over the retained questions, real authors and world facts: nine numbers between 0 and 1.
public struct ModelUtility: Hashable, Sendable {
    public let retain: SetScores
    public let realAuthors: SetScores
    public let worldFacts: SetScores

    /// Throws where a set is empty or lacks wrong answers.
    public init(retain: [AnswerScores], realAuthors: [AnswerScores], worldFacts: [AnswerScores]) throws {
        self.retain = try SetScores(retain, name: "retain", probability: .ofAnswer, truthRatio: .trueBetter)
        self.realAuthors = try SetScores(
            realAuthors, name: "real authors", probability: .amongAnswers, truthRatio: .trueBetter)
        self.worldFacts = try SetScores(
            worldFacts, name: "world facts", probability: .amongAnswers, truthRatio: .trueBetter)
    }

    /// The nine numbers.
    public var components: [Double] {
        [retain, realAuthors, worldFacts].flatMap { [$0.probability, $0.rougeL, $0.truthRatio] }
    }

    /// Their harmonic mean: near zero as soon as one of them is.
    public var value: Double { harmonicMean(components) }
}

/// The harmonic mean of non-negative numbers: zero where one of them is; not a number for no numbers.
public func harmonicMean(_ values: [Double]) -> Double {
    values.contains(0) ? 0 : Double(values.count) / values.reduce(0) { $0 + 1 / $1 }
}
