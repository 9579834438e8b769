/// What pieces of shared work say, and who brings it to the user.

/// A session that hears what is said while pieces of shared work are done. Of the first rank's own pieces the user reads
/// it at once; of the others' it is brought to the first rank, so that all of it is read, in the order of the pieces.
public protocol PieceListener: AnyObject {
    /// Does some pieces.
    /// - Parameter isFirst: whether this is the rank whose user reads it.
    /// - Returns: what they gave, and what the user has not read of what they said; empty where there is nothing.
    func hearing<R>(isFirst: Bool, _ pieces: () -> R) -> (result: R, said: [UInt8])

    /// Tells the user what pieces of other ranks said.
    func tell(_ said: [UInt8])
}

/// What a rank says of its pieces in the number that goes with a meeting.
struct PieceReport {
    /// The piece that failed.
    let failed: Int?
    /// Whether pieces said something that is to be brought, and whether they read files that are to be compared.
    let hasSaid, hasRead: Bool

    init(failed: Int?, hasSaid: Bool, hasRead: Bool) {
        (self.failed, self.hasSaid, self.hasRead) = (failed, hasSaid, hasRead)
    }
    init(_ word: Int) {
        self.init(failed: word < 4 ? nil : word / 4 - 1, hasSaid: word & 1 != 0, hasRead: word & 2 != 0)
    }
    var word: Int { 4 * (failed.map { $0 + 1 } ?? 0) + (hasRead ? 2 : 0) + (hasSaid ? 1 : 0) }
}

extension Ranks {
    /// Does pieces so that what they say is heard.
    func heard<R>(_ pieces: () -> R) -> (result: R, said: [UInt8]) {
        listener?.hearing(isFirst: isFirst, pieces) ?? (pieces(), [])
    }

    /// Does this rank's pieces of something that others do pieces of.
    func inPieces<R>(_ pieces: () throws -> R) rethrows -> R {
        isInPiece = true
        defer { isInPiece = false }
        return try apart(pieces)
    }

    /// Does all pieces of a work by itself: what they may do is what they may where others do some.
    func alone<R>(_ count: Int, _ work: () throws -> R) throws -> R {
        guard sharesWork, count > 1, let listener else { return try work() }
        return try listener.hearing(isFirst: true) { Result { try work() } }.result.get()
    }

    /// Does something again of which the user has read what it says.
    func unheard<R>(_ again: () throws -> R) throws -> R {
        guard let listener else { return try again() }
        return try listener.hearing(isFirst: false) { Result { try again() } }.result.get()
    }

    /// Brings what pieces said to the first rank, where any said something.
    /// - Parameter last: the rank behind which nobody would have said anything.
    func bring(_ said: [UInt8], _ reports: [PieceReport], upTo last: Int) throws {
        guard reports.contains(where: \.hasSaid) else { return }
        let all = try gather(said)
        guard isFirst, let listener else { return }
        for words in all[...last] where !words.isEmpty { listener.tell(words) }
    }
}
