/// Ranks that do a piece of work that was handed out together, while others do other pieces: among them it is shared out
/// as all ranks share a script.

/// Why a team gave its piece up.
enum TeamEnding: Error {
    /// One of it is no longer there; the others can do something else.
    case lost
    /// Its ranks no longer compute the same, or one failed alone; in words.
    case failed(String)
}

/// What a rank knows of the team that it is in. Ranks have the transport's numbers.
final class RankTeam {
    /// The first in front, which says what the piece came to.
    let members: [Int]
    /// What its ranks send each other goes by a channel of its own: of a team that broke up some may be under way still.
    let channel: Int
    /// Who hands out; without it all ends.
    let coordinator: Int
    /// Is called now and then while others are waited for.
    let meanwhile: () -> Void
    /// Why it gave up, once it has.
    var ending: TeamEnding?

    init(_ members: [Int], channel: Int, coordinator: Int, meanwhile: @escaping () -> Void = {}) {
        (self.members, self.channel, self.coordinator) = (members, channel, coordinator)
        self.meanwhile = meanwhile
    }

    /// Those whose loss is the team's concern.
    var watched: [Int] { members + [coordinator] }
}

extension Ranks {
    /// Whether this rank does a piece together with a part of the others.
    public var isInTeam: Bool { team != nil }

    /// Whether its team has given its piece up: what the piece computes does not count any more.
    public var teamHasEnded: Bool { team?.ending != nil }

    /// Does a piece that was handed out to a team.
    /// - Parameter words: what went wrong in a piece, for ranks where it did not; empty where nothing did.
    /// - Throws: `TeamEnding` where the team gave up.
    func bytes(
        of piece: Int, in team: RankTeam, _ work: (Int, @escaping () -> Void) throws -> [UInt8],
        words: ([UInt8]) -> String
    ) throws -> [UInt8] {
        guard team.members.count > 1 else { return try apart { try work(piece, team.meanwhile) } }
        let outer = (members, meetings, isApart)
        (members, meetings, isApart, self.team) = (team.members, 0, false, team)
        defer { ((members, meetings, isApart), self.team) = (outer, nil) }
        let outcome = Result { () throws -> [UInt8] in
            let bytes = try work(piece, team.meanwhile), failure = words(bytes)
            // Whoever failed alone is missed here.
            let end = try leave("end of a piece", status: failure.isEmpty ? 0 : 1, message: failure)
            if let message = end.message { try part(RankEnding(message: message, isAgreed: true)) }
            return bytes
        }
        if let ending = team.ending { throw ending }
        return try outcome.get()
    }

    /// How a team ends that cannot go on; nil where all ranks cannot.
    func teamEnding(_ ending: RankEnding) -> TeamEnding? {
        guard let team else { return nil }
        if ending.isAgreed { return .failed(ending.message) }
        return team.members.contains(where: isLost) && !isLost(team.coordinator) ? .lost : nil
    }

    // MARK: Who is there

    /// Goes on with these alone.
    func keep(_ members: [Int]) {
        for lost in self.members where !members.contains(lost) { forget(lost) }
        self.members = members
    }

    /// Goes on without a rank.
    func forget(_ member: Int) {
        guard forgotten.insert(member).inserted else { return }
        transport?.forget(member)
    }

    func isLost(_ member: Int) -> Bool { forgotten.contains(member) || transport?.isLost(member) ?? false }
}
