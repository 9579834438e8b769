// An architecture from outside its module.
import Autodiff
import Files
import LanguageModels
import Tensors

/// Predicts the next token from the last alone: x = E[id], logits x Wᵀ.
struct ToyArchitecture: Architecture {
    let vocabulary, width: Int
    let context = 16, layers = 1, heads = 1, groups = 1
    let kind = ToyConfiguration.modelType, headName = "toy.head"
    var headWidth: Int { width }
    var parameterShapes: [(name: String, shape: [Int])] {
        [("toy.embedding", [vocabulary, width]), ("toy.head", [vocabulary, width])]
    }

    func initialization(_ name: String) -> ParameterInitialization { .normal(0.02) }

    /// There is no block: what comes before one is what comes behind the last.
    func hidden(_ pass: ForwardPass) throws -> Variable { try pass.weights["toy.embedding"].gather(pass.ids) }

    func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        ToyConfiguration(vocabulary: vocabulary, width: width, special: special)
    }
}

/// Its `config.json`.
struct ToyConfiguration: ModelConfiguration {
    static let modelType = "toy_bigram"
    static let bodyPrefix = "toy."
    let vocabulary, width: Int
    let special: SpecialIds
    let context = 16

    init(vocabulary: Int, width: Int, special: SpecialIds) {
        (self.vocabulary, self.width, self.special) = (vocabulary, width, special)
    }

    init(_ root: JSONNode) throws {
        vocabulary = try root["vocab_size"].integer(in: 1...1000)
        width = try root["hidden_size"].integer(in: 1...1000)
        special = try SpecialIds(root)
    }

    var members: NamedValues<JSON> {
        [
            "architectures": ["ToyBigram"], "model_type": .string(Self.modelType), "hidden_size": .integer(width),
            "vocab_size": .integer(vocabulary),
        ]
    }

    func architecture(on _: Device) throws -> any Architecture { ToyArchitecture(vocabulary: vocabulary, width: width) }
}
