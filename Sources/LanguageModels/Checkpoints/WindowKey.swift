// Which layers of a model attend within a window, in a config.json.

import Files

extension ConfigurationKey where Family: TransformerFamily {
    /// `layer_types`: "sliding_attention" for layers with a window, "full_attention" for the others.
    static func layerTypes(_ path: WritableKeyPath<Family, [Bool]?> & Sendable) -> ConfigurationKey {
        ConfigurationKey("layer_types") { root, family in
            guard let node = try root.optional("layer_types") else { return }
            family[keyPath: path] = try node.elements().map { type in
                switch try type.string() {
                case "sliding_attention": true
                case "full_attention": false
                case let other:
                    throw type.error("is \(other); sliding_attention and full_attention are supported")
                }
            }
            let count = family[keyPath: path]?.count ?? 0
            guard count == family.layers else {
                throw node.error("has \(count) entries for \(family.layers) layers (num_hidden_layers)")
            }
        } write: {
            guard let slides = $0[keyPath: path] else { return [] }
            return [
                ("layer_types", .array(slides.map { .string($0 ? "sliding_attention" : "full_attention") }))
            ]
        }
    }
}
