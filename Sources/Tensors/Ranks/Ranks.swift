/// The processes that compute one session together: each runs the whole script, with the same values, and large work
/// is shared out among them.
///
/// Work is cut into numbered pieces that do not depend on how many ranks there are, and sums over them are taken in one
/// order (see `sums`), so that results do not depend on it either. A process by itself is a rank without company: then
/// nothing is cut or sent, and asking costs nothing.

/// How a rank ends where the others cannot go on with it.
public struct RankEnding: Sendable {
    public let message: String
    /// Whether all ranks know: then each ends by itself. Else the others are to be ended.
    public let isAgreed: Bool
}

/// Used by the thread that runs the session alone, and by no copy of the process.
public final class Ranks: @unchecked Sendable {
    let transport: (any RankTransport)?
    private let isInterrupted: () -> Bool
    private let end: (RankEnding) throws -> Never
    /// Whether a piece of shared work is being done: what is inside it is this rank's alone.
    var isApart = false
    /// Whether that is a piece of something that others do pieces of meanwhile, and meet this rank after it.
    var isInPiece = false
    /// What pieces of the work under way have taken in from outside.
    var finds: [PieceFind] = []
    /// Hears on every rank what pieces, of whichever rank, noted.
    public var hearsNote: ((_ kind: String, _ name: String, _ content: String) -> Void)?
    var meetings: UInt64 = 0
    /// What this rank has sent.
    public private(set) var traffic = RankTraffic()
    /// Hears what is shared out; nobody mostly.
    var log: SharedWorkLog?
    /// Hears what pieces say; nobody where there is no user.
    public weak var listener: (any PieceListener)?
    /// Ranks that work is cut for though they are not there.
    var imagined = 1
    /// Those that are there, as the transport numbers them: one that was lost in work that could do without is not.
    var members: [Int]
    /// Those that this rank does a piece of work with, apart from the others, while it does.
    var team: RankTeam?
    /// How many teams this rank has put together.
    var teams = 0
    /// Those that it goes on without.
    var forgotten: Set<Int> = []

    /// A process by itself.
    public init() {
        (transport, isInterrupted, members) = (nil, { false }, [0])
        end = { throw RankError($0.message) }
    }

    /// - Parameters:
    ///   - isInterrupted: whether the user asked this rank to stop; it then meets no other any more.
    ///   - end: ends this process: the ranks do not compute the same any longer, or one is lost.
    public init(
        _ transport: any RankTransport, isInterrupted: @escaping () -> Bool,
        end: @escaping (RankEnding) throws -> Never
    ) {
        self.transport = transport
        members = Array(0..<transport.count)
        self.isInterrupted = isInterrupted
        self.end = end
    }

    /// This process's number among them.
    public var number: Int { transport.flatMap { members.firstIndex(of: $0.rank) } ?? 0 }
    public var count: Int { members.count }
    /// The one that writes files and says what there is to say.
    public var isFirst: Bool { number == 0 }
    /// Whether work is cut into pieces that can be shared out, also where there is only one to do them.
    public var sharesWork: Bool { transport != nil || imagined > 1 }
    /// Whether somebody hears what is shared out.
    public var isLogged: Bool { log != nil }
    /// Ranks that take whole runs of a study at a time.
    public var together: Int { max(count, imagined) }
    /// Whether others do their part of what this rank is about to do.
    public var hasCompany: Bool { count > 1 && !isApart }

    /// Does work that is this rank's alone: nothing inside it is shared out, to the same bits.
    public func apart<R>(_ work: () throws -> R) rethrows -> R {
        let outer = isApart
        isApart = true
        defer { isApart = outer }
        return try work()
    }

    /// The pieces of `count` that a rank does: neighbours, as equally many as can be.
    func share(of rank: Int, _ count: Int) -> Range<Int> { Self.share(of: rank, of: self.count, count) }

    static func share(of rank: Int, of ranks: Int, _ count: Int) -> Range<Int> {
        rank * count / ranks..<(rank + 1) * count / ranks
    }

    /// What a rank says when it meets another.
    static var headerBytes: Int { Header.size }

    // MARK: Meeting

    private enum Meeting: UInt8 { case work = 1, leaving, catching }

    /// What a rank says when it meets the others: which meeting this is, what it is about, and one number.
    private struct Header {
        static let size = 128
        var meeting: UInt64
        var kind: UInt8
        var word: Int64
        var place: [UInt8]

        init(meeting: UInt64, kind: Meeting, word: Int, place: String) {
            (self.meeting, self.kind, self.word) = (meeting, kind.rawValue, Int64(word))
            self.place = Array(place.utf8.prefix(Header.size - 17))
        }

