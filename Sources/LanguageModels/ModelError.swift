/// What can be wrong with models and what they are given, in a user's words.
import Tensors

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
    /// A run that does not fit into memory, and what one of adapters of rank 8 would take, in bytes; `frozen`: what
    /// the model would take in bfloat16.
    case tooLargeToMove(weights: Int, needed: Int, available: Int, adapters: Int, frozen: Int)
    /// A model that does not fit into memory as it was to be held, and in which types it would.
    case tooLarge(weights: Int, storage: StorageType, needed: Int, available: Int, advice: [String])

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
        case .tooLargeToMove(let weights, let needed, let available, let adapters, let frozen):
            """
            moving all \(weights) weights of this model takes \(Self.size(needed)) more memory (gradient, update, and \
            what the optimizer keeps), and \(Self.size(available)) are free; lora(m) moves adapters alone, which takes \
            \(Self.size(adapters)), and with load(…, storage="bf16") the model itself takes \(Self.size(frozen))
            """
        case .tooLarge(let weights, let storage, let needed, let available, let advice):
            """
            a model of \(weights) weights takes \(Self.size(needed)) as \(storage.rawValue), and \
            \(Self.size(available)) are free; \
            \(advice.isEmpty ? "no type is small enough, so use a smaller model" : advice.joined(separator: ", "))
            """
        case .noResidualStream(let kind):
            "models of the architecture \(kind) do not show their residual stream, so that it cannot be patched"
        case .noLayer(let layer, let allowed):
            "there is no layer \(layer); this model has \(allowed.lowerBound) to \(allowed.upperBound) here"
        }
    }

    /// Bytes in words.
    public static func size(_ bytes: Int) -> String {
        func rounded(_ number: Double) -> String {
            number >= 10 ? "\(Int(number.rounded()))" : "\((number * 10).rounded() / 10)"
        }
        return bytes >= 1_000_000_000 ? "\(rounded(Double(bytes) / 1e9)) GB" : "\(max(1, bytes / 1_000_000)) MB"
    }

    /// Says of a model that does not fit into memory in which types it would.
    static func refusingTooLarge<R>(
        _ architecture: any Architecture, as storage: StorageType, _ body: () throws -> R
    ) throws -> R {
        do {
            return try body()
        } catch TensorError.outOfMemory(let needed, let available) {
            guard let model = architecture as? Transformer else {
                throw TensorError.outOfMemory(needed: needed, available: available)
            }
            let others = StorageType.allCases.filter { $0 != storage }.map {
                (storage: $0, bytes: FrozenWeights.bytes(of: model, as: $0))
            }
            throw ModelError.tooLarge(
                weights: ParameterLayout(model.parameterShapes).count, storage: storage, needed: needed,
                available: available,
                advice: others.filter { $0.bytes < available }.map {
                    "storage=\"\($0.storage.rawValue)\" takes \(size($0.bytes))"
                })
        }
    }
}
