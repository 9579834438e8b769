/// Llama (Touvron et al., arXiv 2302.13971): rotary positions, RMS norm, SwiGLU, grouped queries.
import Autodiff
import Tensors

public struct Llama: Architecture {
    public let vocabulary, context, width, layers, heads, groups, headWidth: Int
    /// Width of the gated feed-forward layer.
    public let inner: Int
    public let epsilon: Float
    /// Base of the rotary frequencies.
    public let theta: Double
    public let tied: Bool
    /// Biases on the attention's projections, on the feed-forward's.
    public let attentionBias, feedForwardBias: Bool
    private let rotary: RotaryTable

    public init(
        vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, groups: Int? = nil, headWidth: Int? = nil,
        inner: Int? = nil, epsilon: Float = 1e-6, theta: Double = 10000, tied: Bool = false,
        attentionBias: Bool = false, feedForwardBias: Bool = false, on device: Device
    ) throws {
        guard vocabulary > 0, context > 0, width > 0, layers > 0, heads > 0, (inner ?? 1) > 0, (groups ?? 1) > 0 else {
            throw ModelError.invalidArchitecture(
                "a model needs at least one token, position, layer, head and unit of width")
        }
        let groups = groups ?? heads
        guard heads % groups == 0 else {
            throw ModelError.invalidArchitecture("\(heads) heads cannot share \(groups) key-value heads")
        }
        guard headWidth != nil || width % heads == 0 else {
            throw ModelError.invalidArchitecture("a width of \(width) cannot be split among \(heads) heads")
        }
        self.vocabulary = vocabulary
        self.context = context
        self.width = width
        self.layers = layers
        self.heads = heads
        self.groups = groups
        self.headWidth = headWidth ?? width / heads
        // 8/3 of the width, rounded up to a multiple of 8: as many weights as a plain layer of 4 times the width.
        self.inner = inner ?? (8 * width / 3 + 7) / 8 * 8
        self.epsilon = epsilon
        self.theta = theta
        self.tied = tied
        self.attentionBias = attentionBias
        self.feedForwardBias = feedForwardBias
        rotary = try RotaryTable(positions: context, width: self.headWidth, theta: theta, on: device)
    }

    public var kind: String { "llama" }
    public var headName: String { tied ? "model.embed_tokens.weight" : "lm_head.weight" }

    public var parameterShapes: [(name: String, shape: [Int])] {
        var shapes: [(name: String, shape: [Int])] = [("model.embed_tokens.weight", [vocabulary, width])]
        for layer in 0..<layers {
            let attention: [(String, [Int])] = [
                ("self_attn.q_proj", [heads * headWidth, width]), ("self_attn.k_proj", [groups * headWidth, width]),
                ("self_attn.v_proj", [groups * headWidth, width]), ("self_attn.o_proj", [width, heads * headWidth]),
            ]
            let feedForward: [(String, [Int])] = [
                ("mlp.gate_proj", [inner, width]), ("mlp.up_proj", [inner, width]), ("mlp.down_proj", [width, inner]),
            ]
            for (block, biased) in [(attention, attentionBias), (feedForward, feedForwardBias)] {
                for (name, shape) in block {
                    shapes.append(("model.layers.\(layer).\(name).weight", shape))
                    if biased { shapes.append(("model.layers.\(layer).\(name).bias", [shape[0]])) }
                }
            }
            shapes.append(("model.layers.\(layer).input_layernorm.weight", [width]))
            shapes.append(("model.layers.\(layer).post_attention_layernorm.weight", [width]))
        }
        shapes.append(("model.norm.weight", [width]))
        return tied ? shapes : shapes + [("lm_head.weight", [vocabulary, width])]
    }

    public func initialization(_ name: String) -> ParameterInitialization {
        if name.hasSuffix(".bias") { return .constant(0) }
        if name.contains("norm") { return .constant(1) }
        let intoResidual = name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight")
        return .normal(intoResidual ? 0.02 / Float(2 * layers).squareRoot() : 0.02)
    }

    public func hidden(_ pass: ForwardPass) throws -> Variable {
        let w = pass.weights
        var x = try w["model.embed_tokens.weight"].gather(pass.ids)
        for layer in 0..<layers {
            if pass.stops(before: layer) { return x }
            x = pass.residual(x, before: layer)
            let block = "model.layers.\(layer)."
            func linear(_ input: Variable, _ name: String, _ biased: Bool) throws -> Variable {
                try input.linear(
                    w[block + name + ".weight"], bias: biased ? w[block + name + ".bias"] : nil, transposed: true)
            }
            let normal = try x.rmsNorm(w[block + "input_layernorm.weight"], epsilon: epsilon)
            let queries = try linear(normal, "self_attn.q_proj", attentionBias)
                .rotary(rotary, time: pass.time, start: pass.start)
            let keys = try linear(normal, "self_attn.k_proj", attentionBias)
                .rotary(rotary, time: pass.time, start: pass.start)
            let values = try linear(normal, "self_attn.v_proj", attentionBias)
            let attended = try pass.attention(layer: layer, [queries, keys, values])
            x = try x + linear(attended, "self_attn.o_proj", attentionBias)
            let second = try x.rmsNorm(w[block + "post_attention_layernorm.weight"], epsilon: epsilon)
            let gate = try linear(second, "mlp.gate_proj", feedForwardBias).apply(.silu)
            x = try x + linear(gate * linear(second, "mlp.up_proj", feedForwardBias), "mlp.down_proj", feedForwardBias)
        }
        x = pass.residual(x, before: layers)
        return try x.rmsNorm(w["model.norm.weight"], epsilon: epsilon)
    }
}
