// The merges of a byte-pair encoding, and their application to one word.

import Collections

/// Which pairs of tokens merge, in which order of preference, into which token.
struct BytePairMerges: Sendable {
    private struct Merge {
        var rank: UInt32
        var token: Int32
    }
    /// Open addressing: pairs, and what becomes of them. Lookups are most of the time that encoding takes.
    private var keys: [UInt64]
    private var values: [Merge]
    private let shift: UInt64
    /// No pair of ids: ids are not negative.
    private static let free = UInt64.max

    init(capacity: Int) {
        let bits = max(4, Int.bitWidth - (2 * capacity).leadingZeroBitCount)
        keys = Array(repeating: BytePairMerges.free, count: 1 << bits)
        values = Array(repeating: Merge(rank: .max, token: -1), count: 1 << bits)
        shift = UInt64(64 - bits)
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        var slot = Int(((key ^ (key >> 29)) &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while keys[slot] != key, keys[slot] != BytePairMerges.free { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    @inline(__always)
    private func merge(_ left: Int32, _ right: Int32) -> Merge? {
        let slot = slot(of: BytePairMerges.key(left, right))
        return values[slot].token < 0 ? nil : values[slot]
    }

    /// Adds a merge; smaller ranks merge first.
    mutating func add(_ left: Int32, _ right: Int32, rank: Int, into token: Int32) {
        let key = BytePairMerges.key(left, right), slot = slot(of: key)
        keys[slot] = key
        values[slot] = Merge(rank: UInt32(clamping: rank), token: token)
    }

    /// Merges the tokens of one word as far as the table goes: of the pairs that may merge, the one with the smallest
    /// rank first, then the leftmost.
    func apply(to word: [Int32]) -> [Int32] {
        guard word.count > 1, word.count < Int32.max else { return word }
        return word.count <= 24 ? applyToShort(word) : applyToLong(word)
    }

    /// Looks for the best pair over and over, which is quickest for words.
    private func applyToShort(_ word: [Int32]) -> [Int32] {
        var tokens = word
        var merges = (0..<(word.count - 1)).map { merge(word[$0], word[$0 + 1]) ?? Merge(rank: .max, token: -1) }
        while true {
            var best = -1, rank = UInt32.max
            for place in merges.indices where merges[place].token >= 0 && (best < 0 || merges[place].rank < rank) {
                best = place
                rank = merges[place].rank
            }
            guard best >= 0 else { return tokens }
            tokens[best] = merges[best].token
            tokens.remove(at: best + 1)
            merges.remove(at: best)
            if best > 0 {
                merges[best - 1] = merge(tokens[best - 1], tokens[best]) ?? Merge(rank: .max, token: -1)
            }
            if best < merges.count {
                merges[best] = merge(tokens[best], tokens[best + 1]) ?? Merge(rank: .max, token: -1)
            }
        }
    }

    /// A pair that may merge; ordered by rank, then from left to right.
    private struct Candidate: Comparable {
        var order: UInt64
        var token: Int32
        var position: Int { Int(order & 0xFFFF_FFFF) }
        static func < (a: Candidate, b: Candidate) -> Bool { a.order < b.order }
    }

    /// A heap over a linked list: n log n in the word's length.
    private func applyToLong(_ word: [Int32]) -> [Int32] {
        var tokens = word  // -1 once merged into the token before
        var next = (1...word.count).map { Int32($0) }
        var previous = (-1..<(word.count - 1)).map { Int32($0) }
        var candidates: [Candidate] = []
        for i in 0..<(word.count - 1) {
            guard let merge = merge(tokens[i], tokens[i + 1]) else { continue }
            candidates.append(Candidate(order: UInt64(merge.rank) << 32 | UInt64(i), token: merge.token))
        }
        var heap = Heap(candidates)

        func consider(_ left: Int, _ right: Int) {
            guard let merge = merge(tokens[left], tokens[right]) else { return }
            heap.insert(Candidate(order: UInt64(merge.rank) << 32 | UInt64(left), token: merge.token))
        }
        while let candidate = heap.popMin() {
            let left = candidate.position
            let right = Int(next[left])
            // The pair may have changed since it was considered.
            guard tokens[left] >= 0, right < word.count, merge(tokens[left], tokens[right])?.token == candidate.token
            else { continue }
            tokens[left] = candidate.token
            tokens[right] = -1
            next[left] = next[right]
            let following = Int(next[left]), before = Int(previous[left])
            if following < word.count {
                previous[following] = Int32(left)
                consider(left, following)
            }
            if before >= 0 { consider(before, left) }
        }
        return tokens.filter { $0 >= 0 }
    }
}
