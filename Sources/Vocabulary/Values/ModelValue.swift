/// Models in the language: points that directions move.
import Autodiff
import Files
import Language
import LanguageModels
import Tensors
import Tokenizers
import Unlearning

public final class ModelValue: Foreign {
    public let model: LanguageModel
    /// What a training or unlearning left behind: steps, losses.
    public let log: Record?
    /// The run that a training left, so that a further training can go on.
    let continuation: RunValue?

    public convenience init(_ model: LanguageModel) { self.init(model, log: nil, continuation: nil) }

    init(_ model: LanguageModel, log: Record?, continuation: RunValue? = nil) {
        self.model = model
        self.log = log
        self.continuation = continuation
        super.init()
    }

    /// The same model asked in another way; itself where that is no other.
    func asked(_ prompting: Prompting) -> ModelValue {
        prompting == model.prompting
            ? self : ModelValue(model.with(prompting: prompting), log: log, continuation: continuation)
    }

    public override var kind: String { "model" }
    public override var summary: String {
        let a = model.architecture
        // As the function is called that makes one.
        let kind = a.kind == "gpt2" ? "gpt" : a.kind
        let prompt = model.prompting == Prompting() ? "" : ", \(model.prompting.summary)"
        return "model \(kind) \(a.layers)×\(a.width), \(weightsSummary)\(prompt)"
    }
    private var weightsSummary: String {
        guard let adapted = model.adapted else { return "\(grouped(model.layout.count)) weights" }
        let storage = adapted.frozen.storage == .float32 ? "" : " in \(adapted.frozen.storage.rawValue)"
        let frozen = grouped(adapted.frozen.count)
        return adapted.adapters.isEmpty
            ? "\(frozen) frozen weights\(storage)"
            : "\(grouped(model.layout.count)) weights of adapters, \(frozen) frozen\(storage)"
    }
    public override func describe(width: Int, digits: Int) -> String {
        // What chose its own settings says which.
        guard case .string(let chosen)? = log?["summary"] else { return clipped(summary, to: width) }
        return clipped(summary, to: width) + "\n" + wrapped("  " + chosen.string, to: width).joined(separator: "\n")
    }
    public override func describeAll(width: Int, digits: Int) -> String {
        let a = model.architecture
        return "\(summary), heads \(a.heads), context \(a.context), vocabulary \(a.vocabulary)"
    }
    public override var isTracked: Bool { model.weights.isTracked }
    public override var byteCount: Int? { 4 * model.layout.count + (model.adapted?.frozen.byteCount ?? 0) }
    public override var numberCount: Int? { model.layout.count }
    public override func number(at position: Int) -> Double { model.weights.value.number(at: position) }
    public override func firstNaN(orInfinite: Bool) -> Int? { model.weights.value.firstNaN(orInfinite: orInfinite) }

    public override var fieldNames: [String] {
        [
            "weights", "log", "layers", "width", "heads", "context", "vocabulary", "architecture",
            "system_prompt", "template", "adapters", "storage",
        ]
    }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "weights": .number(model.layout.count)
        case "log": log.map { .record($0) } ?? .nothing
        case "layers": .number(model.architecture.layers)
        case "width": .number(model.architecture.width)
        case "heads": .number(model.architecture.heads)
        case "context": .number(model.architecture.context)
        case "vocabulary": .number(model.architecture.vocabulary)
        case "architecture": .string(model.architecture.kind)
        case "storage": .string((model.adapted?.frozen.storage ?? .float32).rawValue)
        case "adapters": model.adapterRecord
        case "system_prompt": .string(model.prompting.system)
        case "template": .foreign(TemplateValue(model.prompting.template))
        default: nil
        }
    }

    private func hasSameArchitecture(as other: LanguageModel) -> Bool {
        if let own = model.adapted, let second = other.adapted {
            guard own.adapters == second.adapters, own.frozen.isEqual(to: second.frozen) else { return false }
        }
        guard let a = try? ArchitectureConfiguration(model.wholeArchitecture),
            let b = try? ArchitectureConfiguration(other.wholeArchitecture)
        else { return model.architecture.kind == other.architecture.kind }
        return a.json(as: .float32) == b.json(as: .float32)
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? ModelValue, other.model.layout == model.layout,
            (other.model.adapted == nil) == (model.adapted == nil)
        else { return false }
        guard other.model.weights.value.hasSameElements(as: model.weights.value) else { return false }
        // Equal weights give other logits with another number of heads, and other texts with another tokenizer.
        guard hasSameArchitecture(as: other.model), model.isAsked(like: other.model) else { return false }
        guard model.endTokens == other.model.endTokens else { return false }
        switch (model.tokenizer, other.model.tokenizer) {
        case (nil, nil): return true
        case (let a?, let b?):
            return a === b || a.fingerprint.map { $0 == b.fingerprint } ?? false
        default: return false
        }
    }

    /// Architecture, weights and tokenizer, and the run that a further training would go on with; what a log tells of
    /// its training is no part of it.
    public override func identify(in parts: inout IdentityParts) throws {
        guard let configuration = try? ArchitectureConfiguration(model.wholeArchitecture),
            let text = try? configuration.json(as: .float32).text(.compact)
        else { return parts.addNothingElseIsEqual() }
        parts.add(text)
        parts.add(model.weights.value)
        if let adapted = model.adapted {
            for adapter in adapted.adapters { parts.add("adapter \(adapter.module) \(adapter.rank) \(adapter.scale)") }
            parts.add("frozen \(adapted.frozen.storage.rawValue)")
            for name in adapted.frozen.turned.sorted() { parts.add("turned \(name)") }
            for part in adapted.frozen.parts { parts.add(part.memory) }
        }
        if let tokenizer = model.tokenizer { try parts.add(tokenizer) }
        parts.add("ends \(model.endTokens.sorted())")
        if model.prompting != Prompting() { parts.add(String(decoding: model.prompting.identity, as: UTF8.self)) }
        if let continuation {
            parts.add("goes on")
            try parts.add(.foreign(continuation))
        }
    }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        switch (op, other) {
        case (.add, .foreign(let step as DirectionValue)):
            return try worded { .foreign(ModelValue(try model.moved(along: step.direction))) }
        case (.subtract, .foreign(let step as DirectionValue)) where !isReversed:
            return try worded { .foreign(ModelValue(try model.moved(along: step.direction, by: -1))) }
        case (.subtract, .foreign(let origin as ModelValue)):
            return try worded { .foreign(DirectionValue(try model.difference(from: origin.model))) }
        case (.equal, .foreign(let origin as ModelValue)): return .bool(isEqual(to: origin))
        case (.notEqual, .foreign(let origin as ModelValue)): return .bool(!isEqual(to: origin))
        case (.add, .foreign(is ModelValue)):
            throw LanguageError(
                "two models cannot be added: a model is a point",
                advice: ["their difference is a direction: write a + 0.5 * (b - a) for the model halfway"])
        case (.multiply, .number), (.divide, .number):
            throw LanguageError(
                "a model cannot be scaled: it is a point",
                advice: ["directions can: write base + 0.5 * (model - base)"])
        default: return nil
        }
    }
}
