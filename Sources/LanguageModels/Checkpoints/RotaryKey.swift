// Rotary positions in a config.json, of either generation: `rope_theta` and `rope_scaling`, or `rope_parameters`.

import Files

/// How a family writes and reads its rotary positions.
public struct RotaryForm: Sendable {
    /// The older keys of base and share.
    var thetaKey = "rope_theta"
    var fractionKey = "partial_rotary_factor"
    /// The share of a head that is turned where none is given; `nil` for families that always turn whole heads, and
    /// ignore it.
    var fraction: Double?
    /// The kinds of scaling the family has.
    var kinds = ["default", "linear", "dynamic", "yarn", "llama3", "longrope"]
    /// Older names of kinds.
    var renamed: [String: String] = [:]
    /// What the original context is where it stands nowhere; else the model's context.
    var original: Int?
}

extension ConfigurationKey where Family: TransformerFamily {
    static func rotary(
        _ path: WritableKeyPath<Family, RotaryParameters?> & Sendable, _ form: RotaryForm = RotaryForm()
    ) -> ConfigurationKey {
        ConfigurationKey("rope_parameters") { root, family in
            family[keyPath: path] = try RotaryParameters(root, form, context: family.context)
        } write: { family in
            guard let rotary = family[keyPath: path] else { return [] }
            return [("rope_parameters", rotary.json(withFraction: form.fraction != nil))]
        }
    }
}

extension RotaryParameters {
    /// - Throws: `JSONError` that names the key: a kind that is not known, or a number that is missing.
    init(_ root: JSONNode, _ form: RotaryForm, context: Int) throws {
        self.init()
        // As in transformers, the older key wins where it holds something.
        var node: JSONNode?
        for key in ["rope_scaling", "rope_parameters"] where node == nil {
            if let found = try root.optional(key), try !found.members().isEmpty { node = found }
        }
        for (_, member) in try node?.members() ?? [] where member.value.object != nil {
            throw member.error("is an object: rotary positions that differ among layers are not supported")
        }
        theta = try root.positive(form.thetaKey, 10000)
        if let node { theta = try node.positive("rope_theta", theta) }
        let kindNode = try node?.optional("rope_type") ?? node?.optional("type")
        let given = try kindNode?.string() ?? "default", kind = form.renamed[given] ?? given
        guard form.kinds.contains(kind) else {
            throw (kindNode ?? root).error(
                """
                is \(given), a kind of rotary positions that is not supported; these are: \
                \(form.kinds.joined(separator: ", "))
                """)
        }
        try readFraction(root, node, form, kind)
        if let node { scaling = try Self.scaling(kind, node, root, form.original ?? context, context) }
    }

    private mutating func readFraction(
        _ root: JSONNode, _ node: JSONNode?, _ form: RotaryForm, _ kind: String
    ) throws {
        let place = try node?.optional("partial_rotary_factor") ?? root.optional(form.fractionKey)
        let given = try place?.number()
        guard let standard = form.fraction else {
            // transformers ignores it for whole heads, and fails where frequencies are scaled.
            if kind != "default", let place, let given, given != 1 {
                throw place.error("is \(given): this family turns whole heads, so it must be 1 or missing")
            }
            return
        }
        fraction = given ?? standard
        if fraction < 0 || fraction > 1 {
            throw (place ?? root).error("must be from 0 to 1, but is \(fraction)")
        }
    }

    private static func scaling(
        _ kind: String, _ node: JSONNode, _ root: JSONNode, _ standard: Int, _ context: Int
    ) throws -> Scaling {
        func factor() throws -> Double { try node["factor"].positiveNumber() }
        func original() throws -> Int {
            let key = "original_max_position_embeddings"
            return try (root.optional(key) ?? node.optional(key))?.integer(in: 1...SizeLimit.width) ?? standard
        }
        func number(_ key: String) throws -> Double? { try node.optional(key)?.number() }
        switch kind {
        case "linear": return .linear(factor: try factor())
        case "dynamic": return .dynamic(factor: try factor())
        case "llama3":
            let low = try node["low_freq_factor"].positiveNumber(), high = try node["high_freq_factor"].positiveNumber()
            guard high > low else {
                throw try node["high_freq_factor"].error("must be above low_freq_factor, \(low), but is \(high)")
            }
            return .llama3(factor: try factor(), low: low, high: high, original: try original())
        case "yarn":
            let length = try original()
            func rotations(_ key: String) throws -> Double? {
                let given = try number(key)
                return given == 0 ? nil : given
            }
            // A missing factor is an error in transformers; an empty one is the ratio of both contexts.
            guard node.value["factor"] != nil else { throw try node["factor"].error("") }
            return .yarn(
                Yarn(
                    factor: try node.optional("factor")?.positiveNumber() ?? Double(context) / Double(length),
                    original: length, attentionFactor: try number("attention_factor"),
                    betaFast: try rotations("beta_fast"), betaSlow: try rotations("beta_slow"),
                    scale: try number("mscale"), scaleOfAll: try number("mscale_all_dim"),
                    truncates: try node.optional("truncate")?.bool() ?? true))
        case "longrope":
            func list(_ key: String) throws -> [Double] { try node[key].elements().map { try $0.positiveNumber() } }
            return .longrope(
                LongRope(
                    short: try list("short_factor"), long: try list("long_factor"), original: try original(),
                    factor: try node.optional("factor")?.positiveNumber(),
                    attentionFactor: try number("attention_factor")))
        default: return .none
        }
    }

    /// The newer key's value.
    func json(withFraction: Bool) -> JSON {
        var members: NamedValues<JSON> = ["rope_theta": .number(theta)]
        if withFraction { members["partial_rotary_factor"] = .number(fraction) }
        func set(_ key: String, _ value: Double?) { if let value { members[key] = .number(value) } }
        func list(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }
        let kind: String
        switch scaling {
        case .none: kind = "default"
        case .linear(let factor):
            kind = "linear"
            set("factor", factor)
        case .dynamic(let factor):
            kind = "dynamic"
            set("factor", factor)
        case .llama3(let factor, let low, let high, let original):
            kind = "llama3"
            set("factor", factor)
            set("low_freq_factor", low)
            set("high_freq_factor", high)
            members["original_max_position_embeddings"] = .integer(original)
        case .yarn(let yarn):
            kind = "yarn"
            set("factor", yarn.factor)
            set("attention_factor", yarn.attentionFactor)
            set("beta_fast", yarn.betaFast)
            set("beta_slow", yarn.betaSlow)
            set("mscale", yarn.scale)
            set("mscale_all_dim", yarn.scaleOfAll)
            if !yarn.truncates { members["truncate"] = false }
            members["original_max_position_embeddings"] = .integer(yarn.original)
        case .longrope(let rope):
            kind = "longrope"
            (members["short_factor"], members["long_factor"]) = (list(rope.short), list(rope.long))
            set("factor", rope.factor)
            set("attention_factor", rope.attentionFactor)
            members["original_max_position_embeddings"] = .integer(rope.original)
        }
        members["rope_type"] = .string(kind)
        return .object(NamedValues(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }
}

extension JSONNode {
    /// A number above zero.
    fileprivate func positiveNumber() throws(JSONError) -> Double {
        let number = try number()
        guard number > 0 else { throw error("must be above zero, but is \(number)") }
        return number
    }
}
