/// How the learning rate changes over a run.
import Glibc

public enum LearningRateSchedule: Equatable, Sendable {
    case constant
    /// Rises from 0 over `warmup` of the steps (a fraction), then falls to 0 in a straight line; transformers'
    /// `get_linear_schedule_with_warmup`, whose very first step with a warm-up has rate 0.
    case linear(warmup: Double)
    /// The same rise, then along half a cosine to 0 (Loshchilov & Hutter, arXiv 1608.03983).
    case cosine(warmup: Double)
    /// The same rise, then constant.
    case warmup(Double)

    /// How messages call it.
    public var name: String {
        switch self {
        case .constant: "constant"
        case .linear: "linear"
        case .cosine: "cosine"
        case .warmup: "warm-up"
        }
    }

    /// What multiplies the learning rate in the step that follows `step` earlier ones, of `total` in all.
    public func factor(step: Int, of total: Int) -> Double {
        let warmup: Double
        switch self {
        case .constant: return 1
        case .linear(let share), .cosine(let share), .warmup(let share): warmup = share
        }
        // As transformers' TrainingArguments: a ratio becomes a whole number of steps, rounded up.
        let rise = (Double(total) * max(0, min(1, warmup))).rounded(.up), at = Double(step)
        if at < rise { return at / max(1, rise) }
        switch self {
        case .constant, .warmup: return 1
        case .linear: return max(0, (Double(total) - at) / max(1, Double(total) - rise))
        case .cosine: return (1 + cos(.pi * min(1, (at - rise) / max(1, Double(total) - rise)))) / 2
        }
    }
}
