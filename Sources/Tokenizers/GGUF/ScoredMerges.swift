// SentencePiece's pairs: what merges follow from the scores of tokens.

import Files

/// The merges of a vocabulary with scores: any two tokens that together are a third, the highest score first. Of equal
/// scores, longer parts come first, as transformers orders them.
struct ScoredMerges {
    struct Pair {
        var left, right, whole: Int32
    }
    private(set) var pairs: [Pair] = []

    /// - Parameter kind: of the token of an id: marks and bytes are never put together.
    init(_ tokens: [String], scores: [Double], kind: (Int) -> Int32) {
        var ids: [Spelling: Int32] = [:]
        ids.reserveCapacity(tokens.count)
        for (id, token) in tokens.enumerated() where ids[Spelling(token)] == nil { ids[Spelling(token)] = Int32(id) }
        // Halves of other lengths are no tokens.
        let lengths = Set(tokens.map { $0.unicodeScalars.count })
        typealias Found = (pair: Pair, score: Double, lengths: (Int, Int), order: Int)
        var found: [Found] = []
        for (id, token) in tokens.enumerated() {
            let kind = kind(id)
            guard kind == GGUFTokenizer.Kind.normal || kind == GGUFTokenizer.Kind.userDefined else { continue }
            var local: [Found] = []
            let scalars = token.unicodeScalars, count = scalars.count
            guard count > 1 else { continue }
            var place = scalars.startIndex
            for length in 1..<count {
                place = scalars.index(after: place)
                guard lengths.contains(length), lengths.contains(count - length) else { continue }
                guard let left = ids[Spelling(String(scalars[..<place]))],
                    let right = ids[Spelling(String(scalars[place...]))]
                else { continue }
                let pair = Pair(left: left, right: right, whole: Int32(id))
                local.append((pair, scores[id], (length, count - length), 0))
            }
            local.sort { ($0.pair.left, $0.pair.right) < ($1.pair.left, $1.pair.right) }
            for merge in local { found.append((merge.pair, merge.score, merge.lengths, found.count)) }
        }
        found.sort {
            if $0.score != $1.score { return $0.score > $1.score }
            return $0.lengths != $1.lengths ? $0.lengths > $1.lengths : $0.order < $1.order
        }
        pairs = found.map(\.pair)
    }
}
