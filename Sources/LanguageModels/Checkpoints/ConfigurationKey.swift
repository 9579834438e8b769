// A key of a config.json: how it is read into a family's sizes, and written from them.

import Files

/// One key, or a few that belong together, of the configuration of `Family`.
public struct ConfigurationKey<Family>: Sendable {
    /// The (first) key's name.
    public let name: String
    /// Reads what is there; what is missing keeps its default.
    let read: @Sendable (JSONNode, inout Family) throws -> Void
    let write: @Sendable (Family) -> [(String, JSON)]

    public init(
        _ name: String, read: @escaping @Sendable (JSONNode, inout Family) throws -> Void,
        write: @escaping @Sendable (Family) -> [(String, JSON)]
    ) {
        self.name = name
        self.read = read
        self.write = write
    }

    /// A whole number from 1 on; `aliases` are other names of the key, which win.
    public static func size(
        _ name: String, _ path: WritableKeyPath<Family, Int> & Sendable, limit: Int = SizeLimit.width,
        aliases: [String] = []
    ) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            for key in [name] + aliases {
                family[keyPath: path] = try root.size(key, family[keyPath: path], limit: limit)
            }
        } write: {
            [(name, .integer($0[keyPath: path]))]
        }
    }

    /// A whole number from 0 on.
    public static func count(_ name: String, _ path: WritableKeyPath<Family, Int> & Sendable) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            if let node = try root.optional(name) { family[keyPath: path] = try node.integer(in: 0...SizeLimit.width) }
        } write: {
            [(name, .integer($0[keyPath: path]))]
        }
    }

    /// The same from 1 on where `null` stands for none, or for what follows from other sizes.
    /// - Parameter written: what is written in the place of `null`.
    public static func size(
        orNone name: String, _ path: WritableKeyPath<Family, Int?> & Sendable, limit: Int = SizeLimit.width,
        written: (@Sendable (Family) -> Int?)? = nil
    ) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            guard root.value[name] != nil else { return }
            family[keyPath: path] = try root.optional(name)?.integer(in: 1...limit)
        } write: {
            [(name, (written?($0) ?? $0[keyPath: path]).map { .integer($0) } ?? .null)]
        }
    }

    public static func flag(_ name: String, _ path: WritableKeyPath<Family, Bool> & Sendable) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            if let node = try root.optional(name) { family[keyPath: path] = try node.bool() }
        } write: {
            [(name, .bool($0[keyPath: path]))]
        }
    }

    /// A number above zero.
    /// - Parameter isWhole: whether it is written without a fraction where it has none, as transformers demands.
    public static func positive(
        _ name: String, _ path: WritableKeyPath<Family, Double> & Sendable, isWhole: Bool = false
    ) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            family[keyPath: path] = try root.positive(name, family[keyPath: path])
        } write: {
            let value = $0[keyPath: path]
            if isWhole, let whole = Int(exactly: value) { return [(name, .integer(whole))] }
            return [(name, .number(value))]
        }
    }

    /// A number above zero, or `null` for none.
    public static func positive(
        orNone name: String, _ path: WritableKeyPath<Family, Double?> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            guard root.value[name] != nil else { return }
            family[keyPath: path] = try root.optional(name) == nil ? nil : try root.positive(name, 1)
        } write: {
            [(name, $0[keyPath: path].map { .number($0) } ?? .null)]
        }
    }

    public static func activation(
        _ name: String, _ path: WritableKeyPath<Family, Activation> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name) { root, family in
            guard let node = try root.optional(name) else { return }
            guard let activation = Activation(try node.string()) else {
                throw node.error(
                    """
                    is \(try node.string()), an activation that is not supported; these are: \
                    \(Activation.names.joined(separator: ", "))
                    """)
            }
            family[keyPath: path] = activation
        } write: {
            [(name, .string($0[keyPath: path].name))]
        }
    }

    /// An option of which one value is supported.
    public static func only(_ name: String, _ supported: Bool, _ meaning: String) -> ConfigurationKey {
        ConfigurationKey(name) { root, _ in
            try root.refuse(name, unless: supported, meaning)
        } write: { _ in
            [(name, .bool(supported))]
        }
    }

    /// What changes nothing here, and is written as it always is.
    public static func constant(_ name: String, _ value: JSON) -> ConfigurationKey {
        ConfigurationKey(name) { _, _ in
        } write: { _ in
            [(name, value)]
        }
    }
}

extension ConfigurationKey where Family: TransformerFamily {
    /// The sizes under the names that most families give them.
    static var commonSizes: [ConfigurationKey] {
        [
            .size("vocab_size", \.sizes.vocabulary), .size("max_position_embeddings", \.sizes.context),
            .size("hidden_size", \.sizes.width), .size("num_hidden_layers", \.sizes.layers, limit: SizeLimit.layers),
            .size("num_attention_heads", \.sizes.heads, limit: SizeLimit.heads), .flag("tie_word_embeddings", \.tied),
        ]
    }

    /// Width of the feed-forward layer.
    static var inner: ConfigurationKey { .size(orNone: "intermediate_size", \.sizes.inner) { $0.inner } }

    /// Key-value heads: `null` means as many as heads.
    static var groups: ConfigurationKey {
        .size(orNone: "num_key_value_heads", \.sizes.groups, limit: SizeLimit.heads) { $0.groups }
    }

    /// Width of a head: `null` means the width divided by the heads.
    static var headWidth: ConfigurationKey {
        .size(orNone: "head_dim", \.sizes.headWidth, limit: SizeLimit.heads) { $0.headWidth }
    }
}

/// The largest sizes that are believed; beyond them products of sizes would not fit in a machine word.
public enum SizeLimit {
    public static let width = 1 << 22
    public static let layers = 1000
    public static let heads = 4096
}

extension JSONNode {
    /// The whole number under a key, from 1 to a limit, or a default where the key is missing.
    func size(_ key: String, _ missing: Int, limit: Int) throws(JSONError) -> Int {
        guard let node = try optional(key) else { return missing }
        return try node.integer(in: 1...limit)
    }

    /// Refuses an option unless it has the one value that is supported.
    func refuse(_ key: String, unless supported: Bool, _ meaning: String) throws(JSONError) {
        guard let node = try optional(key), try node.bool() != supported else { return }
        throw node.error("is \(!supported): \(meaning) is not supported; only models with \(supported) are read")
    }

    /// A number above zero, or a default where the key is missing.
    func positive(_ key: String, _ missing: Double) throws(JSONError) -> Double {
        guard let node = try optional(key) else { return missing }
        let number = try node.number()
        guard number > 0 else { throw node.error("must be above zero, but is \(number)") }
        return number
    }
}
