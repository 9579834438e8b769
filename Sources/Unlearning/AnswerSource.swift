/// Other answers to a run's forget prompts, one for each example.
import LanguageModels
import Tokenizers

/// One other answer for each example of the forget data, in its order: a function of the run's seed and the example
/// alone, so that every step and every fork sees the same one. Answers are encoded when a step first asks.
public final class AnswerSource {
    private let count: Int
    private let make: (_ example: Int, _ draws: StepDraws) throws -> TokenSequence
    /// All of them side by side, where they were given so.
    private let whole: TokenBatch?
    private var known: [Int: TokenSequence] = [:]
    private var seed: UInt64?

    /// - Parameters:
    ///   - count: examples of the forget data.
    ///   - make: prompt and answer of an example; what it draws comes from
    ///     `draws.generator(ofRun: .alternative, item: example)`.
    public init(count: Int, _ make: @escaping (_ example: Int, _ draws: StepDraws) throws -> TokenSequence) {
        self.count = count
        self.make = make
        whole = nil
    }

    /// One row for each example.
    public init(_ batch: TokenBatch) {
        count = batch.rows
        whole = batch
        make = { row, _ in TokenSequence(ids: batch.ids(ofRow: row), promptLength: 1) }
    }

    /// The rows of some examples, or of all where they are a single batch.
    public func batch(_ indices: [Int]?, _ draws: StepDraws) throws -> TokenBatch {
        if let whole { return try indices.map(whole.selecting) ?? whole }
        if seed != draws.seed { (seed, known) = (draws.seed, [:]) }
        return try TokenBatch(
            (indices ?? Array(0..<count)).map { index in
                if let sequence = known[index] { return sequence }
                let sequence = try make(index, draws)
                known[index] = sequence
                return sequence
            })
    }
}