        init(_ bytes: ArraySlice<UInt8>) {
            let start = bytes.startIndex
            func number(_ place: Int) -> UInt64 {
                bytes[(start + place)..<(start + place + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            (meeting, word, kind) = (number(0), Int64(bitPattern: number(8)), bytes[start + 16])
            place = Array(bytes[(start + 17)...].prefix { $0 != 0 })
        }

        var bytes: [UInt8] {
            func bytes(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
            let used = bytes(meeting) + bytes(UInt64(bitPattern: word)) + [kind] + place
            return used + [UInt8](repeating: 0, count: Header.size - used.count)
        }

        var words: String { String(decoding: place, as: UTF8.self) }
        func isAlike(_ other: Header) -> Bool {
            meeting == other.meeting && kind == other.kind && place == other.place
        }
    }

    /// Comes together with the others, who must be at the same place of the same script.
    /// - Returns: the number that each rank said.
    func meet(_ place: String, saying word: Int = 0) throws -> [Int] {
        try meet(.work, place, word, message: "")
    }

    private func meet(_ kind: Meeting, _ place: String, _ word: Int, message: String) throws -> [Int] {
        guard count > 1 else { return [word] }
        meetings += 1
        let all = try allGather(Header(meeting: meetings, kind: kind, word: word, place: place).bytes)
        let headers = all.map { Header($0[...]) }
        if headers.allSatisfy({ $0.isAlike(headers[0]) }) { return headers.map { Int($0.word) } }
        let message = try parting(headers, message)
        try part(RankEnding(message: message, isAgreed: true))
    }

    /// Why the ranks cannot go on together.
    private func parting(_ headers: [Header], _ message: String) throws -> String {
        if let failed = headers.firstIndex(where: { $0.kind == Meeting.catching.rawValue }) {
            let words = String(decoding: try gather(Array(message.utf8))[failed], as: UTF8.self)
            return "rank \(members[failed]) met an error that others did not, and may not catch it: \(words)"
        }
        if let gone = headers.firstIndex(where: { $0.kind == Meeting.leaving.rawValue }) {
            let said = try gather(Array(message.utf8))[gone]
            let words = String(decoding: said, as: UTF8.self)
            return "rank \(members[gone]) ended before the others" + (words.isEmpty ? "" : ": \(words)")
        }
        let other = headers.firstIndex { !$0.isAlike(headers[0]) } ?? 0
        return """
            the ranks no longer compute the same: rank \(members[0]) is at the \(headers[0].words) (meeting \
            \(headers[0].meeting)), rank \(members[other]) at the \(headers[other].words) (meeting \
            \(headers[other].meeting))
            """
    }

    /// Makes sure that something is the same on all ranks, such as the kernels that they compute with.
    public func agree(on words: String) throws { _ = try meet(words) }

    /// Makes sure that all ranks have met an error that this one is about to catch: one that goes on alone would go on
    /// with other values. Otherwise it ends all, when the others come to their next meeting.
    /// - Parameters:
    ///   - error: what tells it from another, the same on all ranks.
    ///   - message: its words.
    public func agreeToCatch(_ error: String, saying message: String) throws {
        guard hasCompany else { return }
        _ = try meet(.catching, error, 0, message: message)
    }

    /// Makes sure that a file is the same on all ranks. Otherwise it ends all.
    /// - Parameters:
    ///   - name: the file's.
    ///   - found: what tells it from another.
    ///
    /// In a piece of shared work the others are not there to be asked: what it found is compared when all have done theirs.
    public func requireSame(_ name: String, _ found: () throws -> [UInt8]) throws {
        guard count > 1, !isApart || isInPiece else { return }
        let own = try found()
        guard !isInPiece else {
            add(PieceFind(kind: "", name: name, content: own))
            return
        }
        _ = try meet("reading of \(name)")
        let all = try gather(own)
        guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
        try part(RankEnding(message: Ranks.differs(name, members[other], members[0]), isAgreed: true))
    }

    static func differs(_ name: String, _ rank: Int, _ other: Int) -> String {
        "`\(name)` is another file on rank \(rank) than on rank \(other), or was written meanwhile; all must read the same"
    }

    /// Waits for the others at the end of the script, where all must come.
    /// - Parameter message: what went wrong here, for the case that it went wrong here alone.
    /// - Returns: the largest status of all, and what went wrong on a rank alone.
    public func leave(status: Int, message: String) throws -> (status: Int, message: String?) {
        try leave("end", status: status, message: message)
    }

    func leave(_ place: String, status: Int, message: String) throws -> (status: Int, message: String?) {
        let statuses = try meet(.leaving, place, status, message: message)
        guard let other = statuses.firstIndex(where: { $0 != statuses[0] }) else { return (status, nil) }
        let guilty = statuses[0] != 0 ? 0 : other
        let words = String(decoding: try gather(Array(message.utf8))[guilty], as: UTF8.self)
        let what = words.isEmpty ? "it ended with status \(statuses[guilty])" : words
        return (statuses.max() ?? status, "rank \(members[guilty]) failed where others did not: \(what)")
    }

    // MARK: Carrying

    /// - Throws: where the user asked this rank to stop, or its team has given up.
    func checkInterruption() throws { if isInterrupted() || teamHasEnded { throw TensorError.interrupted } }

    private func carry(_ body: (_ transport: any RankTransport, _ waiting: () throws -> Void) throws -> Void) throws {
        guard let transport else { return }
        try checkInterruption()
        do {
            try body(transport) {
                try checkInterruption()
                if let lost = (team?.watched ?? members).first(where: isLost) {
                    throw RankError("rank \(lost) is no longer there")
                }
                team?.meanwhile()
            }
        } catch let error as RankError {
            try part(RankEnding(message: error.description, isAgreed: false))
        }
    }

    /// What every rank gave, equally long.
    private func allGather(_ own: [UInt8]) throws -> [[UInt8]] {
        var all = [UInt8](repeating: 0, count: own.count * count)
        note(sent: own.count * (count - 1))
        guard count == transport?.count, team == nil else {
            // MPI's own way takes everybody.
            try all.withUnsafeMutableBytes { all in
                func place(_ rank: Int) -> UnsafeMutableRawBufferPointer {
                    UnsafeMutableRawBufferPointer(rebasing: all[(rank * own.count)..<((rank + 1) * own.count)])
                }
                place(number).copyBytes(from: own)
                let others = (0..<count).filter { $0 != number }
                try carryExchange(
                    sending: others.map { RankMessage(rank: $0, bytes: UnsafeRawBufferPointer(place(number))) },
                    receiving: others.map { RankMessage(rank: $0, bytes: place($0)) })
            }
            return (0..<count).map { Array(all[($0 * own.count)..<(($0 + 1) * own.count)]) }
        }
        try carry { transport, waiting in
            try all.withUnsafeMutableBytes { all in
                try own.withUnsafeBytes { try transport.allGather($0, into: all, waiting: waiting) }
            }
        }
        return (0..<count).map { Array(all[($0 * own.count)..<(($0 + 1) * own.count)]) }
    }

    func exchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>]
    ) throws {
        note(sent: sending.reduce(0) { $0 + $1.bytes.count })
        try carryExchange(sending: sending, receiving: receiving)
    }

    private func carryExchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>]
    ) throws {
        try carry {
            try $0.exchange(
                sending: sending.map { RankMessage(rank: members[$0.rank], bytes: $0.bytes) },
                receiving: receiving.map { RankMessage(rank: members[$0.rank], bytes: $0.bytes) },
                channel: team?.channel ?? 0, waiting: $1)
        }
    }

