/// What a model makes of every token of an example.

/// Log-probabilities of the tokens to predict, and what the predictions were like.
public struct TokenScores: Hashable, Sendable {
    /// log p of each token, in nats.
    public var logProbabilities: [Double] = []
    /// Whether each was the most likely one.
    public var hits: [Bool] = []
    /// Mean and standard deviation of log p over the vocabulary under the model's own prediction, at each token.
    public var means: [Double] = [], deviations: [Double] = []
    /// Whether the last token is the one that ends the text.
    public var hasEnd = false

    /// The sum of log p, in nats.
    public var logLikelihood: Double { logProbabilities.reduce(0, +) }
    /// The mean negative log-likelihood a token, in nats.
    public var loss: Double { -logLikelihood / Double(logProbabilities.count) }

    /// The same without the token that ends the text, unless it is all there is.
    public var withoutEnd: TokenScores {
        guard hasEnd, logProbabilities.count > 1 else { return self }
        var scores = self
        scores.logProbabilities.removeLast()
        if !hits.isEmpty { scores.hits.removeLast() }
        if !means.isEmpty { scores.means.removeLast() }
        if !deviations.isEmpty { scores.deviations.removeLast() }
        scores.hasEnd = false
        return scores
    }

    mutating func append(_ other: TokenScores) {
        logProbabilities += other.logProbabilities
        hits += other.hits
        means += other.means
        deviations += other.deviations
    }
}
