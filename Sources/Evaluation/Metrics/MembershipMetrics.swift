/// Membership attacks as metrics: how well a score tells what a model was taught from what it never saw.
import Settings

/// A score of single examples that is low for what a model was trained on.
protocol MembershipAttack: Metric {
    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double]
}

extension MembershipAttack {
    public static var better: MetricDirection { .toward("the oracle's figure, near 0.5,") }
    public static var unit: String { "AUC" }

    /// The area under the ROC curve of telling `forget` from `holdout`: 1 where all that is to be forgotten looks
    /// likelier to have been taught than all that was held out.
    func auc(_ subject: MetricSubject, for metric: String) throws -> (auc: Double, forget: [Double], holdout: [Double])
    {
        let holdout = try scores(subject, .holdout, for: metric), forget = try scores(subject, .forget, for: metric)
        return (try rocAUC(positives: holdout, negatives: forget), forget, holdout)
    }

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let (auc, forget, holdout) = try auc(subject, for: Self.name)
        let curve = ROCCurve(members: forget, others: holdout)
        return MetricValue(
            auc, byExample: forget,
            details: [
                ("forget", forget), ("holdout", holdout), ("threshold", curve.thresholds),
                ("true_positive_rate", curve.truePositives), ("false_positive_rate", curve.falsePositives),
            ])
    }
}

/// An attack's successes and false alarms at every threshold: an example counts as a member where its score is at most
/// the threshold.
public struct ROCCurve: Hashable, Sendable {
    public let thresholds, truePositives, falsePositives: [Double]
    /// Members that are not found, at each threshold.
    public var falseNegatives: [Double] { truePositives.map { 1 - $0 } }

    /// The smallest threshold at which false positives and false negatives add up to least (Youden 1950); between it
    /// and the next score nothing changes, so that it lies halfway.
    public var bestThreshold: Double {
        guard let best = thresholds.indices.max(by: { gain($0) < gain($1) }) else { return 0 }
        return best + 1 < thresholds.count ? (thresholds[best] + thresholds[best + 1]) / 2 : thresholds[best]
    }

    private func gain(_ index: Int) -> Double { truePositives[index] - falsePositives[index] }

    /// The curve through every score that occurs, from the lowest on. Scores that are not numbers are left out.
    public init(members: [Double], others: [Double]) {
        let members = members.filter { !$0.isNaN }.sorted(), others = others.filter { !$0.isNaN }.sorted()
        let places = Array(Set(members + others)).sorted()
        func shares(_ sorted: [Double]) -> [Double] {
            var below = 0
            return places.map { place in
                while below < sorted.count, sorted[below] <= place { below += 1 }
                return Double(below) / Double(max(1, sorted.count))
            }
        }
        (thresholds, truePositives, falsePositives) = (places, shares(members), shares(others))
    }
}

public struct LossAttack: MembershipAttack {
    public static let name = "mia_loss"
    public static let summary = """
        Membership by loss: the AUC of telling what is to be forgotten from held-out examples by the mean token NLL \
        (Yeom et al. 2018). 1 where all of it looks taught, 0.5 where it cannot be told apart.
        """
    public static let needs: [MetricNeed] = [.holdout]
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        try subject.tokenScores(role, for: metric).map(\.loss)
    }
}

public struct ZlibAttack: MembershipAttack {
    public static let name = "mia_zlib"
    public static let summary = """
        Membership by loss over compressed length: the AUC of telling what is to be forgotten from held-out examples \
        by (mean token NLL) / (bytes of the zlib-compressed text) (Carlini et al. 2021), which forgives a text that is \
        simple in itself. 1 where all of it looks taught.
        """
    public static let needs: [MetricNeed] = [.holdout, .text]
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        // An answer is compressed with the blank that begins it, as the public code does.
        var lead = ""
        if case .questions = try subject.examples(role, for: metric) { lead = " " }
        return try zip(subject.tokenScores(role, for: metric), subject.texts(role, for: metric)).map {
            $0.loss / Double(try zlibLength(lead + $1))
        }
    }
}

