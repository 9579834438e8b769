// The random numbers of fuzzing: the same for the same seed, kind and number of an input.

/// SplitMix64.
struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, kind: String, index: Int) {
        state = seed
        for byte in kind.utf8 { state = (next() ^ UInt64(byte)) }
        state = next() ^ UInt64(truncatingIfNeeded: index)
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 where there is none.
    mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(next() % UInt64(bound)) }

    /// True in one of `n` cases.
    mutating func oneIn(_ n: Int) -> Bool { below(n) == 0 }

    mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }

    /// Mostly small, now and then large.
    mutating func length(upTo most: Int) -> Int { 1 + below(1 + most >> below(8)) }
}
