/// What a shared work costs on any number of ranks: arithmetic from its pieces, with the shares, the trees and the
/// slices that the ranks themselves go by.

/// Of the rank for which it is most.
public struct SharedWorkCost: Equatable, Sendable {
    /// Seconds of computing.
    public var seconds = 0.0
    /// Bytes that a rank sends.
    public var bytes = 0
    /// How often ranks wait for each other.
    public var exchanges = 0
    /// Bytes that an exchange needs beside what one process needs.
    public var memory = 0

    public init(seconds: Double = 0, bytes: Int = 0, exchanges: Int = 0, memory: Int = 0) {
        (self.seconds, self.bytes, self.exchanges, self.memory) = (seconds, bytes, exchanges, memory)
    }
}

extension SharedWork {
    /// Its cost on so many ranks; one that has a single piece every rank does.
    public func cost(on ranks: Int) -> SharedWorkCost {
        guard ranks > 1, pieces.count > 1 else { return SharedWorkCost(seconds: seconds) }
        let nodes = nodes(on: ranks), all = (0..<ranks).map { cost(ofRank: $0, of: ranks, nodes) }
        return all.reduce(into: SharedWorkCost()) { most, one in
            most.seconds = max(most.seconds, one.seconds)
            most.bytes = max(most.bytes, one.bytes)
            most.exchanges = max(most.exchanges, one.exchanges)
            most.memory = max(most.memory, one.memory)
        }
    }

    /// What one of the ranks has of it.
    public func cost(ofRank rank: Int, on ranks: Int) -> SharedWorkCost {
        guard ranks > 1, pieces.count > 1 else { return SharedWorkCost(seconds: seconds) }
        return cost(ofRank: rank, of: ranks, nodes(on: ranks))
    }

    /// How many nodes of the tree each rank adds up by itself.
    private func nodes(on ranks: Int) -> [Int] {
        (0..<ranks).map { rank in
            SumTree.roots(within: Ranks.share(of: rank, of: ranks, pieces.count), of: 0..<pieces.count).count
        }
    }

    /// - Parameter nodes: how many nodes of the tree each rank adds up by itself.
    private func cost(ofRank rank: Int, of ranks: Int, _ nodes: [Int]) -> SharedWorkCost {
        let share = Ranks.share(of: rank, of: ranks, pieces.count), others = ranks - 1
        let overhead = max(0, seconds - pieces.reduce(0, +)), own = pieces[share].reduce(0, +)
        // The meeting before anything is sent.
        var cost = SharedWorkCost(seconds: own, bytes: Ranks.headerBytes * others, exchanges: 1)
        func gather(_ bytes: Int) {
            cost.bytes += (8 + bytes) * others
            cost.exchanges += 2
        }
        switch way {
        case .results:
            cost.seconds += overhead
            gather(share.reduce(0) { $0 + 8 + (bytes.indices.contains($1) ? bytes[$1] : 0) })
        case .fill:
            cost.seconds += overhead
            cost.bytes += share.reduce(0) { $0 + (bytes.indices.contains($1) ? bytes[$1] : 0) } * others
            cost.exchanges += 1
        case .sums, .doubles:
            let all = nodes.reduce(0, +)
            // One process adds the pieces but the first; here a rank adds its own, and its slice of all nodes.
            let additions = Double(share.count - nodes[rank]) + Double(all - 1) / Double(ranks)
            cost.seconds += overhead / Double(pieces.count - 1) * additions
            let isDouble = way == .doubles
            gather(isDouble ? 8 : 8 * (share.count * (1 + figures) + nodes[rank] * (1 + forms)))
            let stride = isDouble ? 8 : 4
            for count in elements where count > 0 {
                func slice(_ other: Int) -> Int { stride * Ranks.share(of: other, of: ranks, count).count }
                cost.bytes += nodes[rank] * (stride * count - slice(rank)) + slice(rank) * others
                cost.exchanges += 2
                cost.memory = max(cost.memory, stride * count + all * slice(rank))
            }
        }
        return cost
    }
}
