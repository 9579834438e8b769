/// How surprised a model is by texts.
import Settings

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

public enum PerplexityUnit: String, CaseIterable, Sendable { case token, word, byte }

public struct Perplexity: Metric {
    public static let name = "perplexity"
    public static let summary = """
        exp(sum of NLL / number of tokens, words or bytes) over all texts or answers; the end token counts only where \
        there is no other. Words are separated by white space, bytes are of UTF-8; per word or byte, models with \
        different tokenizers compare. A text longer than the context is read in windows. 1 is the least.
        """
    public static let better = MetricDirection.toward("the oracle's figure")
    public static let unit = "perplexity"

    var set = MetricRole.forget
    var per = PerplexityUnit.token
    public static var settings: [Setting<Self>] { [.set(\.set), .choice("per", \.per, "what the loss is shared by")] }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let scores = try subject.tokenScores(set, for: Self.name).map(\.withoutEnd)
        let units: [Int]
        switch per {
        case .token: units = scores.map(\.logProbabilities.count)
        case .byte: units = try subject.texts(set, for: Self.name).map(\.utf8.count)
        case .word:
            units = try subject.texts(set, for: Self.name).map {
                max(1, $0.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).count)
            }
        }
        let total = scores.reduce(0) { $0 - $1.logLikelihood }
        return MetricValue(
            exp(total / Double(units.reduce(0, +))),
            byExample: zip(scores, units).map { exp(-$0.logLikelihood / Double($1)) })
    }
}
