/// Long work that is handed out to ranks a piece at a time: who is done takes the next.
///
/// The first rank has the list, and does pieces itself; between two of its steps it answers the others. A rank that is
/// lost meanwhile leaves its piece to another, and the rest go on without it where what started them lets them live.
import Glibc

extension Ranks {
    /// Does each of `count` pieces on some rank.
    /// - Parameters:
    ///   - place: what this is, for the words of an error: all ranks must be at the same.
    ///   - work: what a piece gives. It calls its second argument now and then: others may be waiting for an answer.
    ///   - finished: hears what a piece gave, in the order in which they end: of the first rank at once, of the others
    ///     when all have ended. What it throws ends the work.
    ///   - lost: hears of a rank that is no longer there, and of the piece that it leaves.
    public func handOut(
        _ place: String, of count: Int, _ work: (Int, @escaping () -> Void) throws -> [UInt8],
        finished: @escaping (Int, [UInt8]) throws -> Void,
        lost: @escaping (_ rank: Int, _ piece: Int?) -> Void = { _, _ in }
    ) throws {
        guard let transport, hasCompany else {
            for piece in 0..<count { try finished(piece, apart { try work(piece) {} }) }
            return
        }
        _ = try meet("\(place), \(count) pieces")
        var told: [[UInt8]] = [], failure: (any Error)?
        if isFirst {
            let list = HandingOut(transport, members, count, finished, lost)
            try apart {
                while !list.isOver {
                    list.answer()
                    if let piece = list.next() {
                        list.end(piece, try work(piece, list.answer))
                    } else {
                        try pause()
                    }
                }
            }
            told = list.ended.flatMap { [[Double(bitPattern: UInt64($0.piece))].bytes, $0.bytes] }
            // The others find out themselves what went wrong with a result.
            if let words = list.words { told.append(Array(words.utf8)) }
            failure = list.failure
            try dismiss(list.members)
        } else {
            try serve(transport, work)
        }
        let all = try Self.unpacked(gather(Self.packed(told))[0])
        if let failure { throw failure }
        guard !isFirst else { return }
        try apart {
            for index in stride(from: 0, to: all.count - 1, by: 2) {
                guard let piece = [Double](bytes: all[index]).first else { continue }
                try finished(Int(piece.bitPattern), all[index + 1])
            }
        }
        if all.count % 2 == 1, let words = all.last { throw RankError(String(decoding: words, as: UTF8.self)) }
    }

    /// A moment in which others may compute.
    private func pause() throws {
        try checkInterruption()
        usleep(500)
    }

    /// Tells the others that all is done, and who is left.
    private func dismiss(_ members: [Int]) throws {
        let note =
            [HandingOut.Note.end.rawValue] + members.map { UInt8(truncatingIfNeeded: $0) }
            + members.map { UInt8(truncatingIfNeeded: $0 >> 8) }
        for member in members.dropFirst() { try send(note, to: member) }
        keep(members)
    }

    /// Does what the first rank says until it says that all is done.
    private func serve(
        _ transport: any RankTransport, _ work: (Int, @escaping () -> Void) throws -> [UInt8]
    ) throws {
        let first = members[0]
        try send([HandingOut.Note.ready.rawValue], to: first)
        while true {
            guard let (_, note) = try note() else {
                if transport.isLost(first) { try endAll("rank 0 is no longer there") }
                try pause()
                continue
            }
            let rest = Array(note.dropFirst())
            guard note.first == HandingOut.Note.piece.rawValue, let number = [Double](bytes: rest).first else {
                let half = rest.count / 2
                keep((0..<half).map { Int(rest[$0]) | Int(rest[half + $0]) << 8 })
                return
            }
            do {
                let bytes = try apart { try work(Int(number.bitPattern)) {} }
                try send([HandingOut.Note.result.rawValue] + bytes, to: first)
            } catch TensorError.interrupted {
                throw TensorError.interrupted
            } catch {
                try checkInterruption()
                try send([HandingOut.Note.failure.rawValue] + Array("\(error)".utf8), to: first)
            }
        }
    }
}

/// The first rank's list of what is to be done, and of who does what.
private final class HandingOut {
    enum Note: UInt8 { case ready = 1, result, failure, piece, end }

    /// The ranks that are there, as the transport numbers them, the first in front.
    private(set) var members: [Int]
    private(set) var ended: [(piece: Int, bytes: [UInt8])] = []
    private(set) var failure: (any Error)?
    /// The failure, where it is not that of a result.
    private(set) var words: String?
    private let transport: any RankTransport
    private let count: Int
    private let finished: (Int, [UInt8]) throws -> Void
    private let lost: (Int, Int?) -> Void
    /// Pieces that nobody does yet, the next one last.
    private var open: [Int]
    /// Who does what, and who waits.
    private var doing: [Int: Int] = [:], waiting: Set<Int> = []
    /// Since when ranks are gone. What started them may be about to end the others, too: who goes on without one waits
    /// for that.
    private var gone: [Int: Int] = [:]
    private static let patience = 3
    private var isAnswering = false

    init(
        _ transport: any RankTransport, _ members: [Int], _ count: Int,
        _ finished: @escaping (Int, [UInt8]) throws -> Void, _ lost: @escaping (Int, Int?) -> Void
    ) {
        (self.transport, self.members, self.count) = (transport, members, count)
        (self.finished, self.lost) = (finished, lost)
        open = (0..<count).reversed()
    }

    /// Whether nothing is left to do, and everybody waits to be told.
    var isOver: Bool {
        (failure != nil || ended.count == count) && doing.isEmpty
            && members.dropFirst().allSatisfy { waiting.contains($0) && gone[$0] == nil }
    }

    /// The piece that is to be done next.
    func next() -> Int? { failure == nil ? open.popLast() : nil }

    func end(_ piece: Int, _ bytes: [UInt8]) {
        guard failure == nil else { return }
        ended.append((piece, bytes))
        do { try finished(piece, bytes) } catch { failure = error }
    }

    /// Takes what others have sent, and gives those who wait something to do.
    func answer() {
        // What hears of an end may look whether it is to stop, and so come here again.
        guard !isAnswering else { return }
        isAnswering = true
        defer { isAnswering = false }
        do {
            while let (rank, note) = try transport.takeNote() { take(note, from: rank) }
            for rank in members.dropFirst() where transport.isLost(rank) {
                let now = Self.seconds(), since = gone[rank] ?? now
                gone[rank] = since
                if now - since >= Self.patience { leave(rank) }
            }
            for rank in members.dropFirst() where waiting.contains(rank) && gone[rank] == nil {
                guard let piece = next() else { break }
                waiting.remove(rank)
                doing[rank] = piece
                try transport.post([Note.piece.rawValue] + [Double(bitPattern: UInt64(piece))].bytes, to: rank)
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: any Error) {
        guard failure == nil else { return }
        (failure, words) = (error, "\(error)")
    }

    private func take(_ note: [UInt8], from rank: Int) {
        guard members.contains(rank) else { return }
        let piece = doing.removeValue(forKey: rank)
        waiting.insert(rank)
        if note.first == Note.result.rawValue, let piece { end(piece, Array(note.dropFirst())) }
        if note.first == Note.failure.rawValue {
            let words = String(decoding: note.dropFirst(), as: UTF8.self)
            fail(RankError("rank \(rank) failed where others did not: \(words)"))
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
        transport.forget(rank)
        let piece = doing.removeValue(forKey: rank)
        if let piece { open.append(piece) }
        lost(rank, piece)
    }
}
