/// Mistral (Jiang et al., arXiv 2310.06825): a Llama that attends within a window.
import Collections
import Files
import Tensors

public struct MistralConfiguration: TransformerFamily {
    public static let modelType = "mistral", className = "MistralForCausalLM", bodyPrefix = "model."
    public static let summary = "a Llama that attends within a window (Jiang et al., arXiv 2310.06825)"

    public var sizes = TransformerSizes(
        vocabulary: 32000, context: 4096 * 32, width: 4096, layers: 32, heads: 32, groups: 8, inner: 14336)
    public var epsilon = 1e-6
    public var rotary: RotaryParameters? = RotaryParameters()
    public var activation = Activation.silu
    public var tied = false
    /// How many positions a query sees; `nil` for all.
    public var window: Int? = 4096
    public var special = SpecialIds(beginning: 1, ends: [2])

    public init() {}

    public static let keys: [ConfigurationKey<Self>] =
        ConfigurationKey<Self>.commonSizes + [
            .groups, .headWidth, .inner, .positive("rms_norm_eps", \.epsilon), .activation("hidden_act", \.activation),
            .rotary(\.rotary), .size(orNone: "sliding_window", \.window), .constant("attention_dropout", 0.0),
        ]

    public func transformer(on device: Device) -> Transformer {
        var attention = separateAttention(biased: false, outputBiased: false, on: rotaryPositions(on: device))
        attention.window = window
        let feedForward = gatedFeedForward(activation)
        return transformer(lastNorm: .rms("model.norm", width, epsilon: epsilon)) { _, prefix in
            llamaBlock(prefix, attention, feedForward, epsilon: epsilon)
        }
    }
}
