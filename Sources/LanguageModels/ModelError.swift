/// What can be wrong with models and what they are given, in a user's words.

public enum ModelError: Error, Equatable, CustomStringConvertible {
    case noParameter(String)
    case tooLong(length: Int, context: Int)
    case tokenOutside(id: Int, vocabulary: Int)
    case emptyBatch
    case nothingToPredict
    case raggedBatch(String)
    case differentModels(String)
    case noTokenizer
    case invalidArchitecture(String)
    case noLayer(Int, allowed: ClosedRange<Int>)
    /// An architecture, by its name, that does not show its residual stream.
    case noResidualStream(String)
    /// A model whose weights are all frozen.
    case frozen

    public var description: String {
        switch self {
        case .noParameter(let name): "the model has no parameter `\(name)`"
        case .tooLong(let length, let context):
            """
            a sequence of \(length) tokens does not fit the model's context of \(context); shorten it or use a model \
            with a longer context
            """
        case .tokenOutside(let id, let vocabulary):
            """
            token \(id) is outside of the model's vocabulary of \(vocabulary); was the text encoded with another \
            model's tokenizer?
            """
        case .emptyBatch: "the batch is empty; give at least one sequence"
        case .nothingToPredict: "every label of the batch is ignored (-100), so there is nothing to predict"
        case .raggedBatch(let message): message
        case .differentModels(let message): message
        case .noTokenizer:
            "this model has no tokenizer (its folder has no tokenizer.json); give token ids instead of text"
        case .invalidArchitecture(let message): message
        case .frozen:
            """
            the weights of this model are frozen, held in a type that only reads; lora(m) puts adapters beside them \
            that move, and load(…, storage="f32") or merge(m) make a model of float32 weights that do
            """
        case .noResidualStream(let kind):
            "models of the architecture \(kind) do not show their residual stream, so that it cannot be patched"
        case .noLayer(let layer, let allowed):
            "there is no layer \(layer); this model has \(allowed.lowerBound) to \(allowed.upperBound) here"
        }
    }
}
