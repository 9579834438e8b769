// A metric from outside its module: a function of the language, in Swift.
import Language
import LanguageModels
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
