/// How far a model is from the one retrained without what is to be forgotten.
import LanguageModels
import Settings

public struct OracleDivergence: Metric {
    public static let name = "oracle_kl"
    public static let summary = """
        The mean over the tokens to predict of KL(oracle || model), in nats: how far the model's predictions are from \
        those of the model retrained without the forget set (Golatkar et al. 2020).
        """
    public static let better = MetricDirection.lower
    public static let unit = "nats"
    public static let needs: [MetricNeed] = [.oracle]
    var set = MetricRole.forget
    public static var settings: [Setting<Self>] { [.set(\.set)] }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let oracle = try subject.oracle(for: Self.name).model.detached
        if case .questions(let questions) = try subject.examples(set, for: Self.name) {
            return MetricValue(try PredictionDivergence.of(subject.model, from: oracle, on: questions))
        }
        let divergence = try PredictionDivergence.of(
            subject.model.detached, from: oracle, on: subject.batches(set, for: Self.name))
        return MetricValue(Double(try divergence.value.item()))
    }
}

public struct OracleDistance: Metric {
    public static let name = "oracle_distance"
    public static let summary = """
        The length of the difference between the model's weights and the oracle's; a model with adapters beside a \
        plain oracle is measured as what it merges to. Models trained from different seeds are far apart even where \
        they predict the same; see oracle_kl.
        """
    public static let better = MetricDirection.lower
    public static let unit = "length of weights"
    public static let needs: [MetricNeed] = [.oracle]
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let difference = try subject.model.detached.wholeDifference(
            from: subject.oracle(for: Self.name).model.detached)
        return MetricValue(difference.values.value.norm())
    }
}
