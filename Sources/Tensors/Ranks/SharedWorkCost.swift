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
    /// The most bytes in use meanwhile, with what was in use before.
    public var memory = 0

    public init(seconds: Double = 0, bytes: Int = 0, exchanges: Int = 0, memory: Int = 0) {
        (self.seconds, self.bytes, self.exchanges, self.memory) = (seconds, bytes, exchanges, memory)
    }
}

extension SharedWork {
    /// Its cost on so many ranks; one that has a single piece every rank does.
    public func cost(on ranks: Int) -> SharedWorkCost {
        guard ranks > 1, isShared else { return alone(on: ranks) }
        let rounds = rounds(on: ranks), all = (0..<ranks).map { cost(ofRank: $0, of: ranks, rounds) }
        return all.reduce(into: SharedWorkCost()) { most, one in
            most.seconds = max(most.seconds, one.seconds)
            most.bytes = max(most.bytes, one.bytes)
            most.exchanges = max(most.exchanges, one.exchanges)
            most.memory = max(most.memory, one.memory)
        }
    }

    /// What one of the ranks has of it.
    public func cost(ofRank rank: Int, on ranks: Int) -> SharedWorkCost {
        guard ranks > 1, isShared else { return alone(on: ranks) }
        return cost(ofRank: rank, of: ranks, rounds(on: ranks))
    }

    /// Whether ranks do other parts of it than one process: of a single piece every rank does all.
    private var isShared: Bool { pieces.count > 1 || [.parts, .joined, .said].contains(way) }

    /// What every rank does by itself.
    private func alone(on ranks: Int) -> SharedWorkCost {
        let part = isDivided && ranks > 1 ? 4 * elements.reduce(0, +) / ranks : 0
        return SharedWorkCost(seconds: seconds, memory: ranks > 1 ? before + rise + part : peak)
    }

    private func cost(ofRank rank: Int, of ranks: Int, _ rounds: [SumRound]) -> SharedWorkCost {
        let share = Ranks.share(of: rank, of: ranks, pieces.count), others = ranks - 1
        let overhead = max(0, seconds - pieces.reduce(0, +)), own = pieces[share].reduce(0, +)
        // The meeting before anything is sent.
        var cost = SharedWorkCost(seconds: own, bytes: Ranks.headerBytes * others, exchanges: 1, memory: before + rise)
        func gather(_ bytes: Int) {
            cost.bytes += (8 + bytes) * others
            cost.exchanges += 2
        }
        switch way {
        case .said: break
        case .results:
            cost.seconds += overhead
            gather(share.reduce(0) { $0 + 8 + (bytes.indices.contains($1) ? bytes[$1] : 0) })
        case .fill:
            cost.seconds += overhead
            cost.bytes += share.reduce(0) { $0 + (bytes.indices.contains($1) ? bytes[$1] : 0) } * others
            cost.exchanges += 1
        case .parts:
            let parts = RankParts(of: elements.reduce(0, +), rank: rank, ranks: ranks)
            cost.seconds = seconds
            cost.bytes += 4 * parts.own.count * others
            cost.exchanges += 1
        case .joined:
            cost.seconds = seconds
            gather(8 * ((elements.reduce(0, +) + ranks - 1) / ranks))
        case .sums, .doubles:
            let all = rounds.reduce(0) { $0 + $1.nodes.reduce(0) { $0 + $1.count } }
            let own = rounds.reduce(0) { $0 + $1.nodes[rank].count }
            // One process adds the pieces but the first; here a rank adds its own, and its slice of all nodes.
            let additions = Double(max(0, share.count - own)) + Double(all - 1) / Double(ranks)
            cost.seconds += overhead / Double(pieces.count - 1) * additions
            for round in rounds { add(round, ofRank: rank, of: ranks, to: &cost) }
        }
        return cost
    }
}
