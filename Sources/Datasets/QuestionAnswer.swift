// One question with its answer, and what the metrics need to judge whether a model knows it.

/// A question, its answer, and the companions that evaluation asks for.
///
/// The truth ratio (Maini et al. 2024, TOFU) compares the probability of `paraphrasedAnswer` with that of each of
/// `falseAnswers`; the latter have the paraphrase's wording and another value. Data without companions leave them
/// empty.
public struct QuestionAnswer: Hashable, Sendable {
    public var question: String
    public var answer: String
    /// The same question in words that training did not use.
    public var paraphrasedQuestion: String?
    /// The same answer in words that training did not use.
    public var paraphrasedAnswer: String?
    /// Wrong answers in the wording of `paraphrasedAnswer` (or of `answer` where there is no paraphrase).
    public var falseAnswers: [String]
    /// Whom or what the question is about, where the data say so.
    public var author: String?
    /// Which fact is asked for (`birthplace`, `award`, …), where the data say so.
    public var fact: String?

    public init(
        question: String, answer: String, paraphrasedQuestion: String? = nil, paraphrasedAnswer: String? = nil,
        falseAnswers: [String] = [], author: String? = nil, fact: String? = nil
    ) {
        self.question = question
        self.answer = answer
        self.paraphrasedQuestion = paraphrasedQuestion
        self.paraphrasedAnswer = paraphrasedAnswer
        self.falseAnswers = falseAnswers
        self.author = author
        self.fact = fact
    }
}
