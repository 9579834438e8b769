/// One model and the examples it is judged by: what metrics ask, computed once and kept.
import Datasets
import LanguageModels
import Tensors

/// What metrics are computed from. Everything a model is run for is kept here, by the examples' part and kind.
public final class MetricSubject {
    public let model: LanguageModel
    public let data: MetricData
    let oracleSubject: MetricSubject?
    let referenceSubject: MetricSubject?
    /// Hears what is done and how many examples of how many, and may throw to stop.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    private enum Kind: Hashable { case answers, paraphrases, falseAnswers }
    private struct Key: Hashable {
        let role: MetricRole
        let kind: Kind
    }
    /// What has been computed, shared by subjects of one model and the same data.
    private final class Memory {
        var tokens: [Key: [TokenScores]] = [:]
        var greedy: [MetricRole: [String]] = [:]
        var norms: [MetricRole: [Double]] = [:]
    }
    private let memory: Memory

    /// - Parameter other: a subject of the same model and data, whose scores this one takes and adds to.
    /// - Throws: for a model that a derivative follows, which scores would lose.
    public init(
        _ model: LanguageModel, on data: MetricData, oracle: MetricSubject? = nil, reference: MetricSubject? = nil,
        sharing other: MetricSubject? = nil,
        progress: @escaping (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        _ = try model.weights.constant("a model that is judged")
        self.model = model
        self.data = data
        oracleSubject = oracle
        referenceSubject = reference
        memory = other?.memory ?? Memory()
        self.progress = progress
    }

    /// The same model with an oracle, a reference model or held-out examples of its own, nil where they stay. What is
    /// known of it stays known unless the examples change.
    public func with(
        oracle: LanguageModel?, reference: LanguageModel?, holdout: MetricExamples?
    ) throws -> MetricSubject {
        let data = holdout.map(data.with(holdout:)) ?? data
        func other(_ given: LanguageModel?, _ known: MetricSubject?) throws -> MetricSubject? {
            if let given { return try MetricSubject(given, on: data, progress: progress) }
            guard let known, holdout != nil else { return known }
            return try MetricSubject(known.model, on: data, progress: progress)
        }
        return try MetricSubject(
            model, on: data, oracle: other(oracle, oracleSubject), reference: other(reference, referenceSubject),
            sharing: holdout == nil ? self : nil, progress: progress)
    }

    // MARK: What is needed, or an error that says what gives it

    /// The examples that play a part. Throws where there are none.
    public func examples(_ role: MetricRole, for metric: String) throws -> MetricExamples {
        guard let examples = data.sets[data.role(role)] else {
            if role == .holdout { throw MetricNeed.holdout.missing(for: metric, "held-out examples") }
            throw MetricError(
                "`\(metric)` needs the set \(role.rawValue): give data with a field \(role.rawValue), as authors() has")
        }
        guard examples.count > 0 else {
            throw MetricError("`\(metric)` has nothing to be computed from: the set \(role.rawValue) is empty")
        }
        return examples
    }

    /// The same as questions with answers.
    public func questions(_ role: MetricRole, for metric: String) throws -> QuestionSet {
        guard case .questions(let set) = try examples(role, for: metric) else {
            throw MetricNeed.text.missing(for: metric, "questions with answers")
        }
        return set
    }

    public func oracle(for metric: String) throws -> MetricSubject {
        guard let oracleSubject else { throw MetricNeed.oracle.missing(for: metric, "an oracle") }
        return oracleSubject
    }

    public func reference(for metric: String) throws -> MetricSubject {
        guard let referenceSubject else { throw MetricNeed.reference.missing(for: metric, "a reference model") }
        return referenceSubject
    }

    /// Whether the model's weights or what was computed of it hold something that is not a number: a metric that fails
    /// then has no figure, which concerns no other model.
    public var isBroken: Bool {
        !model.weights.value.isFinite
            || memory.tokens.values.contains { $0.contains { !$0.loss.isFinite } }
    }

    // MARK: Scores

    /// Every token to predict of each example: log-probability, rank, and the spread of the prediction.
    public func tokenScores(_ role: MetricRole, for metric: String) throws -> [TokenScores] {
        try tokenScores(role, of: examples(role, for: metric), progress: progress)
    }

    private func tokenScores(
        _ role: MetricRole, of examples: MetricExamples, progress: (Int, Int) throws -> Void
    ) throws -> [TokenScores] {
        try kept(role, .answers) { try scorer.scores(examples, progress: progress) }
    }

    /// The paraphrased answer of each question.
    public func paraphrases(_ role: MetricRole, for metric: String) throws -> [TokenScores] {
        let set = try questions(role, for: metric)
        guard set.allSatisfy({ $0.paraphrasedAnswer != nil }) else {
            throw MetricNeed.paraphrases.missing(for: metric, "a paraphrased answer to each question")
        }
        return try paraphrases(role, of: set, progress: progress)
    }

    /// Of those questions that have one.
    private func paraphrases(
        _ role: MetricRole, of set: QuestionSet, progress: (Int, Int) throws -> Void
    ) throws -> [TokenScores] {
        try kept(role, .paraphrases) {
            let pairs = set.compactMap { example in example.paraphrasedAnswer.map { (example.question, $0) } }
            return try scorer.scores(pairs, statistics: false, progress: progress)
        }
    }

    /// The false answers of each question, at least one each.
    public func falseAnswers(_ role: MetricRole, for metric: String) throws -> [[TokenScores]] {
        let set = try questions(role, for: metric)
        guard set.allSatisfy({ !$0.falseAnswers.isEmpty }) else {
            throw MetricNeed.falseAnswers.missing(for: metric, "false answers to each question")
        }
        return try falseAnswers(role, of: set, progress: progress)
    }

    /// None of a question that has none.
    private func falseAnswers(
        _ role: MetricRole, of set: QuestionSet, progress: (Int, Int) throws -> Void
    ) throws -> [[TokenScores]] {
        var all = try kept(role, .falseAnswers) {
            try scorer.scores(
                set.flatMap { example in example.falseAnswers.map { (example.question, $0) } }, statistics: false,
                progress: progress)
        }[...]
        return set.map { example in
            defer { all = all.dropFirst(example.falseAnswers.count) }
            return Array(all.prefix(example.falseAnswers.count))
        }
    }

    /// The model's own greedy answer to each question.
    public func greedyAnswers(_ role: MetricRole, for metric: String) throws -> [String] {
        try greedyAnswers(role, of: questions(role, for: metric), progress: progress)
    }

    private func greedyAnswers(
        _ role: MetricRole, of set: QuestionSet, progress: (Int, Int) throws -> Void
    ) throws -> [String] {
        let role = data.role(role)
        if let answers = memory.greedy[role] { return answers }
        let answers = try model.greedyAnswers(to: set.map(\.question)) { try progress($0, set.count) }
        memory.greedy[role] = answers
        return answers
    }

    /// All that TOFU's figures are made of. The answer, its paraphrase and the false answers are all judged as answers
    /// to the question as it was taught, as TOFU does; a question may lack the latter two.
    /// - Parameter progress: hears how many of how many questions are done, and may throw to stop; the subject's own
    ///   where it is nil.
    public func answerScores(
        _ role: MetricRole, for metric: String, progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
    ) throws -> [AnswerScores] {
        let set = try questions(role, for: metric), hears = progress ?? self.progress
        // A generated answer costs about as much as a dozen judged ones.
        let generated = 12
        let paraphraseCount = set.count(where: { $0.paraphrasedAnswer != nil })
        let work = (1 + generated) * set.count + paraphraseCount + set.reduce(0) { $0 + $1.falseAnswers.count }
        var before = 0
        func report(_ share: Int) -> (Int, Int) throws -> Void {
            { done, total in
                let ahead = before + share * done / max(1, total)
                if done == total { before += share }
                try hears(set.count * ahead / work, set.count)
            }
        }
        let answers = try tokenScores(role, of: .questions(set), progress: report(set.count))
        var paraphrased = try paraphrases(role, of: set, progress: report(paraphraseCount))[...]
        let wrong = try falseAnswers(
            role, of: set, progress: report(work - (1 + generated) * set.count - paraphraseCount))
        let own = try greedyAnswers(role, of: set, progress: report(generated * set.count))
        return set.indices.map { i in
            AnswerScores(
                answerLoss: answers[i].loss,
                paraphraseLoss: set[i].paraphrasedAnswer == nil ? nil : paraphrased.popFirst()?.loss,
                falseLosses: wrong[i].map(\.loss),
                rougeL: Rouge.rougeL(reference: set[i].answer, prediction: own[i]).recall)
        }
    }

    /// Truth ratios R without a need for greedy answers; see ``AnswerScores/truthRatio``.
    public func truthRatios(_ role: MetricRole, for metric: String) throws -> [Double] {
        let set = try questions(role, for: metric)
        let wrong = try falseAnswers(role, for: metric)
        let lacksSome = set.contains { $0.paraphrasedAnswer == nil }
        let answers = lacksSome ? try tokenScores(role, for: metric) : []
        var paraphrased = try paraphrases(role, of: set, progress: progress)[...]
        return set.indices.map { i in
            let right = set[i].paraphrasedAnswer == nil ? answers[i] : paraphrased.popFirst()
            return AnswerScores(
                answerLoss: right?.loss ?? .nan, falseLosses: wrong[i].map(\.loss), rougeL: 0
            ).truthRatio ?? .nan
        }
    }

    /// The text of each example whose compressed length counts: the answer, or the document.
    public func texts(_ role: MetricRole, for metric: String) throws -> [String] {
        switch try examples(role, for: metric) {
        case .questions(let set): return set.map(\.answer)
        case .texts(let set): return set.documents
        case .tokens: throw MetricNeed.text.missing(for: metric, "texts")
        }
    }

    /// For each example the mean over parameter tensors of the 2-norm of its loss's gradient, the end token left out.
    func gradientNorms(_ role: MetricRole, for metric: String) throws -> [Double] {
        let examples = try examples(role, for: metric), role = data.role(role)
        if let known = memory.norms[role] { return known }
        let result = try scorer.gradientNorms(examples, progress: progress)
        memory.norms[role] = result
        return result
    }

    /// Token ids and labels of each example, each in a batch of its own; the end token is part of them.
    func batches(_ role: MetricRole, for metric: String) throws -> [TokenBatch] {
        try scorer.batches(examples(role, for: metric))
    }

    private var scorer: TokenScorer { TokenScorer(model) }

    private func kept(_ role: MetricRole, _ kind: Kind, _ make: () throws -> [TokenScores]) rethrows -> [TokenScores] {
        let key = Key(role: data.role(role), kind: kind)
        if let known = memory.tokens[key] { return known }
        let scores = try make()
        memory.tokens[key] = scores
        return scores
    }
}
