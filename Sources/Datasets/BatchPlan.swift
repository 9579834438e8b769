// Which sequences go together in a batch: of like length for evaluation, so that little is padded; at random for
// training.

/// Which sequences go together: indices into a list of token sequences.
public struct BatchPlan: Hashable, Sendable {
    public let batches: [[Int]]

    /// Groups sequences by length for evaluation: shortest first, equal lengths in their own order.
    ///
    /// A batch holds at most `rows` sequences and, padding included, at most `tokens` tokens; a sequence longer than
    /// that has a batch to itself.
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

    /// One epoch of training in random order, cut into batches of `rows`; only the last batch can be smaller.
    ///
    /// Batches are not sorted by length: what is alike in length is often alike in kind, and a batch of one kind is a
    /// poor estimate of the gradient. Unlearning kept visibly more of what was to be retained with mixed batches.
    public init(epochOf count: Int, rows: Int, using generator: inout some RandomNumberGenerator) {
        let rows = max(1, rows), order = Array(0..<count).shuffled(using: &generator)
        batches = stride(from: 0, to: count, by: rows).map { Array(order[$0..<min($0 + rows, count)]) }
    }
}
