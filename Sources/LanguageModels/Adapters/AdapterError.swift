/// What can be wrong with adapters, in a user's words.

public enum AdapterError: Error, Equatable, CustomStringConvertible {
    case alreadyAdapted
    /// An architecture that is not made of blocks.
    case noTransformer(String)
    /// No linear layer is called so; those that there are.
    case noTarget(String, known: [String])
    case embedding(String)
    case tiedHead
    case noLayer(Int, count: Int)
    case noLayersLeft(targets: String)
    case rank(Int)
    /// What is no regular expression.
    case expression(String)

    public var description: String {
        switch self {
        case .alreadyAdapted:
            "this model has adapters already; write lora(merge(m)) to begin anew on top of what they have learned"
        case .noTransformer(let kind):
            "models of the architecture \(kind) take no adapters: only those made of Lethe's building blocks do"
        case .noTarget(let target, let known):
            "no linear layer of the model is called like `\(target)`; there are \(Self.listed(known))"
        case .embedding(let name):
            "`\(name)` is a table of embeddings; adapters go beside linear layers only, so leave it out of the targets"
        case .tiedHead:
            """
            the head of this model is tied to its token embeddings: an adapter beside the head alone could not be \
            merged into the weight that both share (peft warns of it, and its merge changes the embeddings too); leave \
            it out of the targets
            """
        case .noLayer(let layer, let count):
            "there is no layer \(layer); the model has \(count == 1 ? "layer 0 only" : "layers 0 to \(count - 1)")"
        case .noLayersLeft(let targets): "none of the chosen layers has a linear layer called like `\(targets)`"
        case .rank(let rank): "the rank of an adapter is a whole number from 1 on, not \(rank)"
        case .expression(let text):
            "`\(text)` is no regular expression that is known here; give the layers' names instead"
        }
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(12).map { "`\($0)`" }
        guard names.count <= 12, let last = shown.last, shown.count > 1 else { return shown.joined(separator: ", ") }
        return shown.dropLast().joined(separator: ", ") + " and " + last
    }
}
