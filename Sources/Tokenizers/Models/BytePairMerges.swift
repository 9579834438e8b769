// The merges of a byte-pair encoding, and their application to one word.

import Collections

/// Which pairs of tokens merge, in which order of preference, into which token.
struct BytePairMerges: Sendable {
    private struct Merge {
        var rank: UInt32
        var token: Int32
    }
    private var table: [UInt64: Merge]

    init(capacity: Int) {
        table = Dictionary(minimumCapacity: capacity)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Adds a merge; smaller ranks merge first.
    mutating func add(_ left: Int32, _ right: Int32, rank: Int, into token: Int32) {
        table[BytePairMerges.key(left, right)] = Merge(rank: UInt32(clamping: rank), token: token)
    }

    /// A pair that may merge; ordered by rank, then from left to right.
    private struct Candidate: Comparable {
        var order: UInt64
        var token: Int32
        var position: Int { Int(order & 0xFFFF_FFFF) }
        static func < (a: Candidate, b: Candidate) -> Bool { a.order < b.order }
    }

    /// Merges the tokens of one word as far as the table goes. A heap over a linked list: n log n in the word's length.
    func apply(to word: [Int32]) -> [Int32] {
        guard word.count > 1, word.count < Int32.max else { return word }
        var tokens = word  // -1 once merged into the token before
        var next = Array(1...word.count)
        var previous = Array(-1..<(word.count - 1))
        var heap = Heap<Candidate>()

        func consider(_ left: Int, _ right: Int) {
            guard let merge = table[BytePairMerges.key(tokens[left], tokens[right])] else { return }
            heap.insert(Candidate(order: UInt64(merge.rank) << 32 | UInt64(left), token: merge.token))
        }
        for i in 0..<(word.count - 1) { consider(i, i + 1) }
        while let candidate = heap.popMin() {
            let left = candidate.position
            let right = next[left]
            // The pair may have changed since it was considered.
            guard tokens[left] >= 0, right < word.count,
                table[BytePairMerges.key(tokens[left], tokens[right])]?.token == candidate.token
            else { continue }
            tokens[left] = candidate.token
            tokens[right] = -1
            next[left] = next[right]
            if next[left] < word.count {
                previous[next[left]] = left
                consider(left, next[left])
            }
            if previous[left] >= 0 { consider(previous[left], left) }
        }
        return tokens.filter { $0 >= 0 }
    }
}
