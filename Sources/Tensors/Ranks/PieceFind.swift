/// What a piece of shared work takes in from outside, such as a file that a loss of one's own reads: the ranks that do
/// other pieces hear of it when all have done theirs, since what comes later may depend on its having been read.
struct PieceFind: Equatable {
    /// Empty for what must be the same on all ranks; else what is noted, for whom it concerns.
    var kind: String
    var name: String
    var content: [UInt8]
}

extension Ranks {
    func add(_ find: PieceFind) { if !finds.contains(find) { finds.append(find) } }

    /// Notes on all ranks what this one takes in. Outside of pieces each takes it in itself.
    public func note(_ kind: String, _ name: String = "", _ content: String = "") {
        guard count > 1, isInPiece else { return }
        add(PieceFind(kind: kind, name: name, content: Array(content.utf8)))
    }

    /// Compares what pieces found for themselves with what pieces of other ranks found, and notes what any of them noted.
    func shareFinds() throws {
        let own = finds.flatMap { [Array($0.kind.utf8), Array($0.name.utf8), $0.content] }
        let all = try gather(Ranks.packed(own)).map { rank in
            let words = Ranks.unpacked(rank)
            return stride(from: 0, to: words.count - 2, by: 3).map {
                PieceFind(
                    kind: String(decoding: words[$0], as: UTF8.self),
                    name: String(decoding: words[$0 + 1], as: UTF8.self), content: words[$0 + 2])
            }
        }
        var first: [String: (content: [UInt8], rank: Int)] = [:]
        for (rank, found) in all.enumerated() {
            for find in found where find.kind.isEmpty {
                let other = first[find.name] ?? (find.content, rank)
                if other.content != find.content {
                    try part(
                        RankEnding(
                            message: Ranks.differs(find.name, members[rank], members[other.rank]), isAgreed: true))
                }
                first[find.name] = other
            }
        }
        for find in all.joined() where !find.kind.isEmpty {
            hearsNote?(find.kind, find.name, String(decoding: find.content, as: UTF8.self))
        }
    }
}
