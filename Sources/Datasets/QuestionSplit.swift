// Data for an unlearning experiment: what to forget, what to retain, and what must stay untouched.

/// A question set divided into what a model shall forget and what it shall keep, with two sets that forgetting
/// must not touch (the four sets of the TOFU benchmark, Maini et al. 2024).
public struct QuestionSplit: Hashable, Sendable {
    public var name: String
    /// Everything the original model was taught about the fictitious authors: `retain` and `forget`.
    public var full: QuestionSet
    public var forget: QuestionSet
    public var retain: QuestionSet
    /// Questions about authors who lived.
    public var realAuthors: QuestionSet
    /// Questions about the world.
    public var worldFacts: QuestionSet
    /// The texts a model is taught with, where the data come with more phrasings than the evaluated ones.
    public var training: QuestionSet?
    /// `training` without anything about the authors to forget: what the retrained oracle is taught with.
    public var trainingRetain: QuestionSet?
    /// Questions like those to forget that no model was taught: what membership attacks set against them.
    public var holdout: QuestionSet?

    public init(
        name: String, full: QuestionSet, forget: QuestionSet, retain: QuestionSet, realAuthors: QuestionSet,
        worldFacts: QuestionSet, training: QuestionSet? = nil, trainingRetain: QuestionSet? = nil,
        holdout: QuestionSet? = nil
    ) {
        self.name = name
        self.full = full
        self.forget = forget
        self.retain = retain
        self.realAuthors = realAuthors
        self.worldFacts = worldFacts
        self.training = training
        self.trainingRetain = trainingRetain
        self.holdout = holdout
    }
}
