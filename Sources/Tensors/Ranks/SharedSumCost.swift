/// What sums cost that ranks share out: bytes and memory of each exchange.

/// Pieces that are done before ranks exchange what they have added up.
struct SumRound {
    /// What each rank adds up by itself, in the tree of all pieces.
    let nodes: [[Range<Int>]]
    /// What the exchange gives: the whole sum, or what goes into it later.
    let tops: [Range<Int>]
    /// Sums that a rank holds from earlier rounds.
    let known: Int

    /// The most sums that a rank holds beside the piece that it does.
    func held(byRank rank: Int) -> Int {
        var most = 0
        for (ended, node) in nodes[rank].enumerated() {
            // After n pieces of a node there is a sum for each power of two that n is made of.
            for done in 0..<node.count { most = max(most, ended + done.nonzeroBitCount) }
        }
        return most
    }
}

extension SharedWork {
    /// As `Ranks.sums` goes about it.
    func rounds(on ranks: Int) -> [SumRound] {
        guard way == .sums || way == .doubles else { return [] }
        let all = 0..<pieces.count
        guard holdsOneSummand else {
            let nodes = (0..<ranks).map { rank in
                SumTree.roots(within: Ranks.share(of: rank, of: ranks, pieces.count), of: all)
            }
            return [SumRound(nodes: nodes, tops: [all], known: 0)]
        }
        return stride(from: 0, to: pieces.count, by: ranks).map { first in
            let end = min(pieces.count, first + ranks)
            return SumRound(
                nodes: (first..<first + ranks).map { $0 < end ? [$0..<$0 + 1] : [] },
                tops: SumTree.roots(within: first..<end, of: all),
                known: first == 0 ? 0 : SumTree.roots(within: 0..<first, of: all).count)
        }
    }

    /// Counts what a rank sends and holds in a round.
    func add(_ round: SumRound, ofRank rank: Int, of ranks: Int, to cost: inout SharedWorkCost) {
        let others = ranks - 1, stride = way == .doubles ? 8 : 4, own = round.nodes[rank]
        let done = own.reduce(0) { $0 + $1.count }
        let notes = way == .doubles ? 8 : 8 * (done * (1 + figures) + own.count * (1 + forms))
        // The first meeting is counted already.
        if round.known > 0 {
            cost.bytes += Ranks.headerBytes * others
            cost.exchanges += 1
        }
        cost.bytes += (8 + notes) * others
        cost.exchanges += 2
        func slices(_ count: Int) -> [Int] {
            (isDivided
                ? RankParts(of: count, rank: rank, ranks: ranks).ranges.map(\.count)
                : (0..<ranks).map { Ranks.share(of: $0, of: ranks, count).count })
                .map { stride * $0 }
        }
        var result = 0, messages = 0
        for count in elements where count > 0 {
            let slices = slices(count), longest = slices.max() ?? 0, portion = SliceExchange.portion
            result += isDivided ? slices[rank] : stride * count
            for top in round.tops {
                let nodes = round.nodes.map { $0.count { top.contains($0.lowerBound) } }
                cost.bytes += nodes[rank] * (stride * count - slices[rank]) + (isDivided ? 0 : slices[rank] * others)
                cost.exchanges += (longest + portion - 1) / portion + (isDivided ? 0 : 1)
                messages = max(messages, nodes.reduce(0, +) * min(portion, longest))
            }
        }
        let summand = stride * elements.reduce(0, +), known = before + round.known * result
        cost.memory = max(
            cost.memory, known + round.held(byRank: rank) * summand + rise,
            known + own.count * summand + round.tops.count * result + messages)
    }
}
