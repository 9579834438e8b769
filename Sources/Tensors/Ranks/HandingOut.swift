/// The list of work that is handed out: what is to be done, and who does what. The first rank has it.
import Glibc

final class HandingOut {
    /// What the first rank and another tell each other.
    enum Note: UInt8 {
        /// The rank waits; the first of its team tells what the piece came to, or that the team lost a rank.
        case ready = 1, result, broken
        /// A piece failed on this rank alone, or the team's ranks no longer compute the same; with words.
        case failure, parted
        /// A piece for a team, whether the rank is still there, and that nothing is left.
        case piece, ask, end
    }

    /// The ranks that are there, as the transport numbers them, the first in front.
    private(set) var members: [Int]
    private(set) var ended: [(piece: Int, bytes: [UInt8])] = []
    private(set) var failure: (any Error)?
    /// The failure, where it is not that of a result.
    private(set) var words: String?
    private let ranks: Ranks
    private let transport: any RankTransport
    private let count: Int
    /// Ranks that a team has at least.
    private let size: Int
    private let finished: (Int, [UInt8]) throws -> Void
    private let lost: (Int, Int?) -> Void
    /// Pieces that nobody does yet, the next one last.
    private var open: [Int]
    /// Who does what, and who waits.
    private var doing: [Int: (piece: Int, isHead: Bool)] = [:], waiting: Set<Int> = []
    /// Since when ranks are gone. What started them may be about to end the others, too: who goes on without one waits
    /// for that.
    private var gone: [Int: Int] = [:]
    private static let patience = 3
    private var isAnswering = false
    /// Whether all were asked, after the last piece, if they are still there: what they do next they do together, and a
    /// rank whose end nobody has noticed would end them all.
    private var haveBeenAsked = false

    init(
        _ ranks: Ranks, _ transport: any RankTransport, _ count: Int, size: Int,
        _ finished: @escaping (Int, [UInt8]) throws -> Void, _ lost: @escaping (Int, Int?) -> Void
    ) {
        (self.ranks, self.transport, self.count, self.size) = (ranks, transport, count, max(1, size))
        (self.finished, self.lost, members) = (finished, lost, ranks.members)
        open = (0..<count).reversed()
    }

    /// Whether nothing is left to do, and everybody has said since that it waits to be told.
    var isOver: Bool { isDone && (haveBeenAsked || members.count == 1) }

    private var isDone: Bool {
        (failure != nil || ended.count == count) && doing.isEmpty && members.dropFirst().allSatisfy(isFree)
    }

    /// Neighbours that do a piece together. Nobody is left over: a few teams have one rank more, and one has fewer only
    /// where there are not as many.
    private var teams: [[Int]] {
        let most = size == 1 ? members.count : min(members.count / size, count), number = max(1, most)
        return (0..<number).map { Array(members[Ranks.share(of: $0, of: number, members.count)]) }
    }

    private func isFree(_ rank: Int) -> Bool { waiting.contains(rank) && gone[rank] == nil }

    private func next() -> Int? { failure == nil ? open.popLast() : nil }

    /// A piece that the first rank is to do now, and with whom.
    func nextOwn() -> (piece: Int, team: RankTeam)? {
        let team = teams[0]
        guard team.dropFirst().allSatisfy(isFree), let piece = next() else { return nil }
        return attempt { (piece, try begin(piece, team)) }
    }

    /// Tells a team to do a piece.
    @discardableResult private func begin(_ piece: Int, _ members: [Int]) throws -> RankTeam {
        ranks.teams += 1
        let first = self.members[0], channel = ranks.teams
        for rank in members where rank != first {
            waiting.remove(rank)
            doing[rank] = (piece, rank == members[0])
            let numbers = [Double(piece), Double(channel)] + members.map { Double($0) }
            try transport.post([Note.piece.rawValue] + numbers.bytes, to: rank)
        }
        return RankTeam(members, channel: channel, coordinator: first) { [weak self] in self?.answer() }
    }

    func end(_ piece: Int, _ bytes: [UInt8]) {
        guard failure == nil else { return }
        ended.append((piece, bytes))
        do { try finished(piece, bytes) } catch { failure = error }
    }

    /// The first rank's team gave a piece up.
    func giveUp(_ piece: Int, _ ending: TeamEnding) {
        switch ending {
        case .lost: open.append(piece)
        case .failed(let words): fail(RankError(words))
        }
    }

    /// Takes what others have sent, and gives those who wait something to do.
    func answer() {
        // What hears of an end may look whether it is to stop, and so come here again.
        guard !isAnswering else { return }
        isAnswering = true
        defer { isAnswering = false }
        // The first rank may be in a team, which has no part in this.
        ranks.apart {
            _ = attempt {
                while let (rank, note) = try transport.takeNote() { take(note, from: rank) }
                for rank in members.dropFirst() where transport.isLost(rank) {
                    let now = Self.seconds(), since = gone[rank] ?? now
                    gone[rank] = since
                    if now - since >= Self.patience { leave(rank) }
                }
                for team in teams.dropFirst() where team.allSatisfy(isFree) {
                    guard let piece = next() else { break }
                    try begin(piece, team)
                }
                if isDone, !haveBeenAsked {
                    haveBeenAsked = true
                    for rank in members.dropFirst() {
                        waiting.remove(rank)
                        try transport.post([Note.ask.rawValue], to: rank)
                    }
                }
            }
        }
    }

    private func attempt<R>(_ body: () throws -> R) -> R? {
        do { return try body() } catch {
            fail(error)
            return nil
        }
    }

    private func fail(_ error: any Error) {
        guard failure == nil else { return }
        (failure, words) = (error, "\(error)")
    }

    private func take(_ note: [UInt8], from rank: Int) {
        guard members.contains(rank) else { return }
        let piece = doing.removeValue(forKey: rank)?.piece, rest = Array(note.dropFirst())
        waiting.insert(rank)
        switch note.first.flatMap(Note.init) {
        case .result: if let piece { end(piece, rest) }
        case .broken: if let piece { open.append(piece) }
        case .failure:
            fail(RankError("rank \(rank) failed where others did not: \(String(decoding: rest, as: UTF8.self))"))
        case .parted: fail(RankError(String(decoding: rest, as: UTF8.self)))
        default: break
        }
    }

    private static func seconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    private func leave(_ rank: Int) {
        members.removeAll { $0 == rank }
        waiting.remove(rank)
        ranks.forget(rank)
        let left = doing.removeValue(forKey: rank)
        // Where the first of a team is there, it says itself what becomes of the piece.
        if let left, left.isHead { open.append(left.piece) }
        lost(rank, left.flatMap { left in ended.contains { $0.piece == left.piece } ? nil : left.piece })
    }
}
