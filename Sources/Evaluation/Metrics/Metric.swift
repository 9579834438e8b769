/// What a metric is: one number about a model, with what it needs and which direction is better.
import Settings

/// Which way a metric should go in a model that has unlearned well.
public enum MetricDirection: Hashable, Sendable {
    case higher, lower
    /// Neither: the oracle's own figure, or the one named, is the aim.
    case toward(String)

    /// In help: "higher is better".
    public var phrase: String {
        switch self {
        case .higher: "higher is better"
        case .lower: "lower is better"
        case .toward(let aim): "\(aim) is best"
        }
    }
}

/// What a metric wants beside a model and examples.
public enum MetricNeed: String, Hashable, Sendable, CaseIterable {
    /// The model retrained without what is to be forgotten.
    case oracle
    /// Examples like those to forget that no model was taught.
    case holdout
    /// Another model to set a model's losses against.
    case reference
    /// Paraphrased answers to the questions.
    case paraphrases
    /// False answers to the questions.
    case falseAnswers
    /// Examples to retain, beside those to forget.
    case retain
    /// Text: questions or documents, not bare token ids, and a model with a tokenizer.
    case text

    /// Those that are given as an argument of the metric's own function.
    public var isArgument: Bool { self == .oracle || self == .holdout || self == .reference }

    /// How a user gives it, for errors.
    var source: String {
        switch self {
        case .oracle: "give the model retrained without the forget set as oracle="
        case .holdout:
            """
            give questions no model was taught as holdout=, or data with a field holdout: authors() has one, and \
            tofu(…) reads holdout10.json beside forget10.json
            """
        case .reference: "give the model to compare with as reference="
        case .paraphrases:
            "give questions with paraphrased_answer, as authors() and TOFU's …_perturbed.json files have them"
        case .falseAnswers:
            "give questions with false_answers, as authors() and TOFU's …_perturbed.json files (perturbed_answer) have them"
        case .retain: "give a suite such as authors(), or a record (forget=…, retain=…)"
        case .text: "give questions, as question_set(…) makes them, and a model with a tokenizer"
        }
    }

    /// An error that says what is missing and what gives it.
    func missing(for metric: String, _ what: String) -> MetricError {
        MetricError("`\(metric)` needs \(what): \(source)")
    }
}

/// What a metric found.
public struct MetricValue: Sendable {
    public let value: Double
    /// One number an example, in their order, where the metric is made of such; what open-unlearning's files call
    /// `value_by_index`.
    public let byExample: [Double]?
    /// Further figures by name.
    public let details: [(name: String, values: [Double])]

    public init(_ value: Double, byExample: [Double]? = nil, details: [(name: String, values: [Double])] = []) {
        self.value = value
        self.byExample = byExample
        self.details = details
    }

    /// The mean over examples.
    public init(meanOf values: [Double]) { self.init(mean(values), byExample: values) }
}

/// One number about a model. It joins ``Metrics/all``, or a catalogue from outside.
///
/// `summary` gives formula, paper and sign; `settings` what a user can set. All scoring goes through the subject,
/// which keeps what it has computed: ten metrics run the model no more often than one.
public protocol Metric: Configurable, Sendable {
    static var better: MetricDirection { get }
    /// What the number counts: "probability", "nats", "per cent".
    static var unit: String { get }
    static var needs: [MetricNeed] { get }
    /// What holds of its value for models that are worth something, as help shows it.
    static var exampleCondition: String { get }
    /// Settings of that example.
    static var exampleSettings: String { get }
    /// Whether it is one of the weights that move, so that of a model with adapters it is one of these alone.
    static var followsWeights: Bool { get }
    func value(of subject: MetricSubject) throws -> MetricValue
}

extension Metric {
    public static var needs: [MetricNeed] { [] }
    public static var settings: [Setting<Self>] { [] }
    public static var exampleCondition: String { ">= 0" }
    public static var exampleSettings: String { "" }
    public static var followsWeights: Bool { false }
}

public enum Metrics {
    public static var all: [any Metric.Type] {
        [
            AnswerProbability.self, RougeRecall.self, TruthRatio.self, ForgetQuality.self,
            ForgetQualityReleased.self, ModelUtilityMetric.self, ExactMemorization.self, ExtractionStrength.self,
            LossAttack.self, ZlibAttack.self, MinKAttack.self, MinKPlusPlusAttack.self, GradientNormAttack.self,
            ReferenceAttack.self, PrivacyLeak.self, Perplexity.self, Bleu.self, ContainedAnswer.self,
            Repetition.self, DegenerateAnswers.self, MultipleChoice.self, OracleDivergence.self,
            OracleDistance.self, RepresentationSimilarity.self, GradientAlignment.self,
        ]
    }
}
