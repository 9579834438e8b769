/// How a model is asked, in a workspace file.
import Files
import Language
import Tokenizers

extension ValueWriter {
    static func described(_ prompting: Prompting) -> JSON {
        let template = prompting.template
        return [
            "template": [
                "name": .string(template.name), "turn": .string(template.turn), "end": .string(template.end),
                "between": .string(template.between), "system": .string(template.system),
                "default_system": .string(template.defaultSystem), "dateline": .string(template.dateline),
                "trimmed": .bool(template.isTrimmed),
            ],
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
            template: try PromptTemplate(
                template["turn"].string() + template["end"].string(), name: template["name"].string(),
                system: template["system"].string(), defaultSystem: template["default_system"].string(),
                dateline: template["dateline"].string(), between: template["between"].string(),
                isTrimmed: template["trimmed"].bool()),
            system: try stored["system"].string(),
            examples: try stored["examples"].elements().map {
                PromptExample(
                    question: try Self.part($0, 0).string(), answer: try Self.part($0, 1).string())
            },
            date: try stored["date"].string())
    }
}
