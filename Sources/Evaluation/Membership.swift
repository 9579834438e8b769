// Membership attacks: scores that tell what a model was trained on, and how well they do.

/// Minus the mean of the lowest `fraction` of token log-probabilities (min-k %, Shi et al. 2024): low for text seen in
/// training.
///
/// At least one token counts; the number of tokens is rounded down. Throws for a text without tokens.
public func minK(logProbabilities: [Double], fraction: Double) throws -> Double {
    guard !logProbabilities.isEmpty else { throw MetricError("min-k needs a text of at least one token") }
    guard fraction > 0, fraction <= 1 else {
        throw MetricError("min-k's fraction must be above 0 and at most 1, and is \(fraction)")
    }
    let count = max(1, Int(Double(logProbabilities.count) * fraction))
    return -mean(Array(logProbabilities.sorted().prefix(count)))
}

/// Min-k++ (Zhang et al. 2024): min-k of (log p − μ)/σ, with the mean and standard deviation of log p over the
/// vocabulary under the model's own distribution at each position.
public func minKPlusPlus(
    logProbabilities: [Double], means: [Double], deviations: [Double], fraction: Double
) throws -> Double {
    guard means.count == logProbabilities.count, deviations.count == logProbabilities.count else {
        throw MetricError(
            """
            min-k++ needs a mean and a deviation for each of \(logProbabilities.count) tokens, and got \(means.count) \
            and \(deviations.count)
            """
        )
    }
    let scores = logProbabilities.indices.map { (logProbabilities[$0] - means[$0]) / max(deviations[$0], 1e-12) }
    return try minK(logProbabilities: scores, fraction: fraction)
}

/// The area under the ROC curve: how often a positive scores above a negative, ties counting half.
///
/// Throws where there are no positives or no negatives, and for scores that are not numbers.
public func rocAUC(positives: [Double], negatives: [Double]) throws -> Double {
    guard !positives.isEmpty, !negatives.isEmpty else {
        throw MetricError("the area under the ROC curve needs scores of both kinds, and one of the two lists is empty")
    }
    guard !(positives + negatives).contains(where: \.isNaN) else {
        throw MetricError(
            "the area under the ROC curve cannot rank a score that is not a number: look for a loss that is not finite")
    }
    let all = (positives.map { ($0, true) } + negatives.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var wins = 0.0
    var negativesBelow = 0
    var start = 0
    while start < all.count {
        var end = start
        while end < all.count, all[end].0 == all[start].0 { end += 1 }
        let ties = all[start..<end]
        let tiedPositives = ties.count { $0.1 }
        let tiedNegatives = ties.count - tiedPositives
        wins += Double(tiedPositives) * (Double(negativesBelow) + Double(tiedNegatives) / 2)
        negativesBelow += tiedNegatives
        start = end
    }
    return wins / (Double(positives.count) * Double(negatives.count))
}

/// How far an attack's success on the unlearned model is from that on the retrained one, in per cent of the latter:
/// ((1 − AUC) − (1 − AUC_oracle)) / (1 − AUC_oracle) · 100. Zero is perfect; far to either side leaks.
public func privacyLeak(auc: Double, oracleAUC: Double) -> Double {
    // An oracle that the attack never fails on has nothing to compare with; the bound is that of the public code.
    (oracleAUC - auc) / max(1 - oracleAUC, 1e-10) * 100
}
