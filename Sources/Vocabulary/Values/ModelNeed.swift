/// What a model takes, and what a run of it would take.
import LanguageModels

/// Bytes of memory.
public struct ModelNeed {
    /// What the weights take now.
    public let weights: Int
    /// What a run takes for all weights that move: weights, gradient, update and an optimizer's state.
    public let moving: Int
    /// About what it keeps of each token of a batch on the way to the gradient.
    public let token: Int
    /// The same as `moving` with adapters of rank 8 instead, and as `weights` in bfloat16, for a model that has none.
    let adapters: Int?, narrow: Int?

    init(_ model: LanguageModel) {
        weights = 4 * model.layout.count + (model.adapted?.frozen.byteCount ?? 0)
        moving = 16 * model.layout.count
        token = model.bytesPerToken
        adapters = model.adapted.map { $0.adapters.isEmpty } ?? true ? model.bytesOfDefaultAdapters : nil
        narrow = model.adapted == nil ? model.transformer.map { FrozenWeights.bytes(of: $0, as: .bfloat16) } : nil
    }

    /// - Parameter size: bytes in words.
    public func text(_ size: (Int) -> String) -> String {
        var parts: [String] = []
        if moving > 0 { parts.append("\(size(moving)) for what moves, and about \(size(token)) a token of a batch") }
        if let adapters {
            parts.append(
                (moving > 0 ? "with lora " : "only with lora, ") + "\(size(adapters))"
                    + (narrow.map { ", and the model in bf16 \(size($0)) instead of \(size(weights))" } ?? ""))
        }
        return parts.joined(separator: "; ")
    }
}

extension ModelValue {
    /// What it takes and what a run of it would.
    public var need: ModelNeed { ModelNeed(model) }
}
