/// Long work that is handed out to ranks a piece at a time: who is done takes the next.
///
/// The first rank has the list, and does pieces itself; between two of its steps it answers the others. A piece is one
/// rank's, or that of a team of several, which share it out. A rank that is lost meanwhile leaves its piece to another,
/// and the rest go on without it where what started them lets them live.
import Glibc

extension Ranks {
    /// Does each of `count` pieces on some rank.
    /// - Parameters:
    ///   - place: what this is, for the words of an error: all ranks must be at the same.
    ///   - size: how many ranks at least do a piece together; fewer only where there are not as many. In a team, all of
    ///     it does one piece after the other.
    ///   - work: what a piece gives, on all ranks of a team. It calls its second argument now and then: others may be
    ///     waiting for an answer.
    ///   - words: what went wrong in a piece, for ranks of the team where it did not; empty where nothing did.
    ///   - finished: hears what a piece gave, in the order in which they end: of the first rank at once, of the others
    ///     when all have ended. What it throws ends the work.
    ///   - lost: hears of a rank that is no longer there, and of the piece that it leaves.
    public func handOut(
        _ place: String, of count: Int, among size: Int = 1,
        _ work: (Int, @escaping () -> Void) throws -> [UInt8], words: ([UInt8]) -> String = { _ in "" },
        finished: @escaping (Int, [UInt8]) throws -> Void,
        lost: @escaping (_ rank: Int, _ piece: Int?) -> Void = { _, _ in }
    ) throws {
        guard let transport, hasCompany, !isInTeam else {
            for piece in 0..<count {
                try finished(piece, isInTeam ? work(piece) {} : apart { try work(piece) {} })
            }
            return
        }
        _ = try meet("\(place), \(count) pieces")
        var told: [[UInt8]] = [], failure: (any Error)?
        if isFirst {
            let list = HandingOut(self, transport, count, size: size, finished, lost)
            try apart {
                while !list.isOver {
                    list.answer()
                    guard let (piece, team) = list.nextOwn() else {
                        try pause()
                        continue
                    }
                    do { list.end(piece, try bytes(of: piece, in: team, work, words: words)) } catch let ending
                        as TeamEnding
                    { list.giveUp(piece, ending) }
                }
            }
            told = list.ended.flatMap { [[Double(bitPattern: UInt64($0.piece))].bytes, $0.bytes] }
            // The others find out themselves what went wrong with a result.
            if let words = list.words { told.append(Array(words.utf8)) }
            failure = list.failure
            try dismiss(list.members)
        } else {
            try serve(transport, work, words: words)
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
        let note = [HandingOut.Note.end.rawValue] + members.map { Double($0) }.bytes
        for member in members.dropFirst() { try send(note, to: member) }
        keep(members)
    }

    /// Does what the first rank says until it says that all is done.
    private func serve(
        _ transport: any RankTransport, _ work: (Int, @escaping () -> Void) throws -> [UInt8],
        words: ([UInt8]) -> String
    ) throws {
        let first = members[0]
        func tell(_ note: HandingOut.Note, _ rest: [UInt8] = []) throws { try send([note.rawValue] + rest, to: first) }
        try tell(.ready)
        while true {
            guard let (_, note) = try note() else {
                if transport.isLost(first) { try endAll("rank 0 is no longer there") }
                try pause()
                continue
            }
            if note.first == HandingOut.Note.ask.rawValue {
                try tell(.ready)
                continue
            }
            let numbers = [Double](bytes: Array(note.dropFirst())).map { Int($0) }
            guard note.first == HandingOut.Note.piece.rawValue, numbers.count > 2 else {
                keep(numbers)
                return
            }
            let team = RankTeam(Array(numbers[2...]), channel: numbers[1], coordinator: first)
            let isHead = team.members[0] == transport.rank
            do {
                let bytes = try bytes(of: numbers[0], in: team, work, words: words)
                try isHead ? tell(.result, bytes) : tell(.ready)
            } catch TeamEnding.lost {
                try tell(isHead ? .broken : .ready)
            } catch TeamEnding.failed(let words) {
                try tell(.parted, Array(words.utf8))
            } catch TensorError.interrupted {
                throw TensorError.interrupted
            } catch {
                try checkInterruption()
                try tell(.failure, Array("\(error)".utf8))
            }
        }
    }
}
