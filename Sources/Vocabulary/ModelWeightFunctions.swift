/// Functions that make new models of the weights of others.
import Tokenizers
import Autodiff
import Datasets
import Evaluation
import Language
import LanguageModels
import Tensors

extension ModelFunctions {
    static func weights(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "parameters", family: "models", [.positional("x", .either(.model, .direction))],
                "The weights as a record of tensors, by the names that the model's checkpoint gives them.",
                examples: ["keys(parameters(gpt(5, layers=1, width=8)))[0]\n#> \"transformer.wte.weight\""],
                seeAlso: ["direction"], differentiable: true
            ) { call in
                let (layout, values): (ParameterLayout, Variable)
                switch try call.value("x") {
                case .foreign(let model as ModelValue):
                    try model.model.checkMoves()
                    (layout, values) = (model.model.layout, model.model.weights)
                case .foreign(let direction as DirectionValue):
                    (layout, values) = (direction.direction.layout, direction.direction.values)
                default: throw call.wrong("x", try call.value("x"), mustBe: "a model or a direction")
                }
                return .record(
                    try layout.entries.map { name, entry in
                        (name, .foreign(TensorValue(try values.segment(entry.offset, shape: entry.shape))))
                    })
            },
            .engine(
                "direction", family: "models",
                [
                    model(),
                    .positional(
                        "record", .record(of: .tensor), "by the names of parameters(model); missing ones are zero"),
                ],
                "A direction in a model's space of weights from a record of tensors: the inverse of parameters.",
                examples: [
                    """
                    m = gpt(5, layers=1, width=8)
                    norm(direction(m, parameters(m)) - (m - m))  == norm(direction(m, parameters(m)))
                    #> true
                    """
                ], seeAlso: ["parameters", "with_weights"], differentiable: true
            ) { call in
                let model = try call.foreign("model", as: ModelValue.self).model
                let values = try weights(call, model.layout, engine) { entry in
                    Variable(try Tensor.zeros([entry.count], on: engine.device))
                }
                return .foreign(DirectionValue(try Direction(model.layout, values)))
            },
            .engine(
                "with_weights", family: "models",
                [
                    model(),
                    .positional(
                        "record", .record(of: .tensor), "by the names of parameters(model); the others stay"),
                ],
                """
                The model with other weights, bit by bit those of a record of tensors: whatever was computed from \
                parameters(model), or read with read_tensors. Parameters that the record does not name stay as they are.
                """,
                examples: [
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    w = parameters(gpt(5, layers=1, width=8, seed=2))
                    with_weights(m, w) == gpt(5, layers=1, width=8, seed=2)
                    #> true
                    """
                ], seeAlso: ["parameters", "direction", "read_tensors"], differentiable: true
            ) { call in
                let model = try call.foreign("model", as: ModelValue.self).model
                let values = try weights(call, model.layout, engine) { entry in
                    try model.weights.segment(entry.offset, shape: [entry.count])
                }
                return .foreign(ModelValue(try model.with(weights: values)))
            },
        ]
    }

    /// The numbers of a record of tensors in the order of a layout.
    /// - Parameter missing: what stands for a parameter that the record does not name.
    private static func weights(
        _ call: Call, _ layout: ParameterLayout, _ engine: EngineContext,
        missing: (ParameterLayout.Entry) throws -> Variable
    ) throws -> Variable {
        let record = try call.record("record")
        if let unknown = record.keys.first(where: { layout.entries[$0] == nil }) {
            let near = suggestion(for: unknown, among: Array(layout.entries.keys))
            throw LanguageError(
                "the model has no parameter `\(unknown)`", note: near.map { "did you mean `\($0)`?" },
                at: .argument("record"))
        }
        return try Variable.concatenated(
            layout.entries.map { name, entry in
                guard let value = record[name] else { return try missing(entry) }
                guard let tensor = try engine.variable(value),
                    tensor.shape == entry.shape || (entry.count == 1 && tensor.value.count == 1)
                else {
                    throw LanguageError(
                        "`\(name)` must be a tensor \(entry.shape); it is \(value.phrase)", at: .argument("record"))
                }
                return try tensor.reshaped([entry.count])
            })
    }
}
