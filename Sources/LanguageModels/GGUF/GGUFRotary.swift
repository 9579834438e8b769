/// Rotary positions in GGUF files: base, turned share and scaling, among keys and tensors.
import Files
import Glibc

extension GGUFKey {
    /// - Parameters:
    ///   - hasFraction: whether the family may turn a part of each head.
    ///   - kinds: scalings that llama.cpp knows of the family beside none, linear and yarn.
    static func rotary(hasFraction: Bool = false, llama3: Bool = false, long: Bool = false) -> GGUFKey {
        GGUFKey { settings, members in
            let parameters = try RotaryParameters(settings, hasFraction: hasFraction)
            members["rope_parameters"] = parameters.json(withFraction: hasFraction)
            if long, case .longrope(let rope) = parameters.scaling {
                members["original_max_position_embeddings"] = .integer(rope.original)
            }
        } write: { draft in
            try draft.family.rotary?.write(to: draft, llama3: llama3, long: long)
        }
    }
}

extension RotaryParameters {
    private static let scale = "rope.scaling."
    /// One number for each pair, by which its frequency is divided.
    static let factors = "rope_freqs.weight"
    static let longFactors = "rope_factors_long.weight", shortFactors = "rope_factors_short.weight"

    fileprivate init(_ settings: GGUFSettings, hasFraction: Bool) throws {
        self.init()
        let headWidth = try settings.headWidth
        theta = try settings.positive("rope.freq_base") ?? 10000
        if let turned = try settings.integer("rope.dimension_count", in: 0...SizeLimit.heads) {
            guard turned <= headWidth, hasFraction || turned == headWidth else {
                throw settings.wrong(
                    "rope.dimension_count", "is \(turned), but heads have \(headWidth) numbers, and all are turned")
            }
            fraction = Double(turned) / Double(headWidth)
            // What is turned is the product, rounded down.
            if dimensions(width: headWidth) < turned { fraction = fraction.nextUp }
        }
        let context = try settings.required("context_length", in: 1...SizeLimit.width)
        let original = try settings.integer(Self.scale + "original_context_length", in: 1...SizeLimit.width)
        let pairs = (dimensions(width: headWidth) + 1) / 2
        if settings.has(Self.longFactors) || settings.has(Self.shortFactors) {
            var rope = LongRope(
                short: try Self.factors(Self.shortFactors, settings, pairs),
                long: try Self.factors(Self.longFactors, settings, pairs), original: original ?? context)
            scaling = .longrope(rope)
            // The paper's own factor goes without saying.
            let usual = frequencies(width: headWidth, length: 1, context: context).scale
            let given = try settings.positive(Self.scale + "attn_factor") ?? 1
            if Float(given) != Float(usual) { rope.attentionFactor = given }
            scaling = .longrope(rope)
            return
        }
        if settings.has(Self.factors) {
            let factors = try Self.factors(Self.factors, settings, pairs)
            scaling = try byWaveLength(factors, settings, headWidth: headWidth, context: context)
            return
        }
        // The key without a kind is that of old files.
        let factor = try settings.positive(Self.scale + "factor") ?? settings.positive("rope.scale_linear")
        switch try settings.text(Self.scale + "type") ?? "linear" {
        case "none": break
        case "linear": if let factor, factor != 1 { scaling = .linear(factor: factor) }
        case "yarn":
            guard let factor else { throw settings.wrong(Self.scale + "factor", "is missing") }
            let extra =
                try settings.positive(Self.scale + "attn_factor")
                ?? settings.positive(
                    Self.scale + "yarn_attn_factor")
            let usual = factor <= 1 ? 1 : 0.1 * log(factor) + 1
            scaling = .yarn(
                Yarn(
                    factor: factor, original: original ?? context,
                    attentionFactor: extra.flatMap { $0 == 1 ? nil : Double("\(Float($0 * usual))") },
                    betaFast: try settings.positive(Self.scale + "yarn_beta_fast"),
                    betaSlow: try settings.positive(Self.scale + "yarn_beta_slow"), scale: nil, scaleOfAll: nil))
        case let kind:
            throw settings.wrong(
                Self.scale + "type", "is \(kind), a scaling that is not supported; none, linear and yarn are")
        }
    }

