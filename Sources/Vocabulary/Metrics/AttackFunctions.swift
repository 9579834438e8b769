/// `attack`: what brings back what models seem to have forgotten, as one table.
import Evaluation
import Language
import LanguageModels
import StandardLibrary

package enum AttackFunctions {
    /// What `attack` and its picture take.
    package static var parameters: [Parameter] {
        [
            .rest("models", .model, "what is attacked; the first is where the others come from"),
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
                "reference", .model, default: .nothing, shown: "the first model",
                "whose hidden states are patched in: the one that had not forgotten"),
            .option(
                "names", .list(of: .string), default: .nothing, shown: "as written",
                "what the models are called in the table"),
        ]
    }

    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "attack", family: "evaluation", parameters,
            """
            A table of attacks, a column a model: the mean probability of the answers to forget as it is, after the \
            weights were rounded to 8 and to 4 bits, after relearning a few examples, after a few other questions, \
            asked in other words, and with the answers' beginnings given; how often a linear probe of hidden states \
            tells the right answers from false ones; and how deep the first model's hidden states must be patched in \
            to bring the answers halfway back. A model that has forgotten stays where the oracle is. What the data do \
            not serve is left empty, with a note. The result's fields are the models.
            """,
            examples: [
                """
                qa = authors()
                t = attack(load("authors"), on=qa.forget[0:2], attacks=[quantized(bits=8), prefixed], names=["base"])
                t.base.prefixed > 0.5
                #> true
                """
            ], seeAlso: ["robustness", "compare", "relearned", "quantized", "patched", "mia_min_k"]
        ) { call in
            .foreign(try measured(call, engine, bits: [8, 4]).table)
        }
    }

    /// What attacks found.
    package struct Measured {
        package let table: TableValue
        package let names: [String]
        package let attacks: [MetricCall]
        /// By attack and model; nil where there is none.
        package fileprivate(set) var results: [[MetricValue?]]
    }

    /// The attacks that a call names on its models, or no attack and all of the catalogue.
    /// - Parameter bits: to how many bits weights are rounded where the call does not say.
    package static func measured(_ call: Call, _ engine: EngineContext, bits: [Int]) throws -> Measured {
        let models = try Comparison.models(call), on = try call.value("on")
        let given = try call.optional("attacks") { try $0.list("attacks") }
        let attacks =
            try given.map { try MetricCall.reading($0, "attacks", call, engine) } ?? all(call, engine, bits: bits)
        var results = attacks.map { _ in [MetricValue?](repeating: nil, count: models.all.count) }
        let table = try Comparison.judged(
            models, by: attacks, on: on, lenient: given == nil, original: models.all[0].model, call
        ) { results[$0][$1] = $2 }
        return Measured(table: table, names: models.all.map(\.name), attacks: attacks, results: results)
    }

    private static func all(_ call: Call, _ engine: EngineContext, bits: [Int]) throws -> [MetricCall] {
        let registry = call.interpreter.registry
        let names = [AnswerProbability.name] + engine.catalogue.attacks.map { $0.name }
        var functions: [Function] = []
        for builtin in names.compactMap({ registry[$0] }) {
            let function = Function(builtin)
            if builtin.name == Quantized.name {
                functions += try bits.map { try function.setting([(name: "bits", value: .number(Double($0)))]) }
            } else {
                functions.append(function)
            }
        }
        return functions.enumerated().map { MetricCall($1, at: $0, call, engine) }
    }
}
