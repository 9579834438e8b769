// The token ids that a configuration marks: beginning, end and padding of a text.

import Files

/// Ids of the tokens that begin, end and pad texts, as a Hugging Face configuration names them.
public struct SpecialIds: Sendable, Equatable {
    public var beginning: Int?
    /// Generation stops at any of these.
    public var ends: [Int]
    public var padding: Int?

    public init(beginning: Int? = nil, ends: [Int] = [], padding: Int? = nil) {
        self.beginning = beginning
        self.ends = ends
        self.padding = padding
    }

    /// Reads `bos_token_id`, `eos_token_id` (one or several) and `pad_token_id`.
    public init(_ root: JSONNode, defaults: SpecialIds = SpecialIds()) throws(JSONError) {
        func single(_ key: String, _ missing: Int?) throws(JSONError) -> Int? {
            root.value[key] == nil ? missing : try root.optional(key)?.integer()
        }
        beginning = try single("bos_token_id", defaults.beginning)
        padding = try single("pad_token_id", defaults.padding)
        if root.value["eos_token_id"] == nil {
            ends = defaults.ends
        } else if let node = try root.optional("eos_token_id") {
            if node.value.array != nil {
                ends = []
                for id in try node.elements() { ends.append(try id.integer()) }
            } else {
                ends = [try node.integer()]
            }
        } else {
            ends = []
        }
    }

    /// The same keys, to be written.
    var json: [(String, JSON)] {
        func id(_ value: Int?) -> JSON { value.map { .integer($0) } ?? .null }
        return [
            ("bos_token_id", id(beginning)),
            ("eos_token_id", ends.count > 1 ? .array(ends.map { .integer($0) }) : id(ends.first)),
            ("pad_token_id", id(padding)),
        ]
    }
}
