// Reproducible choices without a random generator: a hash of a seed, a label and a counter.

/// Deterministic choices for generated data: the same on every machine, and independent of the order they are made in.
///
/// Each choice has a label of its own, so that adding a fact to a generator leaves all other facts as they were.
struct CounterHash {
    let seed: UInt64

    /// 64 well-mixed bits for a label and a counter (FNV-1a of the label, then SplitMix64's finaliser).
    func bits(_ label: String, _ counter: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in label.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        var x = hash &+ seed &+ UInt64(bitPattern: Int64(counter)) &* 0x9e37_79b9_7f4a_7c15
        x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
        x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
        return x ^ (x >> 31)
    }

    /// A permutation of `0 ..< count`.
    func permutation(of count: Int, _ label: String) -> [Int] {
        let keys = (0..<count).map { bits(label, $0) }
        return (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
    }

    /// Assigns one of `choices` values to each of `count` items so that all values are used equally often (give or take
    /// one).
    func balanced(count: Int, choices: Int, _ label: String) -> [Int] {
        permutation(of: count, label).map { $0 % choices }
    }
}
