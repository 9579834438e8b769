/// How a model is asked, in a workspace file.
import Files
import Language
import Tokenizers

extension ValueWriter {
    static func described(_ prompting: Prompting) -> JSON {
        let template = prompting.template
        let form: [(String, JSON)] = [
            ("name", .string(template.name)), ("turn", .string(template.turn)), ("end", .string(template.end)),
            ("between", .string(template.between)), ("system", .string(template.system)),
            ("default_system", .string(template.defaultSystem)), ("dateline", .string(template.dateline)),
            ("trimmed", .bool(template.isTrimmed)),
        ]
        let manner = template.storedManner.map { ($0.name, JSON.string($0.text)) }
        return [
            "template": .object(NamedValues(form + manner)),
            "system": .string(prompting.system), "date": .string(prompting.date),
            "examples": .array(prompting.examples.map { [.string($0.question), .string($0.answer)] }),
        ]
    }
}

extension ValueReader {
    /// How the model of a description is asked; as Lethe's own are where it says nothing.
    func prompting(_ node: JSONNode) throws -> Prompting {
        guard let stored = try node.optional("prompting") else { return Prompting() }
        let template = try stored["template"]
        return Prompting(
            template: try PromptTemplate(isTrimmed: template["trimmed"].bool()) {
                try template[$0].string()
            } more: {
                try template.optional($0)?.string()
            },
            system: try stored["system"].string(),
            examples: try stored["examples"].elements().map {
                PromptExample(
                    question: try Self.part($0, 0).string(), answer: try Self.part($0, 1).string())
            },
            date: try stored["date"].string())
    }
}
