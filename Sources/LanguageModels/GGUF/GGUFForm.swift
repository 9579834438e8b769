/// How the models of a family lie in GGUF files: what llama.cpp calls their sizes and their tensors.
import Files

/// One family's names in GGUF, read and written alike. Adding one is a constant in `Families`, and a line in ``all``.
struct GGUFForm: Sendable {
    /// What `general.architecture` calls it, the prefix of its keys.
    let architecture: String
    /// The `model_type` of its configuration.
    let modelType: String
    /// Where one architecture stands for several families: whether a file is of this one.
    var claims: @Sendable (GGUFSettings) throws -> Bool = { _ in true }
    let keys: [GGUFKey]
    /// Names outside of the blocks, and within them.
    let body: [GGUFName]
    let blockPrefix: String
    let block: [GGUFName]
    /// Whether llama.cpp wants a head even where it is the token embeddings.
    var needsHead = false
    /// Whether it never reads a head of its own.
    var isAlwaysTied = false

    /// Every form; where two share an architecture, the first that claims a file has it.
    static let all: [GGUFForm] = [
        .mistral, .llama, .qwen2, .qwen3, .gemma, .gemma2, .phi2, .phi3, .gpt2, .gptNeoX, .olmo2, .stableLM,
    ]

    static func written(_ modelType: String) -> GGUFForm? { all.first { $0.modelType == modelType } }

    /// The form of an opened file.
    /// - Throws: `FileError` for one of no known architecture.
    static func of(_ file: GGUFFile) throws -> GGUFForm {
        func wrong(_ message: String) -> FileError { FileError(path: file.path, message: message) }
        let known = Set(all.map(\.architecture)).sorted().joined(separator: ", ")
        guard let value = file.metadata["general.architecture"] else {
            throw wrong(
                """
                this GGUF file holds no model: `general.architecture` is missing; read_tensors reads its tensors
                """)
        }
        guard let name = value.string else {
            throw wrong("the metadata value `general.architecture` must be a text, but is \(value.phrase)")
        }
        if let type = file.metadata["general.type"]?.string, type != "model" {
            throw wrong(
                """
                this GGUF file holds no model but what `general.type` calls \(type); give the model's own file, into \
                which adapters were merged
                """)
        }
        if let parts = file.metadata["split.count"]?.integer, parts > 1 {
            throw wrong(
                """
                this file is one of \(parts) parts of a model; `llama-gguf-split --merge` of llama.cpp makes one file \
                of them
                """)
        }
        for form in all where form.architecture == name {
            if try form.claims(GGUFSettings(file, form)) { return form }
        }
        throw wrong(
            """
            the metadata value `general.architecture` is \(name), an architecture that is not read from GGUF; \
            \(known) are
            """)
    }

    /// Where a parameter lies, the likeliest first.
    func places(_ parameter: String) -> [GGUFPlace] {
        guard let dot = parameter.lastIndex(of: ".") else { return [] }
        let suffix = String(parameter[dot...])
        var base = String(parameter[..<dot]), prefix = "", table = body
        if base.hasPrefix(blockPrefix) {
            let rest = base.dropFirst(blockPrefix.count)
            guard let end = rest.firstIndex(of: ".") else { return [] }
            prefix = "blk.\(rest[..<end])."
            base = String(rest[rest.index(after: end)...])
            table = block
        }
        return table.compactMap { name in
            var part: Int?
            if name.change == .stacked {
                let list = name.parameter + ".norms."
                guard base.hasPrefix(list), let index = Int(base.dropFirst(list.count)) else { return nil }
                part = index
            } else if name.parameter != base {
                return nil
            }
            return GGUFPlace(tensor: prefix + name.tensor + suffix, change: name.change(of: suffix), part: part)
        }
    }
}

/// A parameter's name and its tensor's, without `.weight` and `.bias`.
struct GGUFName: Sendable {
    let parameter, tensor: String
    let change: GGUFChange

    init(_ parameter: String, _ tensor: String, _ change: GGUFChange = .none) {
        (self.parameter, self.tensor, self.change) = (parameter, tensor, change)
    }

    /// What of the change concerns the tensor with that ending.
    fileprivate func change(of suffix: String) -> GGUFChange {
        switch change {
        case .transposed, .fromOne: suffix == ".weight" ? change : .none
        default: change
        }
    }

    /// Those that most families share.
    static let usualBody = [
        GGUFName("model.embed_tokens", "token_embd"), GGUFName("model.norm", "output_norm"),
        GGUFName("lm_head", "output"),
    ]
    static let separateAttention = [
        GGUFName("self_attn.q_proj", "attn_q"), GGUFName("self_attn.k_proj", "attn_k"),
        GGUFName("self_attn.v_proj", "attn_v"), GGUFName("self_attn.o_proj", "attn_output"),
    ]
    static let gatedFeedForward = [
        GGUFName("mlp.gate_proj", "ffn_gate"), GGUFName("mlp.up_proj", "ffn_up"),
        GGUFName("mlp.down_proj", "ffn_down"),
    ]
    static let usualNorms = [
        GGUFName("input_layernorm", "attn_norm"), GGUFName("post_attention_layernorm", "ffn_norm"),
    ]
    static let headNorms = [
        GGUFName("self_attn.q_norm", "attn_q_norm"), GGUFName("self_attn.k_norm", "attn_k_norm"),
    ]
}

/// How a tensor in a file differs from a checkpoint's.
enum GGUFChange: Sendable, Equatable {
    case none
    /// Rows of each query or key head in the order in which llama.cpp turns pairs: neighbours.
    case turnedQueries, turnedKeys
    /// A norm's weight, to which 1 was added.
    case fromOne
    /// Columns for rows.
    case transposed
    /// Queries, keys and values one after the other, not head by head.
    case interleaved
    /// The heads' own norms in one tensor.
    case stacked
    /// The rows of queries, keys or values among those of all three.
    case queries, keys, values
}

/// Where a parameter lies in a file.
struct GGUFPlace: Sendable {
    let tensor: String
    let change: GGUFChange
    /// Which of the stacked ones.
    let part: Int?
}
