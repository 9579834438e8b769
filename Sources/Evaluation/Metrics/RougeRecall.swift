/// How much of the right answers a model says by itself.
import Datasets
import Settings

public enum RougeKind: String, CaseIterable, Sendable {
    case longest = "L"
    case words = "1"
}

public struct RougeRecall: AnswerMetric {
    public static let name = "rouge_recall"
    public static let summary = """
        The mean ROUGE recall, stemmed, of the model's greedy answers against the right ones (Lin 2004): with kind="L" \
        of the longest common subsequence of words, with kind="1" of single words. From 0 to 1; after unlearning it \
        should be low on what is forgotten and high on the rest.
        """
    public static let unit = "recall"

    public var set = MetricRole.forget
    var kind = RougeKind.longest

    public static var settings: [Setting<Self>] {
        [.set(\.set), .choice("kind", \.kind, "longest common subsequence of words, or words in common")]
    }
    public init() {}
    init(of set: MetricRole) { self.set = set }

    public func figure(of answer: String, to question: QuestionAnswer) -> Double {
        switch kind {
        case .longest: Rouge.rougeL(reference: question.answer, prediction: answer).recall
        case .words: Rouge.rouge1(reference: question.answer, prediction: answer).recall
        }
    }
}
