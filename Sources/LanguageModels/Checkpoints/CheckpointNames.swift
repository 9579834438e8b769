// Under which names a checkpoint holds a model's parameters, and what else it holds.

import Files

/// The tensors of a checkpoint by the names of an architecture's parameters: with or without the body's prefix, inside of
/// what wrapped the model when it was saved, with a head that is stored twice or not at all.
struct CheckpointNames {
    /// What a parameter's numbers are read from.
    private(set) var sources: NamedValues<String> = [:]
    /// What is worth saying, though the model is whole.
    private(set) var remarks: [String] = []
    private var problems: [String] = []

    static let head = "lm_head.weight"
    /// What training programs put around a model.
    private static let wrappers = Set(
        ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "pretrained_model"]
            .map(Spelling.init))
    /// Constants that older versions of transformers saved: causal masks, positions, rotary frequencies.
    private static let constants = [
        "attn.bias", "attn.masked_bias", "attention.bias", "attention.masked_bias", "rotary_emb.inv_freq",
        "rotary_emb.cos_cached", "rotary_emb.sin_cached", "position_ids", "decoder.version",
    ]
    /// Heads for other ends than the next token.
    private static let otherHeads = Set(
        ["v_head", "value_head", "score", "classifier", "reward_head", "qa_outputs", "multiple_choice_head"]
            .map(Spelling.init))

    /// The stored names by what they are without wrappers.
    static func unwrapped(_ tensors: CheckpointTensors) -> NamedValues<String> {
        var names: NamedValues<String> = [:]
        for stored in tensors.location.keys {
            var parts = stored.split(separator: ".", omittingEmptySubsequences: false)
            parts.removeAll { wrappers.contains(Spelling(String($0))) }
            let name = parts.joined(separator: ".")
            if names[name] == nil { names[name] = stored }
        }
        return names
    }

    /// - Parameters:
    ///   - shapes: the parameters of an architecture of this configuration.
    ///   - path: the folder, for messages.
    /// - Throws: `FileError` naming tensors that are missing, without a place, of another shape or type.
    init(
        _ tensors: CheckpointTensors, _ model: any ModelConfiguration, _ shapes: [(name: String, shape: [Int])],
        path: String
    ) throws {
        let stored = Self.unwrapped(tensors)
        func find(_ name: String) -> String? {
            model.storedNames(name).lazy.compactMap { stored[$0] }.first
        }
        var missing: [String] = [], misshapen: [String] = [], mistyped: [String] = []
        var unexpected = Set(tensors.location.keys.map(Spelling.init))
        for (name, shape) in shapes {
            // A tied weight may be stored as the head alone.
            guard let source = find(name) ?? (name == model.tiedEmbedding ? find(Self.head) : nil),
                let file = tensors.file(of: source), let found = file.tensors[source]
            else {
                if let lost = model.storedNames(name).lazy.compactMap({ tensors.lost[$0] }).first { throw lost }
                missing.append(name)
                continue
            }
            unexpected.remove(Spelling(source))
            sources[name] = source
            if found.shape != shape { misshapen.append("`\(source)` is \(found.shape) instead of \(shape)") }
            // Whole numbers in the place of weights are bits that were meant otherwise, as in a quantised checkpoint.
            if found.type == nil { throw file.unreadable(source, found) }
            if found.type?.configurationName == nil {
                mistyped.append("`\(source)` is \(found.typeName) instead of F32, F16 or BF16")
            }
        }
        if model.tiedEmbedding != nil, let second = find(Self.head) { unexpected.remove(Spelling(second)) }
        let unplaced = sort(unexpected.sorted().map(\.text), shapes)
        note("missing", missing.map { "`\($0)`" })
        note("without a place", unplaced.map { "`\($0)`" })
        note("of another type", mistyped)
        note("of another shape", misshapen)
        guard problems.isEmpty else {
            throw FileError(
                path: path,
                message: """
                    the tensors do not fit config.json (\(problems.joined(separator: "; "))); \
                    check that both come from the same model
                    """)
        }
    }

    private mutating func note(_ what: String, _ names: [String]) {
        if !names.isEmpty { problems.append("\(what): \(Self.list(names))") }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    /// Leaves out what a whole model may have beside it, with a remark where that matters.
    private mutating func sort(_ names: [String], _ shapes: [(name: String, shape: [Int])]) -> [String] {
        let known = Set(shapes.map { Spelling($0.name) })
        var heads: [String] = [], layers: [String] = [], rest: [String] = []
        for name in names where !Self.constants.contains(where: { name == $0 || name.hasSuffix("." + $0) }) {
            let parts = name.split(separator: ".").map(String.init)
            if parts.contains(where: { Self.otherHeads.contains(Spelling($0)) }) {
                heads.append(name)
            } else if let place = parts.firstIndex(where: { Int($0) != nil }) {
                // A layer like the others, behind the last.
                var first = parts
                first[place] = "0"
                let pattern = first.joined(separator: ".")
                let isLayer = known.contains { $0.text == pattern || $0.text.hasSuffix("." + pattern) }
                if isLayer { layers.append(name) } else { rest.append(name) }
            } else {
                rest.append(name)
            }
        }
        if !heads.isEmpty {
            remarks.append(
                "the checkpoint also holds \(Self.list(heads.map { "`\($0)`" })), of a head for another end, which is left out"
            )
        }
        if !layers.isEmpty {
            remarks.append(
                """
                the checkpoint holds more layers than config.json says (\(Self.list(layers.map { "`\($0)`" }))); these \
                are left out
                """)
        }
        return rest
    }
}
