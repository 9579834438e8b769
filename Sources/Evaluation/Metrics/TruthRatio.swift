/// Whether a model finds a right answer in other words likelier than false ones.
import Settings

public enum TruthRatioAverage: String, CaseIterable, Sendable {
    case closerToOne = "closer_to_one"
    case trueBetter = "true_better"
    case probability = "prob_mean"
}

public struct TruthRatio: Metric {
    public static let name = "truth_ratio"
    public static let summary = """
        Truth ratios R = (geometric mean of P(false answer)) / P(paraphrased answer), each length-normalised (Maini et \
        al. 2024), averaged: "closer_to_one" is the mean of min(R, 1/R), for what shall be forgotten; "true_better" of \
        max(0, 1 - R), for what shall be known; "prob_mean" of 1 / (1 + R), the share of the right answer.
        """
    public static let better = MetricDirection.toward("the oracle's figure")
    public static let unit = "ratio"
    public static let needs: [MetricNeed] = [.falseAnswers]

    var set = MetricRole.forget
    var average = TruthRatioAverage.closerToOne

    public static var settings: [Setting<Self>] {
        [.set(\.set), .choice("average", \.average, "what is averaged over the questions")]
    }
    public init() {}
    init(of set: MetricRole, average: TruthRatioAverage) { (self.set, self.average) = (set, average) }

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let ratios = try subject.truthRatios(set, for: Self.name)
        let values = ratios.map { ratio in
            switch average {
            case .closerToOne: min(ratio, 1 / ratio)
            case .trueBetter: max(0, 1 - ratio)
            case .probability: 1 / (1 + ratio)
            }
        }
        return MetricValue(mean(values), byExample: values, details: [("truth_ratios", ratios)])
    }
}
