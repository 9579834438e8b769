/// How much of the answers a model has by heart.

public struct ExactMemorization: TokenMetric {
    public static let name = "exact_memorization"
    public static let summary = """
        The mean share of an answer's tokens that are the model's most likely next token after the right ones before \
        (Tirumala et al. 2022). From 0 to 1; the end token counts only where there is no other.
        """

    public var set = MetricRole.forget
    public init() {}

    public func figure(hits: [Bool]) -> Double { Evaluation.exactMemorization(hits: hits) }
}

public struct ExtractionStrength: TokenMetric {
    public static let name = "extraction_strength"
    public static let summary = """
        The mean of 1 - k/n: k is the length of the shortest beginning of an answer of n tokens after which the model \
        predicts all the rest (Carlini et al. 2021), at most n - 1. From 0 to 1; the end token counts only where there \
        is no other.
        """

    public var set = MetricRole.forget
    public init() {}

    public func figure(hits: [Bool]) -> Double {
        // The public code never asks for the last token: an answer has at least 1 / n.
        max(Evaluation.extractionStrength(hits: hits), 1 / Double(max(1, hits.count)))
    }
}
