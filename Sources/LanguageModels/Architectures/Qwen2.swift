/// Qwen 2 and 2.5 (Yang et al., arXiv 2407.10671): a Llama with biases on queries, keys and values.
import Collections
import Files
import Tensors

public struct Qwen2Configuration: QwenFamily {
    public static let modelType = "qwen2", className = "Qwen2ForCausalLM", bodyPrefix = "model."
    public static let summary =
        "a Llama with biases on queries, keys and values, also Qwen 2.5 (Yang et al., arXiv 2407.10671)"

    public var sizes = TransformerSizes(
        vocabulary: 151936, context: 32768, width: 4096, layers: 32, heads: 32, groups: 32, inner: 22016)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    public var windows = QwenWindows()
    public var special = SpecialIds()

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + ConfigurationKey<Self>.windows + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .constant("attention_dropout", 0.0),
        ]

    public mutating func settle(_ root: JSONNode) throws { try windows.settle(root, layers: layers) }

    public func transformer(on device: Device) -> Transformer {
        let attention = separateAttention(biased: true, outputBiased: false, on: rotaryPositions(on: device))
        let feedForward = gatedFeedForward(activation)
        return transformer(lastNorm: .rms("model.norm", width, epsilon: epsilon)) { layer, prefix in
            llamaBlock(prefix, windows.windowed(attention, layer), feedForward, epsilon: epsilon)
        }
    }
}

/// A family whose later layers may attend within a window.
protocol QwenFamily: TransformerFamily {
    var windows: QwenWindows { get set }
}

extension ConfigurationKey where Family: QwenFamily {
    static var windows: [ConfigurationKey] {
        [
            .flag("use_sliding_window", \.windows.isUsed), .size(orNone: "sliding_window", \.windows.size),
            .count("max_window_layers", \.windows.first), .layerTypes(\.windows.slides),
        ]
    }
}

/// Which layers of a Qwen attend within a window.
public struct QwenWindows: Equatable, Sendable {
    public var isUsed = false
    public var size: Int? = 4096
    /// The first layer with a window, where the layers are not listed.
    public var first = 28
    /// Whether each layer has one.
    public var slides: [Bool]?

    mutating func settle(_ root: JSONNode, layers: Int) throws {
        if !isUsed { size = nil }
        if let slides, slides.contains(true), size == nil {
            throw try root["layer_types"].error(
                "has sliding_attention, but the window is missing (use_sliding_window, sliding_window)")
        }
        if slides == nil { slides = (0..<layers).map { size != nil && $0 >= first } }
    }

    func windowed(_ attention: SelfAttention, _ layer: Int) -> SelfAttention {
        var attention = attention
        if let slides, layer < slides.count, slides[layer] { attention.window = size }
        return attention
    }
}
