/// What an attack is: a way to bring back what a model seems to have forgotten, and a figure of how far it does.
import Datasets
import LanguageModels
import Settings

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A metric that is taken after something was done to the model or to the prompt. It joins ``Attacks/all``, or a
/// catalogue from outside, and goes wherever a metric goes.
public protocol Attack: Metric {}

extension Attack {
    public static var better: MetricDirection { .toward("the oracle's figure under the same attack") }
    public static var unit: String { "probability" }
}

public enum Attacks {
    public static var all: [any Attack.Type] {
        [Quantized.self, Relearned.self, FewShot.self, Paraphrased.self, Prefixed.self, Probed.self, Patched.self]
    }
}

extension MetricSubject {
    /// The mean length-normalised probability of answers to questions under another model or in other words, one by
    /// one.
    func probabilities(
        of set: QuestionSet, under model: LanguageModel? = nil, for metric: String
    ) throws -> [Double] {
        let subject = try MetricSubject(model ?? self.model, on: MetricData(.questions(set)), progress: progress)
        return try subject.tokenScores(.forget, for: metric).map { exp(-$0.loss) }
    }
}
