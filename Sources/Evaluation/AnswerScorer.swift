// Asks a model questions: how likely it finds given answers, and what it answers by itself.

import Autodiff
import Datasets
import Glibc
import LanguageModels
import Tensors

extension LanguageModel {
    /// What encodes questions and texts for this model. Throws where it has no tokenizer, or one without an end token.
    public func answerEncoder() throws -> AnswerEncoder {
        guard let tokenizer else { throw ModelError.noTokenizer }
        guard let end = tokenizer.endOfText else {
            throw MetricError("this model's tokenizer has no end-of-text token, which ends every answer")
        }
        return AnswerEncoder(context: architecture.context, endToken: end, systemPrompt: systemPrompt) {
            try tokenizer.encode($0, addingSpecial: false)
        }
    }

    /// Token ids of an answer as text, without the blank that follows "Answer:".
    public func answerText(_ ids: [Int]) -> String {
        let text = tokenizer?.decode(ids, skippingSpecial: true) ?? ""
        // The blank alone, also before a mark that would combine with it.
        return text.utf8.first == UInt8(ascii: " ") ? String(text.unicodeScalars.dropFirst()) : text
    }
}

/// Scores one model's answers. Questions that are longer than the model's context are errors, answers are cut at it.
public struct AnswerScorer {
    private let model: LanguageModel
    private let encoder: AnswerEncoder
    /// Tokens a model may answer with, at most; TOFU's own evaluation stops at 200 with the question.
    private static let longestAnswer = 200
    /// Questions answered together.
    private static let rows = 64

    /// - Throws: for a model that a derivative follows, which scores would lose.
    public init(_ model: LanguageModel) throws {
        _ = try model.weights.constant("a model whose answers are scored")
        self.model = model
        encoder = try model.answerEncoder()
    }

    /// What the model makes of each question of a set.
    ///
    /// The answer, its paraphrase and the false answers are all judged as answers to the question as it was taught, as
    /// TOFU does. `progress` hears how many of how many questions are done, and may throw to stop.
    public func scores(
        _ set: QuestionSet, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> [AnswerScores] {
        var pairs: [(question: String, answer: String)] = []
        for example in set {
            let answers = [example.answer] + [example.paraphrasedAnswer].compactMap(\.self) + example.falseAnswers
            pairs += answers.map { (example.question, $0) }
        }
        // A generated answer costs about as much as a dozen judged ones.
        let work = pairs.count + 12 * set.count
        func report(_ done: Int) throws { try progress(set.count * done / max(1, work), set.count) }
        try report(0)
        let losses = try losses(pairs, progress: report)
        let answers = try answers(set.map(\.question)) { try report(pairs.count + 12 * $0) }
        var next = losses[...]
        return zip(set, answers).map { example, answer in
            AnswerScores(
                answerLoss: next.removeFirst(),
                paraphraseLoss: example.paraphrasedAnswer == nil ? nil : next.removeFirst(),
                falseLosses: example.falseAnswers.map { _ in next.removeFirst() },
                rougeL: Rouge.rougeL(reference: example.answer, prediction: answer).recall)
        }
    }

    /// The mean negative log-likelihood a token, in nats, of answers to questions, end token included.
    public func losses(
        _ pairs: [(question: String, answer: String)], progress: (Int) throws -> Void = { _ in }
    ) throws -> [Double] {
        let sequences = try pairs.map { try encoder.sequence(question: $0.question, answer: $0.answer) }
        var losses = [Double](repeating: 0, count: pairs.count)
        var done = 0
        for batch in BatchPlan(grouping: sequences.map(\.ids.count)).batches {
            let sums = try model.sequenceNLL(TokenBatch(batch.map { sequences[$0] })).value.elements
            for (index, sum) in zip(batch, sums) { losses[index] = Double(sum) / Double(sequences[index].answerLength) }
            done += batch.count
            try progress(done)
        }
        return losses
    }

    /// The model's own greedy answers.
    public func answers(_ questions: [String], progress: (Int) throws -> Void = { _ in }) throws -> [String] {
        let prompts = try questions.map(encoder.prompt)
        let end = Set([model.tokenizer?.endOfText].compactMap(\.self))
        var answers = [String](repeating: "", count: prompts.count)
        var done = 0
        for batch in BatchPlan(grouping: prompts.map(\.count), rows: Self.rows).batches {
            // Greedy answers draw nothing from it.
            var generator = RandomGenerator(seed: 0)
            let results = try model.generate(
                batch.map { prompts[$0] }, maximum: Self.longestAnswer, ends: end, from: &generator)
            for (index, ids) in zip(batch, results) { answers[index] = model.answerText(ids) }
            done += batch.count
            try progress(done)
        }
        return answers
    }

    /// How far the model's predictions are from another's on the answers of a set: the mean over answer tokens of
    /// KL(other ‖ model), in nats. Zero only for models that predict the same. Throws where the vocabularies differ.
    public func divergence(from other: LanguageModel, on set: QuestionSet) throws -> Double {
        _ = try other.weights.constant("a model that is compared")
        var sum = 0.0, count = 0
        try Self.eachPrediction(model, other, set) { own, target in
            sum += Evaluation.divergence(target.value, own.value)
            count += own.shape[0]
        }
        return sum / Double(count)
    }

    /// Both models' log-probabilities [positions, vocabulary] on the answers of a set, batch by batch.
    private static func eachPrediction(
        _ model: LanguageModel, _ other: LanguageModel, _ set: QuestionSet,
        _ body: (_ own: Variable, _ target: Variable) throws -> Void
    ) throws {
        let sequences = try model.answerEncoder().sequences(set)
        // Each under its own system prompt.
        let theirs =
            model.isAsked(like: other)
            ? sequences : try other.answerEncoder().sequences(set)
        guard !sequences.isEmpty else {
            throw MetricError("the set \"\(set.name)\" has no questions to compare two models on")
        }
        try PredictionDivergence.eachPrediction(
            model, other,
            BatchPlan(grouping: sequences.map(\.ids.count)).batches.map { group in
                (try TokenBatch(group.map { sequences[$0] }), try TokenBatch(group.map { theirs[$0] }))
            }, body)
    }
}

/// Σ over rows of KL(p ‖ q) of two tensors of log-probabilities; summed in float64.
func divergence(_ p: Tensor, _ q: Tensor) -> Double {
    p.withElements { p in
        q.withElements { q in
            var sum = 0.0
            for i in p.indices where p[i] > -80 { sum += exp(Double(p[i])) * (Double(p[i]) - Double(q[i])) }
            return sum
        }
    }
}