    private func note(sent bytes: Int) {
        traffic.bytes += bytes
        traffic.exchanges += 1
    }

    /// Sends one of the members, as the transport numbers them, a note.
    func send(_ note: [UInt8], to member: Int) throws {
        try carry { transport, _ in try transport.post(note, to: member) }
    }

    /// A note that has arrived.
    func note() throws -> (rank: Int, bytes: [UInt8])? {
        var found: (rank: Int, bytes: [UInt8])?
        try carry { transport, _ in found = try transport.takeNote() }
        return found
    }

    /// Ends all: without another rank this one cannot go on.
    func endAll(_ message: String) throws -> Never { try end(RankEnding(message: message, isAgreed: false)) }

    /// Ends all, or the team's piece alone where that is enough.
    func part(_ ending: RankEnding) throws -> Never {
        guard let team, let end = teamEnding(ending) else { try self.end(ending) }
        team.ending = team.ending ?? end
        throw TensorError.interrupted
    }

    /// What every rank gave, however long.
    func gather(_ own: [UInt8]) throws -> [[UInt8]] {
        guard count > 1 else { return [own] }
        let lengths = try allGather((0..<8).map { UInt8(truncatingIfNeeded: own.count >> (8 * $0)) })
            .map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
        let memory = lengths.map { UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, $0), alignment: 16) }
        defer { for buffer in memory { buffer.deallocate() } }
        let places = zip(memory, lengths).map { UnsafeMutableRawBufferPointer(rebasing: $0[..<$1]) }
        places[number].copyBytes(from: own)
        let others = (0..<count).filter { $0 != number }
        try exchange(
            sending: own.isEmpty
                ? [] : others.map { RankMessage(rank: $0, bytes: UnsafeRawBufferPointer(places[number])) },
            receiving: others.filter { lengths[$0] > 0 }.map { RankMessage(rank: $0, bytes: places[$0]) })
        return places.map { Array($0) }
    }

    /// Ends all: another rank failed at what this one could do, and says why when it ends.
    func awaitEnd(of rank: Int) throws -> Never {
        _ = try meet("failure of rank \(members[rank])")
        try part(RankEnding(message: "rank \(members[rank]) failed where others did not", isAgreed: true))
    }
}
