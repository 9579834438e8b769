/// What can go wrong while a model unlearns.

public enum UnlearningError: Error, Equatable, CustomStringConvertible {
    case emptyData
    case needsRetain(String)
    case needsReference(String)
    /// A reference model that reads token ids otherwise, and how.
    case strangeReference(String, String)
    case needsAlternatives(String)
    case needsOtherAnswers(String)
    /// Alternatives that do not belong row by row to the forget batch.
    case strayAlternatives(Int, forget: Int)
    /// The loss, the gradient or the weights stopped being numbers: NaN, else infinite.
    case notFinite(what: String, isNaN: Bool, step: Int)
    case beforeStart(step: Int)
    /// A stored state that does not fit its run.
    case strangeState
    /// A loss, by its name, that is the same for every model.
    case lossWithoutModel(String)
    /// A loss, by its name, whose forget and retain terms are not known apart.
    case inseparable(String)
    /// An optimizer with factors of whole layers, and a layer of which only a part moves.
    case partOfLayer(String, layer: String)
    /// One with factors of layers, and no layer that moves.
    case noLayer(String)
    /// A setting outside its range.
    case setting(String)

    public var description: String {
        switch self {
        case .emptyData: "the data are empty; give at least one example"
        case .needsRetain(let loss): "\(loss) needs retain data; give them, or set retain_weight=0"
        case .needsReference(let loss): "\(loss) needs reference=, the model it is compared with"
        case .strangeReference(let loss, let difference):
            """
            the reference of \(loss) cannot be compared with the model: \(difference); take the model before \
            unlearning, or one with its tokenizer
            """
        case .needsAlternatives(let loss):
            """
            \(loss) needs alternatives=, other answers to the forget prompts: refusals(), a list of strings, or a data \
            set aligned with what is to be forgotten
            """
        case .needsOtherAnswers(let loss):
            "\(loss) needs retain data, whose answers it gives to the forget prompts"
        case .strayAlternatives(let rows, let forget):
            "alternatives= has \(rows) rows, and what is to be forgotten has \(forget); give one alternative for each"
        case .notFinite(let what, let isNaN, let step):
            """
            the \(what) became \(isNaN ? "NaN" : "infinite") at step \(step); a smaller learning rate, clip_norm=1, or \
            a loss that is bounded below (npo) may help
            """
        case .partOfLayer(let rule, let layer):
            """
            \(rule) works on whole layers, and of \(layer) only a part moves; name whole layers in trainable=, with \
            their biases
            """
        case .noLayer(let rule):
            """
            \(rule) works on linear layers, and none of them moves: trainable= names only embeddings, norms or the \
            head, which it leaves as they are
            """
        case .lossWithoutModel(let name):
            """
            the loss\(name == "loss" ? "" : " \(name)") does not depend on the model it is given, so no step can \
            lower it; compute it from that model, and look for detach(…) or another model in its place
            """
        case .inseparable(let name):
            """
            the optimizer asks for the gradients of what is to be forgotten and of what is to be kept apart, and the \
            loss\(name == "loss" ? "" : " \(name)") does not tell them apart: use a built-in unlearning loss, or \
            return (forget=…, retain=…), whose sum is the loss
            """
        case .strangeState: "the state does not belong to this run: it has other weights"
        case .setting(let message): message
        case .beforeStart(let step):
            "the run has taken \(step) \(step == 1 ? "step" : "steps"); it cannot go back further than its start"
        }
    }
}
