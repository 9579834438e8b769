// Forget quality: can an unlearned model be told from one that never learned?

/// The p-value of a two-sample Kolmogorov-Smirnov test on truth ratios of the forget set: those of the unlearned model
/// against those of the model retrained without it, on the same questions (Maini et al. 2024).
///
/// Small values tell the two apart; 0.05 is the usual bar. It is only meaningful where the original model is below the
/// bar and a second retrained model above it.
public func forgetQuality(unlearned: [Double], retrained: [Double]) throws -> KolmogorovSmirnov {
    try KolmogorovSmirnov(unlearned, retrained)
}

/// What SOUL's code reports under that name: the same test between a model's own ratios on forget and on retain
/// questions.
public func forgetQualityAsReleased(forget: [Double], retain: [Double]) throws -> KolmogorovSmirnov {
    try KolmogorovSmirnov(forget, retain)
}
