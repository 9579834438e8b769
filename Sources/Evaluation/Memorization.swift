// How much of an answer a model reproduces by heart.

/// The fraction of answer tokens that are the model's most likely next token (exact memorization).
///
/// `hits` holds, for each token of the answer, whether it was. Zero for an empty answer.
public func exactMemorization(hits: [Bool]) -> Double {
    hits.isEmpty ? 0 : Double(hits.count { $0 }) / Double(hits.count)
}

/// Extraction strength 1 − k/|y|: k is the length of the shortest prefix of the answer after which the model predicts
/// the whole rest (Carlini et al. 2021). One where it needs no prefix, zero where it needs all of it.
public func extractionStrength(hits: [Bool]) -> Double {
    guard !hits.isEmpty else { return 0 }
    let extracted = hits.count - (hits.lastIndex(of: false).map { $0 + 1 } ?? 0)
    return Double(extracted) / Double(hits.count)
}
