/// How much of the right answers a model says by itself.
import Settings

public enum RougeKind: String, CaseIterable, Sendable {
    case longest = "L"
    case words = "1"
}

public struct RougeRecall: Metric {
    public static let name = "rouge_recall"
    public static let summary = """
        The mean ROUGE recall, stemmed, of the model's greedy answers against the right ones (Lin 2004): with kind="L" \
        of the longest common subsequence of words, with kind="1" of single words. From 0 to 1; after unlearning it \
        should be low on what is forgotten and high on the rest.
        """
    public static let better = MetricDirection.toward("the oracle's figure")
    public static let unit = "recall"
    public static let needs: [MetricNeed] = [.text]

    var set = MetricRole.forget
    var kind = RougeKind.longest

    public static var settings: [Setting<Self>] {
        [.set(\.set), .choice("kind", \.kind, "longest common subsequence of words, or words in common")]
    }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let set = try subject.questions(set, for: Self.name)
        return MetricValue(
            meanOf: zip(set, try subject.greedyAnswers(self.set, for: Self.name)).map { example, answer in
                switch kind {
                case .longest: Rouge.rougeL(reference: example.answer, prediction: answer).recall
                case .words: Rouge.rouge1(reference: example.answer, prediction: answer).recall
                }
            })
    }
}
