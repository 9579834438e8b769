// Groups sequences of like length into batches, so that little is padded.

/// Which sequences go together: indices into a list of token sequences.
public struct BatchPlan: Hashable, Sendable {
    public let batches: [[Int]]

    /// Groups sequences by length for evaluation: shortest first, equal lengths in their own order.
    ///
    /// A batch holds at most `rows` sequences and, padding included, at most `tokens` tokens; a sequence longer than that has a
    /// batch to itself.
    public init(grouping lengths: [Int], rows: Int = 64, tokens: Int = 4096) {
        let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
        var batches: [[Int]] = []
        var current: [Int] = []
        for index in order {
            if !current.isEmpty, current.count >= rows || (current.count + 1) * lengths[index] > tokens {
                batches.append(current)
                current = []
            }
            current.append(index)
        }
        if !current.isEmpty { batches.append(current) }
        self.batches = batches
    }

    /// One epoch of training in random order: the shuffled sequences are cut into pools of `pool` batches, sorted by length
    /// within a pool and cut into batches of `rows`; the order of all batches is shuffled again.
    ///
    /// The draw depends on nothing but lengths and generator. Only a pool's last batch can be smaller than `rows`.
    public init(
        epochOf lengths: [Int], rows: Int, pool: Int = 8, using generator: inout some RandomNumberGenerator
    ) {
        let rows = max(1, rows)
        let poolSize = rows * max(1, pool)
        let shuffled = Array(lengths.indices).shuffled(using: &generator)
        var batches: [[Int]] = []
        for start in stride(from: 0, to: shuffled.count, by: poolSize) {
            let sorted = shuffled[start ..< min(start + poolSize, shuffled.count)]
                .sorted { (lengths[$0], $0) < (lengths[$1], $1) }
            for first in stride(from: 0, to: sorted.count, by: rows) {
                batches.append(Array(sorted[first ..< min(first + rows, sorted.count)]))
            }
        }
        self.batches = batches.shuffled(using: &generator)
    }
}
