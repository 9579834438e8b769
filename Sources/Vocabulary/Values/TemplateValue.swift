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
        let system = template.takesSystem ? "" : "\nit takes no system prompt"
        return "\(summary)\n\(template.manner.asked ?? template.turn)\(template.end)\(usual)\(system)"
    }
    public override var fieldNames: [String] { ["name", "text", "system", "between"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "name": .string(template.name)
        case "text": .string((template.manner.asked ?? template.turn) + template.end)
        case "system": .string(template.takesSystem ? template.system : "")
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
        Record(
            [
                ("name", .string(template.name)), ("turn", .string(template.turn)), ("end", .string(template.end)),
                ("between", .string(template.between)), ("system", .string(template.system)),
                ("default_system", .string(template.defaultSystem)), ("dateline", .string(template.dateline)),
                ("trimmed", .bool(template.isTrimmed)),
            ]
                + template.storedManner.map { ($0.name, .string($0.text)) })
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
        try self.init(isTrimmed: trimmed, text: text) { record[$0] == nil ? nil : try text($0) }
    }

    /// What a workspace keeps of a form beyond what all have; nothing of one that has no more.
    var storedManner: [(name: String, text: String)] {
        guard manner != PromptManner() || (trims != .none && trims != .all) else { return [] }
        return [
            ("system_place", manner.systemPlace.rawValue), ("opening", manner.opening), ("gap", manner.gap),
            ("trims", trims.rawValue),
        ] + (manner.asked.map { [("asked", $0)] } ?? [])
    }

    /// - Parameters:
    ///   - text: a part that is always kept.
    ///   - more: one that is kept where there is more to the form.
    /// - Throws: what they throw, and `TokenizerError` for parts that make no template.
    init(isTrimmed: Bool, text: (String) throws -> String, more: (String) throws -> String?) throws {
        let plain = try PromptTemplate(
            text("turn") + text("end"), name: text("name"), system: text("system"),
            defaultSystem: text("default_system"), dateline: text("dateline"), between: text("between"),
            isTrimmed: isTrimmed)
        guard let place = try more("system_place") else {
            self = plain
            return
        }
        guard let systemPlace = PromptManner.SystemPlace(rawValue: place),
            let trims = PromptTrimming(rawValue: try more("trims") ?? "")
        else { throw TokenizerError("it is no template") }
        let asked = try more("asked")
        if let asked { _ = try PromptTemplate(asked) }
        self = plain.with(
            PromptManner(
                systemPlace: systemPlace, opening: try more("opening") ?? "", asked: asked,
                gap: try more("gap") ?? ""), trims: trims)
    }
}
