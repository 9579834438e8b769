/// Prompt templates in the language: what `with_template` is given.
import Language
import StandardLibrary
import Tokenizers

public final class TemplateValue: Foreign {
    let template: PromptTemplate

    init(_ template: PromptTemplate) {
        self.template = template
        super.init()
    }

    public override var kind: String { "template" }
    public override var summary: String {
        "template \(template.name.isEmpty ? Value.string(template.turn + template.end).display : template.name)"
    }
    public override func describeAll(width: Int, digits: Int) -> String {
        let usual =
            template.defaultSystem.isEmpty ? "" : "\nsystem prompt where none is given: \(template.defaultSystem)"
        return "\(summary)\n\(template.turn)\(template.end)\(usual)"
    }
    public override var fieldNames: [String] { ["name", "text", "system", "between"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "name": .string(template.name)
        case "text": .string(template.turn + template.end)
        case "system": .string(template.system)
        case "between": .string(template.between)
        default: nil
        }
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TemplateValue else { return false }
        return Prompting(template: other.template) == Prompting(template: template)
    }

    public override func identify(in parts: inout IdentityParts) throws {
        parts.add(String(decoding: Prompting(template: template).identity, as: UTF8.self))
    }
}

extension TemplateValue: StorableValue {
    public static var storedKind: String { "template" }
    public var stored: Record {
        Record([
            ("name", .string(template.name)), ("turn", .string(template.turn)), ("end", .string(template.end)),
            ("between", .string(template.between)), ("system", .string(template.system)),
            ("default_system", .string(template.defaultSystem)), ("dateline", .string(template.dateline)),
            ("trimmed", .bool(template.isTrimmed)),
        ])
    }

    /// How one comes back from a workspace.
    static var restoring: StoredKind {
        StoredKind(storedKind) { record in TemplateValue(try PromptTemplate(stored: record)) }
    }
}

extension PromptTemplate {
    /// - Throws: `LanguageError` for a record that is no template's.
    init(stored record: Record) throws {
        func text(_ name: String) throws -> String {
            guard case .string(let text)? = record[name] else { throw LanguageError("it is no template: no \(name)") }
            return text.string
        }
        guard case .bool(let trimmed)? = record["trimmed"] else { throw LanguageError("it is no template") }
        try self.init(
            text("turn") + text("end"), name: text("name"), system: text("system"),
            defaultSystem: text("default_system"), dateline: text("dateline"), between: text("between"),
            isTrimmed: trimmed)
    }
}
