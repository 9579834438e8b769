/// Whether an unlearned model can be told from one that never learned.

public struct ForgetQuality: Metric {
    public static let name = "forget_quality"
    public static let summary = """
        The p-value of a two-sample Kolmogorov-Smirnov test between the truth ratios of the model and those of the \
        oracle on the questions to forget (Maini et al. 2024). Below 0.05 the two can be told apart. It means \
        something only where the model before unlearning is below and a second oracle above.
        """
    public static let better = MetricDirection.higher
    public static let unit = "p-value"
    public static let needs: [MetricNeed] = [.oracle, .falseAnswers]

    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let own = try subject.truthRatios(.forget, for: Self.name)
        let oracle = try subject.oracle(for: Self.name).truthRatios(.forget, for: Self.name)
        let test = try Evaluation.forgetQuality(unlearned: own, retrained: oracle)
        return MetricValue(
            test.pValue, details: [("statistic", [test.statistic]), ("truth_ratios", own), ("oracle", oracle)])
    }
}

public struct ForgetQualityReleased: Metric {
    public static let name = "forget_quality_released"
    public static let summary = """
        What the public code of SOUL reports as forget quality: the p-value of a Kolmogorov-Smirnov test between the \
        model's own truth ratios on the questions to forget and on those to retain. It needs no oracle, and is high \
        also for a model that knows both or neither.
        """
    public static let better = MetricDirection.lower
    public static let unit = "p-value"
    public static let needs: [MetricNeed] = [.retain, .falseAnswers]

    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        guard !subject.data.isSingle else { throw MetricNeed.retain.missing(for: Self.name, "questions to retain") }
        let test = try forgetQualityAsReleased(
            forget: subject.truthRatios(.forget, for: Self.name), retain: subject.truthRatios(.retain, for: Self.name))
        return MetricValue(test.pValue, details: [("statistic", [test.statistic])])
    }
}
