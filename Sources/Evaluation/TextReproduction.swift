/// How much of a text a model writes down by itself once it has been given the beginning.
import LanguageModels
import Tensors
import Tokenizers

/// What a model made of one text's beginning.
public struct TextReproduction: Sendable {
    /// The tokens that the model was given, without what its tokenizer puts before every text.
    public let prompt: [Int]
    /// The tokens that follow in the text.
    public let truth: [Int]
    /// The tokens that the model went on with, at most as many.
    public let continuation: [Int]

    /// How many tokens of the continuation are the text's own before the first that is another.
    public var verbatim: Int { zip(truth, continuation).prefix { $0 == $1 }.count }
}

extension LanguageModel {
    /// Texts continued together.
    private static let rowsContinued = 16

    /// Lets the model continue the first `length` tokens of each text greedily, for as many tokens as follow in the text,
    /// at most `most` (Carlini et al. 2021, arXiv 2012.07805; the copyright task of Jia et al. 2024).
    ///
    /// What goes beyond the context is left out.
    /// - Parameters:
    ///   - texts: the token ids of each text.
    ///   - start: the ids that stand before every text.
    ///   - ends: ids at which a text ends.
    ///   - progress: hears how many texts of how many are done, and may throw to stop.
    /// - Throws: `MetricError` for a text of which nothing follows the prompt, by its number, counted from 0.
    public func reproductions(
        of texts: [[Int]], start: [Int], prompt length: Int, most: Int, ends: Set<Int>,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> [TextReproduction] {
        let room = architecture.context - start.count - length
        guard room > 0 else {
            throw MetricError(
                """
                a prompt of \(length) tokens leaves nothing to continue within the model's context of \
                \(architecture.context): give a smaller prompt=
                """)
        }
        if let short = texts.firstIndex(where: { $0.count <= length }) {
            throw MetricError(
                """
                text \(short) has \(texts[short].count) tokens, and nothing of it follows a prompt of \(length): leave \
                it out, or give a smaller prompt=
                """)
        }
        var results: [TextReproduction] = []
        for first in stride(from: 0, to: texts.count, by: Self.rowsContinued) {
            try progress(results.count, texts.count)
            let part = texts[first..<min(first + Self.rowsContinued, texts.count)]
            let truths = part.map { Array($0[length...].prefix(min(most, room))) }
            // Greedy continuations draw nothing from it.
            var generator = RandomGenerator(seed: 0)
            let written = try generate(
                part.map { start + $0[..<length] }, maximum: truths.map(\.count).max() ?? 0, ends: ends,
                from: &generator)
            for ((text, truth), continuation) in zip(zip(part, truths), written) {
                results.append(
                    TextReproduction(
                        prompt: Array(text[..<length]), truth: truth,
                        continuation: Array(continuation.prefix(truth.count))))
            }
        }
        try progress(texts.count, texts.count)
        return results
    }
}
