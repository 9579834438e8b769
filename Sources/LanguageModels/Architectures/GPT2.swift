/// GPT-2 (Radford et al. 2019), with the parameter names of Hugging Face checkpoints.
import Autodiff
import Tensors

public struct GPT2: Architecture, Equatable {
    public let vocabulary, context, width, layers, heads: Int
    /// Width of the feed-forward layer.
    public let inner: Int
    public let epsilon: Float
    public let activation: UnaryFunction
    /// Whether logits use the token embedding (`true` in every published GPT-2).
    public let tied: Bool

    public init(
        vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, inner: Int? = nil, epsilon: Float = 1e-5,
        activation: UnaryFunction = .gelu, tied: Bool = true
    ) throws {
        guard vocabulary > 0, context > 0, width > 0, layers > 0, heads > 0, (inner ?? 1) > 0 else {
            throw ModelError.invalidArchitecture(
                "a model needs at least one token, position, layer, head and unit of width")
        }
        guard width % heads == 0 else {
            throw ModelError.invalidArchitecture("a width of \(width) cannot be split among \(heads) heads")
        }
        self.vocabulary = vocabulary
        self.context = context
        self.width = width
        self.layers = layers
        self.heads = heads
        self.inner = inner ?? 4 * width
        self.epsilon = epsilon
        self.activation = activation
        self.tied = tied
    }

    public var kind: String { "gpt2" }
    public var groups: Int { heads }
    public var headWidth: Int { width / heads }
    public var headName: String { tied ? "transformer.wte.weight" : "lm_head.weight" }

    public var parameterShapes: [(name: String, shape: [Int])] {
        var shapes: [(name: String, shape: [Int])] = [
            ("transformer.wte.weight", [vocabulary, width]), ("transformer.wpe.weight", [context, width]),
        ]
        for layer in 0..<layers {
            let block: [(String, [Int])] = [
                ("ln_1.weight", [width]), ("ln_1.bias", [width]),
                ("attn.c_attn.weight", [width, 3 * width]), ("attn.c_attn.bias", [3 * width]),
                ("attn.c_proj.weight", [width, width]), ("attn.c_proj.bias", [width]),
                ("ln_2.weight", [width]), ("ln_2.bias", [width]),
                ("mlp.c_fc.weight", [width, inner]), ("mlp.c_fc.bias", [inner]),
                ("mlp.c_proj.weight", [inner, width]), ("mlp.c_proj.bias", [width]),
            ]
            shapes += block.map { ("transformer.h.\(layer).\($0.0)", $0.1) }
        }
        shapes += [("transformer.ln_f.weight", [width]), ("transformer.ln_f.bias", [width])]
        return tied ? shapes : shapes + [("lm_head.weight", [vocabulary, width])]
    }

    public func initialization(_ name: String) -> ParameterInitialization {
        if name.hasSuffix(".bias") { return .constant(0) }
        if name.contains("ln_") { return .constant(1) }
        // Projections into the residual stream are scaled down by the number of layers, as in the paper.
        return .normal(name.hasSuffix("c_proj.weight") ? 0.02 / Float(2 * layers).squareRoot() : 0.02)
    }

    public func hidden(_ pass: ForwardPass) throws -> Variable {
        let w = pass.weights
        var x =
            try w["transformer.wte.weight"].gather(pass.ids, leading: [pass.rows, pass.time])
            + pass.positions(of: w["transformer.wpe.weight"])
        x = try x.reshaped([pass.rows * pass.time, width])
        for layer in 0..<layers {
            if pass.stops(before: layer) { return x }
            x = pass.residual(x, before: layer)
            let block = "transformer.h.\(layer)."
            func norm(_ name: String) throws -> Variable {
                try x.layerNorm(w[block + name + ".weight"], w[block + name + ".bias"], epsilon: epsilon)
            }
            func linear(_ input: Variable, _ name: String) throws -> Variable {
                try input.linear(w[block + name + ".weight"], bias: w[block + name + ".bias"])
            }
            let attended = try pass.attention(layer: layer, [linear(norm("ln_1"), "attn.c_attn")])
            x = try x + linear(attended, "attn.c_proj")
            x = try x + linear(linear(norm("ln_2"), "mlp.c_fc").apply(activation), "mlp.c_proj")
        }
        x = pass.residual(x, before: layers)
        return try x.layerNorm(w["transformer.ln_f.weight"], w["transformer.ln_f.bias"], epsilon: epsilon)
    }
}
