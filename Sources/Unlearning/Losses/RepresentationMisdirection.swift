/// RMU (Li et al., arXiv 2403.03218): hidden states of what is to be forgotten are steered to a random direction.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct RepresentationMisdirection: UnlearningLoss {
    public static let name = "rmu"
    public static let summary = """
        Representation misdirection, RMU (Li et al. 2024): the squared distance of a layer's hidden states on the \
        forget batch from steering · u, u being a random unit vector that the run's seed fixes; the mean over the \
        hidden state's numbers, then over the answer tokens of each sequence, then over sequences. Its retain term is \
        embedding_difference; give both the same layer.
        """
    public var layer = 0
    public var steering = 20.0
    public static let settings: [Setting<Self>] = [
        .layer("layer", \.layer),
        .number("steering", \.steering, "length of the vector that hidden states are steered to"),
    ]
    public static let defaultRetainTerm = EmbeddingDifference.name
    public init() {}

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.labelledRows }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let layer = try model.layer(layer, of: Self.name), width = model.architecture.width
        var generator = inputs.draws.generator(ofRun: .direction)
        let direction = try Tensor.normal([width], from: &generator, on: model.device)
        let target = try Float(steering / max(direction.norm(), 1e-30)) * direction
        let states = try model.hiddenStates(inputs.forget, layer: layer)
        return ForgetTerm(try (states - Variable(target)).meanSquare(onAnswersOf: inputs.forget))
    }
}
