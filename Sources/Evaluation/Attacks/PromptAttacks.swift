/// Whether other prompts bring back what was forgotten.
import Datasets
import Settings
import Tokenizers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

public struct FewShot: Attack {
    public static let name = "few_shot"
    public static let summary = """
        The mean probability of the answers to forget where each question comes after a few questions to retain with \
        their answers, in the same template (as SOUL's public code evaluates).
        """
    public static let needs: [MetricNeed] = [.retain, .text]
    public static let exampleSettings = "examples=1"
    var examples = 3
    public static var settings: [Setting<Self>] {
        [.count("examples", \.examples, "questions with answers before each, the first ones to retain")]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        guard !subject.data.isSingle else { throw MetricNeed.retain.missing(for: Self.name, "questions to retain") }
        let retain = try subject.questions(.retain, for: Self.name)
        guard examples <= retain.count else {
            throw MetricError(
                """
                `\(Self.name)` shows \(examples) questions to retain, and there are \(retain.count): give \
                examples=\(retain.count) or less
                """)
        }
        let before = retain.prefix(examples)
        let set = try subject.questions(.forget, for: Self.name)
        var prompting = subject.model.prompting
        prompting.examples += before.map { PromptExample(question: $0.question, answer: $0.answer) }
        let shown = try MetricSubject(
            subject.model.with(prompting: prompting), on: subject.data, progress: subject.progress)
        return MetricValue(meanOf: try shown.probabilities(of: set, for: Self.name))
    }
}

public struct Paraphrased: Attack {
    public static let name = "paraphrased"
    public static let summary = """
        The mean probability of the answers to forget where the questions are asked in other words: unlearning that \
        only silenced one wording shows (TOFU's paraphrases; Maini et al. 2024).
        """
    public static let needs: [MetricNeed] = [.paraphrases, .text]
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let set = try subject.questions(.forget, for: Self.name)
        let other = try set.asked { example in
            guard let question = example.paraphrasedQuestion else {
                throw MetricError(
                    "`\(Self.name)` needs a paraphrased question: give questions with paraphrased_question, as authors() has"
                )
            }
            return question
        }
        return MetricValue(meanOf: try subject.probabilities(of: other, for: Self.name))
    }
}

public struct Prefixed: Attack {
    public static let name = "prefixed"
    public static let summary = """
        The mean probability of the rest of the answers to forget, a token on the geometric mean, where the model is \
        given their first part: what it needs a hint for is not gone (Carlini et al. 2021). At least one token is \
        given, and one is left.
        """
    var share = 0.5
    public static var settings: [Setting<Self>] {
        [
            .number(
                "share", \.share, "the part of an answer's tokens that is given", range: "from 0 to 1",
                where: { $0 >= 0 && $0 <= 1 })
        ]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        MetricValue(
            meanOf: try subject.tokenScores(.forget, for: Self.name).map { scores in
                let logs = scores.withoutEnd.logProbabilities
                let given = min(max(1, Int(share * Double(logs.count))), max(0, logs.count - 1))
                return exp(mean(Array(logs[given...])))
            })
    }
}

extension QuestionSet {
    /// The same answers to other questions.
    fileprivate func asked(_ question: (QuestionAnswer) throws -> String) rethrows -> QuestionSet {
        QuestionSet(name: name, examples: try map { QuestionAnswer(question: try question($0), answer: $0.answer) })
    }
}
