// What `tokenizer_config.json` and `special_tokens_map.json` say of a tokenizer.

import Files

/// The special tokens of a tokenizer and how its texts begin and end, as transformers reads them beside a
/// `tokenizer.json`. Kept whole, so that a saved model has what it was loaded with.
public struct TokenizerConfiguration: Sendable {
    /// The members of `tokenizer_config.json`, and those of `special_tokens_map.json` that it does not have.
    private let root: JSONNode

    /// - Parameters:
    ///   - root: `tokenizer_config.json`.
    ///   - map: `special_tokens_map.json`; what the other file says has precedence.
    public init(_ root: JSONNode, map: JSONNode? = nil) throws(JSONError) {
        var members = NamedValues(try root.members().map { ($0.key, $0.value.value) })
        for (key, value) in try map?.members() ?? [] where members[key] == nil { members[key] = value.value }
        self.root = JSONNode(.object(members), origin: root.origin)
    }

    /// Those in a folder, if it has any.
    public init?(folder: String) throws {
        let path = folder + "/tokenizer_config.json", mapPath = folder + "/special_tokens_map.json"
        var map = FileBytes.exists(mapPath) ? try JSONNode(file: mapPath) : nil
        // Newer folders have the program in a file of its own.
        let programPath = folder + "/chat_template.jinja"
        if FileBytes.exists(programPath) {
            let program = String(decoding: try FileBytes.read(programPath, atMost: 1 << 20), as: UTF8.self)
            var members = map?.value.object ?? [:]
            members["chat_template"] = .string(program)
            map = JSONNode(.object(members), origin: map?.origin ?? programPath)
        }
        if FileBytes.exists(path) {
            try self.init(JSONNode(file: path), map: map)
        } else if let map {
            try self.init(map)
        } else {
            return nil
        }
    }

    /// What a `tokenizer_config.json` holds that says the same.
    public var json: JSON { root.value }
    var origin: String { root.origin }

    /// Tokens that have a role, in the order of transformers.
    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// The token of a role: a string, or an object with more about it.
    private func token(_ node: JSONNode) throws(JSONError) -> AddedToken {
        if node.value.object == nil { return AddedToken(id: 0, content: try node.string(), special: true) }
        var token = try AddedToken(node, id: 0)
        token.special = true
        return token
    }

    /// The token of a role such as `eos_token`.
    func content(_ role: String) throws(JSONError) -> String? {
        guard let node = try root.optional(role) else { return nil }
        let content = try token(node).content
        return content.isEmpty ? nil : content
    }

    /// Tokens that are added to those of `tokenizer.json`, where it has none of that name.
    func tokens() throws(JSONError) -> [AddedToken] {
        var result: [(id: Int, token: AddedToken)] = []
        for (id, node) in try root.optional("added_tokens_decoder")?.members() ?? [] {
            result.append((Int(id) ?? .max, try AddedToken(node, id: 0)))
        }
        var tokens = result.sorted { $0.id < $1.id }.map(\.token)
        for role in TokenizerConfiguration.roles {
            if let node = try root.optional(role) { tokens.append(try token(node)) }
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard let list = try root.optional(key) else { continue }
            // A list of tokens, or names for them.
            if list.value.array != nil {
                for node in try list.elements() { tokens.append(try token(node)) }
            } else {
                for (_, node) in try list.members() { tokens.append(try token(node)) }
            }
        }
        return tokens
    }

    /// Whether texts begin and end with the tokens of these roles, where the file says so; it then has precedence over
    /// a template.
    func marks() throws(JSONError) -> (beginning: Bool, end: Bool)? {
        let beginning = try root.optional("add_bos_token")?.bool(), end = try root.optional("add_eos_token")?.bool()
        if beginning == nil, end == nil { return nil }
        return (beginning ?? false, end ?? false)
    }

    /// The program (Jinja's) by which conversations become texts, if there is one.
    func chatTemplate() throws(JSONError) -> String? {
        guard let node = try root.optional("chat_template") else { return nil }
        if node.value.array == nil { return try node.string() }
        // Several, by name.
        for entry in try node.elements() where try entry["name"].string() == "default" {
            return try entry["template"].string()
        }
        return nil
    }

    /// Whether a space is put before a text.
    func addsPrefixSpace() throws(JSONError) -> Bool? { try root.optional("add_prefix_space")?.bool() }
}

extension Tokenizer {
    /// The template in which models with this tokenizer were taught to be asked, as far as its folder says so.
    public var ownTemplate: OwnTemplate {
        guard let configuration, let program = try? configuration.chatTemplate() else { return .missing }
        let end = (try? configuration.content("eos_token")) ?? endOfText.map { decode([$0], skippingSpecial: false) }
        return OwnTemplate(program: program, beginning: try? configuration.content("bos_token"), end: end)
    }
}
