/// What the many descendants of Llama share: the names of their parameters.
import Autodiff
import Tensors

extension TransformerFamily {
    /// `self_attn` with queries, keys and values apart.
    /// - Parameters:
    ///   - biased: the projections that go in.
    ///   - outputBiased: the one that comes out.
    func separateAttention(
        biased: Bool, outputBiased: Bool, output: String = "o_proj", on rotary: RotaryPositions?
    ) -> SelfAttention {
        let all = heads * headWidth, shared = groups * headWidth
        func projection(_ name: String, _ outputs: Int) -> Projection {
            Projection("self_attn.\(name)", width, outputs, biased: biased)
        }
        var attention = SelfAttention(
            .apart(
                query: projection("q_proj", all), key: projection("k_proj", shared), value: projection("v_proj", shared)
            ),
            output: Projection("self_attn.\(output)", all, width, biased: outputBiased), heads: heads, groups: groups,
            width: headWidth)
        attention.rotary = rotary
        return attention
    }

    /// `mlp` with a gate.
    func gatedFeedForward(_ activation: Activation, biased: Bool = false) -> FeedForward {
        func projection(_ name: String, _ inputs: Int, _ outputs: Int) -> Projection {
            Projection("mlp.\(name)", inputs, outputs, biased: biased)
        }
        return FeedForward(
            .gated(
                gate: projection("gate_proj", width, inner), up: projection("up_proj", width, inner),
                down: projection("down_proj", inner, width)), activation)
    }

    /// A model whose body is called `model`, with blocks `model.layers.0` and so on.
    /// - Parameter change: what is special about embedding and head.
    func transformer(
        lastNorm: Norm, blocks: (_ layer: Int, _ prefix: String) -> Block,
        change: (inout Embedding, inout Head) -> Void = { _, _ in }
    ) -> Transformer {
        var embedding = Embedding(Self.embeddingName, width: width)
        var head = Head(tied ? embedding.name : "lm_head.weight")
        change(&embedding, &head)
        return Transformer(
            self, embedding, (0..<layers).map { blocks($0, "model.layers.\($0).") }, lastNorm: lastNorm, head: head)
    }

    /// A block with an RMS norm before each layer.
    func llamaBlock(_ prefix: String, _ attention: SelfAttention, _ feedForward: FeedForward, epsilon: Double) -> Block
    {
        Block(
            prefix, attention, norms: NormPlaces(before: .rms("input_layernorm", width, epsilon: epsilon)),
            feedForward, norms: NormPlaces(before: .rms("post_attention_layernorm", width, epsilon: epsilon)))
    }
}
