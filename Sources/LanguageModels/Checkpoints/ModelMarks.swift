// The ids at which a model begins and stops, and where they were said.

import Files
import Tokenizers

/// What `config.json` and `generation_config.json` of a model's folder say of its special ids. Generation stops at
/// those of the second file where it names any, and else of the first, as in transformers.
public struct ModelMarks: Sendable, Equatable {
    /// Those of `config.json`; nil for a model that was not loaded.
    public var configuration: SpecialIds?
    /// Those of `generation_config.json`, as far as it names any.
    public var generation: SpecialIds?

    public init(configuration: SpecialIds? = nil, generation: SpecialIds? = nil) {
        self.configuration = configuration
        self.generation = generation
    }

    /// The ids at which generation stops.
    public var ends: [Int] {
        guard let generation, !generation.ends.isEmpty else { return configuration?.ends ?? [] }
        return generation.ends
    }
}

extension ModelMarks {
    /// As workspaces store them.
    public var json: JSON {
        func described(_ ids: SpecialIds?) -> JSON { ids.map { .object(NamedValues($0.json)) } ?? .null }
        return ["configuration": described(configuration), "generation": described(generation)]
    }

    public init(_ node: JSONNode) throws(JSONError) {
        if let node = try node.optional("configuration") { configuration = try SpecialIds(node) }
        if let node = try node.optional("generation") { generation = try SpecialIds(node) }
    }
}

extension LanguageModel {
    /// The ids at which the model's answers to texts stop: those of its configuration, and its tokenizer's end of text,
    /// which ends what it was taught.
    public var endTokens: Set<Int> { Set(marks.ends + [tokenizer?.endOfText].compactMap(\.self)) }

    /// The ids at which it stops when it continues bare ids, as in transformers: those of its configuration, or else
    /// its tokenizer's.
    public var configuredEnds: Set<Int> { marks.ends.isEmpty ? endTokens : Set(marks.ends) }
}
