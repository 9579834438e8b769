/// The examples that metrics are computed on, by the part they play.
import Datasets
import LanguageModels

/// Examples of any kind a model can be asked about.
public enum MetricExamples {
    case questions(QuestionSet)
    case texts(TextSet)
    case tokens(TokenBatch)

    public var count: Int {
        switch self {
        case .questions(let set): set.count
        case .texts(let set): set.count
        case .tokens(let batch): batch.rows
        }
    }
}

/// The part that examples play in unlearning; the names are those of a suite's fields.
public enum MetricRole: String, CaseIterable, Sendable {
    case forget, retain
    case realAuthors = "real_authors"
    case worldFacts = "world_facts"
    case holdout
}

/// The examples of a comparison.
public struct MetricData {
    public private(set) var sets: [MetricRole: MetricExamples] = [:]
    /// One set, which is what every metric is asked about.
    public let isSingle: Bool

    /// Examples that play no part: metrics are asked about them whatever set they would take.
    public init(_ examples: MetricExamples) {
        sets = [.forget: examples]
        isSingle = true
    }

    public init(_ sets: [MetricRole: MetricExamples]) {
        self.sets = sets
        isSingle = false
    }

    /// A suite, of whose sets those questions are judged that have false answers, where some have them.
    public init(_ split: QuestionSplit) {
        self.init(
            [
                .forget: split.forget.judged, .retain: split.retain.judged, .realAuthors: split.realAuthors.judged,
                .worldFacts: split.worldFacts.judged, .holdout: split.holdout,
            ].compactMapValues { $0.map { .questions($0) } })
    }

    /// The same with other held-out examples.
    public func with(holdout: MetricExamples) -> MetricData {
        var data = self
        data.sets[.holdout] = holdout
        return data
    }

    /// The part under which a set is kept.
    func role(_ role: MetricRole) -> MetricRole { isSingle && role != .holdout ? .forget : role }
}
