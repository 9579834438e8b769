/// `attack`: what brings back what models seem to have forgotten, as one table.
import Evaluation
import Language
import LanguageModels

enum AttackFunctions {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "attack", family: "evaluation",
            [
                .rest("models", .model, "what is attacked"),
                .option(
                    "on", .described("authors(), tofu(…), or a record of data sets"), default: .nothing,
                    shown: "needed",
                    "what was to be forgotten, and what to be kept"),
                .option(
                    "oracle", .model, default: .nothing, shown: "the one called oracle",
                    "retrained without what is to be forgotten: what it gives under an attack is no memory"),
                .option(
                    "attacks", .list(of: .attack), default: .nothing, shown: "all",
                    "built-in ones, with options set or not, and functions (model, data) of one's own"),
                .option(
                    "names", .list(of: .string), default: .nothing, shown: "as written",
                    "what the models are called in the table"),
            ],
            """
            A table of attacks, a column a model: the mean probability of the answers to forget as it is, after the \
            weights were rounded to 8 and to 4 bits, after relearning a few examples, after a few other questions, \
            asked in \
            other words, and with the answers' beginnings given; and how often a linear probe of hidden states tells \
            the \
            right answers from false ones. A model that has forgotten stays where the oracle is. What the data do not \
            serve \
            is left empty, with a note. The result's fields are the models.
            """,
            examples: [
                """
                qa = authors()
                t = attack(load("authors"), on=qa.forget[0:2], attacks=[quantized(bits=8), prefixed], names=["base"])
                t.base.prefixed > 0.5
                #> true
                """
            ], seeAlso: ["compare", "relearned", "quantized", "mia_min_k"]
        ) { call in
            let models = try Comparison.models(call), on = try call.value("on")
            let given = try call.optional("attacks") { try $0.list("attacks") }
            let attacks = try given.map { try MetricCall.reading($0, "attacks", call, engine) } ?? all(call, engine)
            return .foreign(
                try Comparison.judged(models, by: attacks, on: on, lenient: given == nil, call))
        }
    }

    /// No attack, and all of the catalogue; weights are rounded twice.
    private static func all(_ call: Call, _ engine: EngineContext) throws -> [MetricCall] {
        let registry = call.interpreter.registry
        let names = [AnswerProbability.name] + engine.catalogue.attacks.map { $0.name }
        var functions: [Function] = []
        for builtin in names.compactMap({ registry[$0] }) {
            let function = Function(builtin)
            if builtin.name == Quantized.name {
                functions.append(try function.setting([(name: "bits", value: .number(8))]))
                functions.append(try function.setting([(name: "bits", value: .number(4))]))
            } else {
                functions.append(function)
            }
        }
        return functions.enumerated().map { MetricCall($1, at: $0, call, engine) }
    }
}