public struct MinKAttack: MembershipAttack {
    public static let name = "mia_min_k"
    public static let summary = """
        Membership by min-k %: the AUC of telling what is to be forgotten from held-out examples by minus the mean of \
        the lowest share k of token log-probabilities (Shi et al. 2024). The end token does not count. 1 where all of \
        it looks taught.
        """
    public static let needs: [MetricNeed] = [.holdout]
    var k = 0.4
    public static var settings: [Setting<Self>] { [.share(\.k)] }
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        try subject.tokenScores(role, for: metric).map {
            try minK(logProbabilities: $0.withoutEnd.logProbabilities, fraction: k)
        }
    }
}

public struct MinKPlusPlusAttack: MembershipAttack {
    public static let name = "mia_min_k_plus_plus"
    public static let summary = """
        Membership by min-k++: as mia_min_k, of (log p - mean) / deviation with the mean and standard deviation of log \
        p over the vocabulary under the model's own prediction (Zhang et al. 2025).
        """
    public static let needs: [MetricNeed] = [.holdout]
    var k = 0.4
    public static var settings: [Setting<Self>] { [.share(\.k)] }
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        try subject.tokenScores(role, for: metric).map(\.withoutEnd).map {
            try minKPlusPlus(
                logProbabilities: $0.logProbabilities, means: $0.means, deviations: $0.deviations, fraction: k)
        }
    }
}

extension Setting where Root: MembershipAttack {
    fileprivate static func share(_ path: WritableKeyPath<Root, Double> & Sendable) -> Setting {
        .number(
            "k", path, "the share of tokens, the least likely ones, that count", range: "above 0 and at most 1",
            where: { $0 > 0 && $0 <= 1 })
    }
}

public struct GradientNormAttack: MembershipAttack {
    public static let name = "mia_gradnorm"
    public static let followsWeights = true
    public static let summary = """
        Membership by gradient: the AUC of telling what is to be forgotten from held-out examples by the 2-norm of the \
        loss's gradient, the mean over parameter tensors (Wang et al. 2024). The end token does not count. 1 where all \
        of it looks taught.
        """
    public static let needs: [MetricNeed] = [.holdout]
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        try subject.gradientNorms(role, for: metric)
    }
}

public struct ReferenceAttack: MembershipAttack {
    public static let name = "mia_reference"
    public static let summary = """
        Membership against a reference: the AUC of telling what is to be forgotten from held-out examples by the mean \
        token NLL less that of a reference model (Carlini et al. 2021), such as the oracle. 1 where all of it looks \
        taught.
        """
    public static let needs: [MetricNeed] = [.holdout, .reference]
    public init() {}

    func scores(_ subject: MetricSubject, _ role: MetricRole, for metric: String) throws -> [Double] {
        let reference = try subject.reference(for: metric).tokenScores(role, for: metric)
        return zip(try subject.tokenScores(role, for: metric), reference).map { $0.loss - $1.loss }
    }
}

/// The attacks a privacy leak may be one of.
public enum LeakAttack: String, CaseIterable, Sendable {
    case loss, zlib
    case minK = "min_k"
    case minKPlusPlus = "min_k_plus_plus"
    case gradientNorm = "gradnorm"

    var attack: any MembershipAttack {
        switch self {
        case .loss: LossAttack()
        case .zlib: ZlibAttack()
        case .minK: MinKAttack()
        case .minKPlusPlus: MinKPlusPlusAttack()
        case .gradientNorm: GradientNormAttack()
        }
    }
}

public struct PrivacyLeak: Metric {
    public static let name = "privacy_leak"
    public static let summary = """
        How far a membership attack's success is from that on the oracle: ((1 - AUC) - (1 - AUC of the oracle)) / (1 - \
        AUC of the oracle), in per cent (Shi et al. 2024, MUSE). Far below 0 the examples still look taught, far above \
        they look as if they had been erased.
        """
    public static let better = MetricDirection.toward("0")
    public static let unit = "per cent"
    public static let needs: [MetricNeed] = [.holdout, .oracle]
    public static let exampleCondition = ">= -100"
    var attack = LeakAttack.minK
    public static var settings: [Setting<Self>] { [.choice("attack", \.attack, "the membership attack, see mia_loss")] }
    public init() {}

    public func value(of subject: MetricSubject) throws -> MetricValue {
        let oracle = try subject.oracle(for: Self.name)
        let auc = try attack.attack.auc(subject, for: Self.name).auc
        let expected = try attack.attack.auc(oracle, for: Self.name).auc
        return MetricValue(
            privacyLeak(auc: auc, oracleAUC: expected), details: [("auc", [auc]), ("oracle_auc", [expected])])
    }
}
