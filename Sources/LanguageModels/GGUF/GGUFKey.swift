/// A part of a model's configuration, as a GGUF file says it and as config.json does.
import Files

/// Reads metadata into the members of a `config.json`, and writes them from a family's.
struct GGUFKey: Sendable {
    let read: @Sendable (GGUFSettings, inout NamedValues<JSON>) throws -> Void
    let write: @Sendable (GGUFDraft) throws -> Void

    /// A whole number that must be there.
    static func size(_ name: String, _ key: String, limit: Int = SizeLimit.width) -> GGUFKey {
        GGUFKey { settings, members in
            members[name] = .integer(try settings.required(key, in: 1...limit))
        } write: { draft in
            draft.set(key, .uint32(UInt32(clamping: try draft.integer(name))))
        }
    }

    /// A number above zero.
    static func positive(_ name: String, _ key: String, missing: Double) -> GGUFKey {
        GGUFKey { settings, members in
            members[name] = .number(try settings.positive(key) ?? missing)
        } write: { draft in
            draft.set(key, .float32(Float(try draft.number(name))))
        }
    }

    /// What the architecture has without saying so. Models that have something else are not written.
    static func always(_ name: String, _ value: JSON, among others: [JSON] = []) -> GGUFKey {
        GGUFKey { _, members in
            members[name] = value
        } write: { draft in
            let own = draft.members[name] ?? value
            guard own == value || others.contains(own) else {
                throw draft.refusal(
                    "`\(name)` is \((try? own.text()) ?? ""), and llama.cpp knows only "
                        + "\((try? value.text()) ?? "") of this architecture")
            }
        }
    }

    /// A truth value that a tensor of the first block gives away.
    static func tensor(_ name: String, _ tensor: String) -> GGUFKey {
        GGUFKey { settings, members in
            members[name] = .bool(settings.has("blk.0." + tensor))
        } write: { _ in
        }
    }

    static func flag(_ name: String, _ key: String, missing: Bool) -> GGUFKey {
        GGUFKey { settings, members in
            members[name] = .bool(try settings.flag(key) ?? missing)
        } write: { draft in
            draft.set(key, .bool(draft.members[name] == true))
        }
    }

    /// Key-value heads: as many as heads where they are missing.
    static let groups = GGUFKey { settings, members in
        let heads = try settings.heads
        members["num_key_value_heads"] = .integer(
            try settings.integer("attention.head_count_kv", in: 1...SizeLimit.heads) ?? heads)
    } write: { draft in
        draft.set("attention.head_count_kv", .uint32(UInt32(draft.family.groups)))
    }

    /// Width of a head.
    static let headWidth = GGUFKey { settings, members in
        members["head_dim"] = .integer(try settings.headWidth)
    } write: { draft in
        for key in ["attention.key_length", "attention.value_length"] {
            draft.set(key, .uint32(UInt32(draft.family.headWidth)))
        }
    }

    /// How many positions a query sees; 0 or nothing for all.
    static let window = GGUFKey { settings, members in
        let window = try settings.integer("attention.sliding_window", in: 0...Int(UInt32.max)) ?? 0
        members["sliding_window"] = window == 0 ? nil : .integer(min(window, SizeLimit.width))
        if window == 0 { members.updateValue(.null, forKey: "sliding_window") }
    } write: { draft in
        guard let window = draft.members["sliding_window"]?.integer else { return }
        draft.set("attention.sliding_window", .uint32(UInt32(window)))
    }

    /// No layer attends within a window.
    static let noWindows = GGUFKey { _, members in
        members["use_sliding_window"] = false
    } write: { draft in
        let slides = draft.members["layer_types"]?.array ?? []
        guard !slides.contains("sliding_attention") else {
            throw draft.refusal("some of its layers attend within a window, which llama.cpp does not do for it")
        }
    }

    /// The sizes by the names that most configurations give them.
    static let sizes: [GGUFKey] = [
        .size("max_position_embeddings", "context_length"), .size("hidden_size", "embedding_length"),
        .size("num_hidden_layers", "block_count", limit: SizeLimit.layers),
        .size("num_attention_heads", "attention.head_count", limit: SizeLimit.heads),
        .size("intermediate_size", "feed_forward_length"),
    ]
    static let rmsEpsilon = GGUFKey.positive("rms_norm_eps", "attention.layer_norm_rms_epsilon", missing: 1e-6)
    static let layerEpsilon = GGUFKey.positive("layer_norm_eps", "attention.layer_norm_epsilon", missing: 1e-5)
}

/// What is to be written of a model's configuration.
final class GGUFDraft {
    let family: any TransformerFamily
    let form: GGUFForm
    let path: String
    /// Those of its `config.json`.
    let members: NamedValues<JSON>
    /// Keys with the architecture's prefix.
    private(set) var values: [(key: String, value: GGUFValue)] = []
    /// Tensors that the file has beside the parameters.
    private(set) var tensors: [(name: String, values: [Float])] = []
    /// What a program that reads the file will do otherwise.
    private(set) var remarks: [String] = []

    init(_ family: any TransformerFamily, _ form: GGUFForm, path: String) throws {
        self.family = family
        self.form = form
        self.path = path
        members = family.members
        for key in form.keys { try key.write(self) }
    }

    func set(_ key: String, _ value: GGUFValue) { values.append((form.architecture + "." + key, value)) }
    func add(_ name: String, _ values: [Float]) { tensors.append((name, values)) }
    func remark(_ text: String) { remarks.append(text) }

    /// That the model has no form in GGUF, and why.
    func refusal(_ reason: String) -> FileError {
        FileError(
            path: path,
            message: """
                this \(form.modelType) model cannot be written as GGUF: \(reason); save it as a folder (a path that \
                does not end in .gguf)
                """)
    }

    func integer(_ name: String) throws -> Int {
        guard let number = members[name]?.integer else { throw refusal("its `\(name)` is missing") }
        return number
    }

    func number(_ name: String) throws -> Double {
        switch members[name] {
        case .number(let x)?: return x
        case .integer(let x)?: return Double(x)
        default: throw refusal("its `\(name)` is missing")
        }
    }
}