    /// The numbers of a tensor of factors.
    private static func factors(_ name: String, _ settings: GGUFSettings, _ pairs: Int) throws -> [Double] {
        let entry = try settings.file.entry(name)
        guard entry.count == pairs else {
            throw settings.file.wrong(name, "has \(entry.count) numbers, but heads turn \(pairs) pairs")
        }
        var values = [Float](repeating: 0, count: pairs)
        try values.withUnsafeMutableBufferPointer { try settings.file.read(name, into: $0, finite: true) }
        if let odd = values.first(where: { $0 <= 0 }) {
            throw settings.file.wrong(name, "holds \(odd), and must hold numbers above zero")
        }
        return values.map { Double($0) }
    }

    /// Llama 3.1's scaling where its numbers give these factors; else the factors themselves.
    private func byWaveLength(
        _ factors: [Double], _ settings: GGUFSettings, headWidth: Int, context: Int
    ) throws -> Scaling {
        let key = Self.scale
        let low = try settings.positive(key + "low_freq_factor") ?? 1
        let high = try settings.positive(key + "high_freq_factor") ?? 4
        let original = try settings.integer(key + "original_context_length", in: 1...SizeLimit.width) ?? 8192
        let largest = try settings.positive(key + "llama3_factor") ?? factors.max() ?? 1
        if high > low {
            var candidate = self
            candidate.scaling = .llama3(factor: largest, low: low, high: high, original: original)
            let own = candidate.factors(headWidth: headWidth)
            if own.count == factors.count, zip(own, factors).allSatisfy({ abs(Double($0) / $1 - 1) < 1e-5 }) {
                return candidate.scaling
            }
        }
        return .longrope(
            LongRope(short: factors, long: factors, original: context, factor: nil, attentionFactor: 1))
    }

    /// By what each pair's frequency is divided.
    private func factors(headWidth: Int) -> [Float] {
        let plain = RotaryParameters(theta: theta, fraction: fraction)
            .frequencies(width: headWidth, length: 1, context: 1).values
        let scaled = frequencies(width: headWidth, length: 1, context: 1).values
        return zip(plain, scaled).map { $0 / $1 }
    }

    fileprivate func write(to draft: GGUFDraft, llama3: Bool, long: Bool) throws {
        let turned = dimensions(width: draft.family.headWidth)
        guard turned % 2 == 0 else { throw draft.refusal("its rotary positions turn \(turned) numbers of a head") }
        draft.set("rope.freq_base", .float32(Float(theta)))
        draft.set("rope.dimension_count", .uint32(UInt32(turned)))
        func set(_ key: String, _ value: Double) { draft.set(Self.scale + key, .float32(Float(value))) }
        func setOriginal(_ length: Int) {
            draft.set(Self.scale + "original_context_length", .uint32(UInt32(clamping: length)))
        }
        switch scaling {
        case .none: break
        case .linear(let factor):
            draft.set(Self.scale + "type", .string("linear"))
            set("factor", factor)
        case .dynamic:
            throw draft.refusal("its rotary positions stretch with the text (dynamic), which GGUF has no form for")
        case .yarn(let yarn):
            guard yarn.truncates, yarn.scale == nil, yarn.scaleOfAll == nil else {
                throw draft.refusal("its yarn scaling has settings (truncate, mscale) that GGUF has no form for")
            }
            draft.set(Self.scale + "type", .string("yarn"))
            set("factor", yarn.factor)
            setOriginal(yarn.original)
            if let attention = yarn.attentionFactor {
                // llama.cpp multiplies it with what the paper proposes.
                set("attn_factor", attention / (yarn.factor <= 1 ? 1 : 0.1 * log(yarn.factor) + 1))
            }
            if let fast = yarn.betaFast { set("yarn_beta_fast", fast) }
            if let slow = yarn.betaSlow { set("yarn_beta_slow", slow) }
        case .llama3(let factor, let low, let high, let original):
            guard llama3 else { throw draft.refusal("its rotary positions are scaled as Llama 3's") }
            draft.add(Self.factors, factors(headWidth: draft.family.headWidth))
            // For whoever wants to know where the tensor comes from.
            setOriginal(original)
            set("llama3_factor", factor)
            set("low_freq_factor", low)
            set("high_freq_factor", high)
        case .longrope(let rope):
            if !long, rope.short == rope.long, rope.attentionFactor == 1, llama3 {
                draft.add(Self.factors, rope.short.map { Float($0) })
                return
            }
            guard long else { throw draft.refusal("its rotary positions have factors for short and long texts") }
            setOriginal(rope.original)
            set(
                "attn_factor",
                frequencies(width: draft.family.headWidth, length: 1, context: draft.family.context).scale)
            draft.add(Self.longFactors, rope.long.map { Float($0) })
            draft.add(Self.shortFactors, rope.short.map { Float($0) })
        }
    }
}
