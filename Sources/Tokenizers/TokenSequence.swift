// Token ids of one text, with what a model is to predict of them.

/// Token ids of one text, of which the first `promptLength` are given and the others are to be predicted.
public struct TokenSequence: Hashable, Sendable {
    public let ids: [Int]
    /// How many tokens at the start bear no loss.
    public let promptLength: Int
    /// How many tokens at the end only say that the text is over: the end of the text, or the pieces of the mark that
    /// a template puts there.
    public let endLength: Int

    public init(ids: [Int], promptLength: Int, endLength: Int = 0) {
        self.ids = ids
        self.promptLength = promptLength
        self.endLength = endLength
    }

    /// How many tokens bear a loss.
    public var answerLength: Int { ids.count - promptLength }

    /// The label of a position that bears no loss.
    public static let ignored = -100

    /// The token itself where it is to be predicted from those before it, `ignored` in the prompt (not shifted, as in
    /// Hugging Face's models).
    public var labels: [Int] {
        ids.enumerated().map { $0.offset < promptLength ? TokenSequence.ignored : $0.element }
    }
}
