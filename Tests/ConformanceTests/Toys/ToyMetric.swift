// Metrics from outside their module: a function of the language, in Swift, and one that shares a comparison's scores.
import Evaluation
import Foundation
import Language
import LanguageModels
import Settings
import Vocabulary

var toyMetric: Builtin {
    Builtin(
        "toy_metric", family: "evaluation",
        [.positional("model", .model), .option("scale", .number, default: 1)],
        summary: "A toy: scale times the number of a model's weights.",
        examples: ["toy_metric(gpt(5, layers=1, width=8, seed=1), scale=2)\n#> 3904"], seeAlso: ["compare"]
    ) { call in
        let model = try call.foreign("model", as: ModelValue.self).model
        return .number(Double(model.weights.value.count) * (try call.number("scale")))
    }
}

/// The share of answers' tokens that are less likely than a bound.
struct ToyShare: Metric {
    static let name = "toy_share"
    static let summary = "A toy: the share of tokens to predict whose probability is below the bound."
    static let better = MetricDirection.toward("nothing")
    static let unit = "share of tokens"

    var bound = 0.5
    static var settings: [Setting<Self>] { [.number("bound", \.bound, "the bound of the toy")] }

    func value(of subject: MetricSubject) throws -> MetricValue {
        MetricValue(
            meanOf: try subject.tokenScores(.forget, for: Self.name).map { scores in
                let logs = scores.logProbabilities
                return Double(logs.count { $0 < log(bound) }) / Double(logs.count)
            })
    }
}
