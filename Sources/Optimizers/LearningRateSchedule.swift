/// How the learning rate changes over a run.

public enum LearningRateSchedule: Equatable, Sendable {
    case constant
    /// Rises from 0 over `warmup` of the steps (a fraction), then falls to 0 in a straight line; transformers'
    /// `get_linear_schedule_with_warmup`, whose very first step with a warm-up has rate 0.
    case linear(warmup: Double)

    /// What multiplies the learning rate in the step that follows `step` earlier ones, of `total` in all.
    public func factor(step: Int, of total: Int) -> Double {
        switch self {
        case .constant: return 1
        case .linear(let warmup):
            // As transformers' TrainingArguments: a ratio becomes a whole number of steps, rounded up.
            let rise = (Double(total) * max(0, min(1, warmup))).rounded(.up), at = Double(step)
            if at < rise { return at / max(1, rise) }
            return max(0, (Double(total) - at) / max(1, Double(total) - rise))
        }
    }
}
