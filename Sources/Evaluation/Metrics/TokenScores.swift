/// What a model makes of every token of an example.

/// Log-probabilities of the tokens to predict, and what the predictions were like.
public struct TokenScores: Hashable, Sendable {
    /// log p of each token, in nats.
    public var logProbabilities: [Double] = []
    /// Whether each was the most likely one.
    public var hits: [Bool] = []
    /// Mean and standard deviation of log p over the vocabulary under the model's own prediction, at each token.
    public var means: [Double] = [], deviations: [Double] = []
    /// How many tokens at the end only say that the text is over: one, or the pieces of a template's mark.
    public var endLength = 0

    /// Numbers that a token is made of, where statistics of the vocabulary are among them.
    static let width = 4
    /// One token as numbers: log p alone, or with all that is known of it.
    var numbers: [Double] {
        hits.isEmpty ? logProbabilities : logProbabilities + hits.map { $0 ? 1 : 0 } + means + deviations
    }

    /// The sum of log p, in nats.
    public var logLikelihood: Double { logProbabilities.reduce(0, +) }
    /// The mean negative log-likelihood a token, in nats.
    public var loss: Double { -logLikelihood / Double(logProbabilities.count) }

    /// The same without what ends the text, of which one token is left where it is all there is.
    public var withoutEnd: TokenScores {
        let count = TokenScores.ending(endLength, of: logProbabilities.count)
        var scores = self
        scores.logProbabilities.removeLast(count)
        scores.hits.removeLast(min(count, hits.count))
        scores.means.removeLast(min(count, means.count))
        scores.deviations.removeLast(min(count, deviations.count))
        scores.endLength = 0
        return scores
    }

    /// How many of the last of `count` tokens to predict do not count.
    static func ending(_ endLength: Int, of count: Int) -> Int { max(0, min(endLength, count - 1)) }

    /// The ending of a sequence that is known by its labels alone: one where its last label ends texts.
    static func ending(of labels: [Int], _ ends: Set<Int>) -> Int {
        guard let last = labels.last(where: { $0 >= 0 }), ends.contains(last) else { return 0 }
        return 1
    }

    mutating func append(_ other: TokenScores) {
        logProbabilities += other.logProbabilities
        hits += other.hits
        means += other.means
        deviations += other.deviations
    }
}

extension TokenScores {
    /// One token from its `numbers`.
    init(numbers: ArraySlice<Double>) {
        let numbers = Array(numbers)
        self.init(logProbabilities: Array(numbers.prefix(1)))
        guard numbers.count == Self.width else { return }
        (hits, means, deviations) = ([numbers[1] != 0], [numbers[2]], [numbers[3]])
    }
}
