// Damage that is the same in every run.

/// Knuth's linear congruential generator, so that damaged inputs are the same in every run.
struct LinearCongruential: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6364136223846793005 &+ 1442695040888963407
        return state ^ state >> 29
    }
}
