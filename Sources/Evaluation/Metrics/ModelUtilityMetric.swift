/// All that unlearning should have left alone, as one figure.

public struct ModelUtilityMetric: Metric {
    public static let name = "model_utility"
    public static let summary = """
        The harmonic mean of nine numbers: probability, ROUGE-L recall and truth ratio, mean of max(0, 1 - R), on the \
        questions to retain, on real authors and on world facts (Maini et al. 2024). Near zero as soon as one of them \
        is.
        """
    public static let better = MetricDirection.higher
    public static let unit = "from 0 to 1"
    public static let needs: [MetricNeed] = [.retain, .falseAnswers, .text]

    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        guard !subject.data.isSingle else {
            throw MetricNeed.retain.missing(for: Self.name, "the sets retain, real_authors and world_facts")
        }
        let utility = try ModelUtility(
            retain: subject.answerScores(.retain, for: Self.name),
            realAuthors: subject.answerScores(.realAuthors, for: Self.name),
            worldFacts: subject.answerScores(.worldFacts, for: Self.name))
        let names = ["retain", "real_authors", "world_facts"].flatMap { set in
            ["probability", "rouge", "truth_ratio"].map { "\(set)_\($0)" }
        }
        return MetricValue(utility.value, details: zip(names, utility.components).map { ($0, [$1]) })
    }
}
