/// Ranks as the processes that mpirun or srun started together, by MPI.
import CMPI
import Glibc
import Tensors

public final class MessagePassing: RankTransport {
    public let rank: Int
    public let count: Int
    /// The processes on this machine, by rank, this one among them.
    public private(set) var neighbours: [Int: pid_t] = [:]
    private var looked = MessagePassing.seconds()
    /// Those of them that were found to have ended.
    private var lost: Set<Int> = []
    private var hasForgotten = false
    /// Notes that are on their way, and the memory they are sent from.
    private var posted: [(requests: UnsafeMutableRawPointer?, bytes: UnsafeMutableRawBufferPointer)] = []

    /// MPI knows at least 32768 tags, of which notes have one. So many teams later nothing of an old one is under way.
    private static func tag(of channel: Int) -> Int32 { channel == 0 ? 0 : Int32(1 + channel % 32_000) }
    /// A message of MPI holds up to 2³¹ bytes.
    private static let longest = 1 << 28

    /// Joins the others.
    public init() throws {
        var rank: Int32 = 0, count: Int32 = 1
        // A rank that is lost before all know of each other is missed by nobody: MPI would wait for it for ever.
        let meeting = Deadline(seconds: 120) {
            "error: the ranks did not find each other within two minutes: one was lost, or does not start\n"
        }
        defer { meeting.isMet() }
        let code = lethe_mpi_join(&rank, &count)
        guard code == 0 else { throw RankError("MPI cannot be started (error \(code))") }
        (self.rank, self.count) = (Int(rank), Int(count))
        try meetNeighbours()
    }

    /// Leaves; all ranks do. Where one was lost, MPI would wait for it.
    public func finish() { if !hasForgotten { lethe_mpi_finish() } }

    /// Ends all ranks.
    public func abort(status: Int32) -> Never {
        lethe_mpi_abort(status)
        _exit(status)
    }

    // MARK: Carrying

    public func allGather(
        _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, waiting: () throws -> Void
    ) throws {
        let requests = lethe_mpi_requests(1)
        try check(lethe_mpi_all_gather(requests, 0, own.baseAddress, Int32(own.count), all.baseAddress))
        try wait(for: requests, 1, waiting)
        free(requests)
    }

    public func exchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>],
        channel: Int, waiting: () throws -> Void
    ) throws {
        func pieces(_ bytes: Int) -> Int { (bytes + Self.longest - 1) / Self.longest }
        let number =
            sending.reduce(0) { $0 + pieces($1.bytes.count) } + receiving.reduce(0) { $0 + pieces($1.bytes.count) }
        guard number > 0 else { return }
        let requests = lethe_mpi_requests(Int32(number)), tag = Self.tag(of: channel)
        var next: Int32 = 0
        func parts(_ bytes: Int) -> [(start: Int, count: Int32)] {
            stride(from: 0, to: bytes, by: Self.longest).map { ($0, Int32(min(Self.longest, bytes - $0))) }
        }
        for message in receiving {
            for part in parts(message.bytes.count) {
                let place = message.bytes.baseAddress.map { $0 + part.start }
                try check(lethe_mpi_receive(requests, next, place, part.count, Int32(message.rank), tag))
                next += 1
            }
        }
        for message in sending {
            for part in parts(message.bytes.count) {
                let place = message.bytes.baseAddress.map { $0 + part.start }
                try check(lethe_mpi_send(requests, next, place, part.count, Int32(message.rank), tag))
                next += 1
            }
        }
        do { try wait(for: requests, next, waiting) } catch {
            let receives = receiving.reduce(0) { $0 + parts($1.bytes.count).count }
            withdraw(requests, Int32(receives))
            throw error
        }
        free(requests)
    }

    /// Takes back what was to be received: its memory is about to be another's.
    private func withdraw(_ requests: UnsafeMutableRawPointer?, _ receives: Int32) {
        for index in 0..<receives { lethe_mpi_cancel(requests, index) }
        // What had begun to arrive from a rank that lives comes to its end; from one that is gone it never does.
        let began = MessagePassing.seconds()
        var done: Int32 = 0
        while lethe_mpi_test(requests, receives, &done) == 0, done == 0, MessagePassing.seconds() - began < 1 {
            usleep(250)
        }
    }

    public func post(_ note: [UInt8], to rank: Int) throws {
        try collect()
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, note.count), alignment: 16)
        bytes.copyBytes(from: note)
        let requests = lethe_mpi_requests(1)
        posted.append((requests, bytes))
        try check(lethe_mpi_post(requests, 0, bytes.baseAddress, Int32(note.count), Int32(rank)))
    }

    public func takeNote() throws -> (rank: Int, bytes: [UInt8])? {
        try collect()
        var found: Int32 = 0, rank: Int32 = 0, count: Int32 = 0
        try check(lethe_mpi_look(&found, &rank, &count))
        guard found != 0 else { return nil }
        var note = [UInt8](repeating: 0, count: Int(count))
        try check(note.withUnsafeMutableBytes { lethe_mpi_take($0.baseAddress, count, rank) })
        return (Int(rank), note)
    }

    /// Gives back the memory of notes that have gone out.
    private func collect() throws {
        for index in posted.indices.reversed() {
            var done: Int32 = 0
            try check(lethe_mpi_test(posted[index].requests, 1, &done))
            guard done != 0 else { continue }
            free(posted[index].requests)
            posted.remove(at: index).bytes.deallocate()
        }
    }

    private func check(_ code: Int32) throws {
        guard code != 0 else { return }
        var words = [CChar](repeating: 0, count: Int(lethe_mpi_words_size))
        lethe_mpi_words(code, &words)
        let text = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw RankError("MPI cannot go on: \(text)")
    }

    /// Waits without keeping a processor busy that another rank may need. What throws leaves the operations as they
    /// are.
    private func wait(for requests: UnsafeMutableRawPointer?, _ count: Int32, _ waiting: () throws -> Void) throws {
        var done: Int32 = 0, turn: UInt32 = 0
        while true {
            try check(lethe_mpi_test(requests, count, &done))
            if done != 0 { return }
            turn += 1
            if turn < 200 {
                sched_yield()
                continue
            }
            try waiting()
            // Up to a quarter of a millisecond.
            usleep(min(250, turn / 20))
        }
    }

    // MARK: Who is there

    /// Learns which ranks are on this machine.
    private func meetNeighbours() throws {
        var host = [UInt8](repeating: 0, count: 256)
        host.withUnsafeMutableBytes { buffer in
            guard let name = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            _ = gethostname(name, buffer.count - 1)
        }
        // Containers may have one name and see other processes.
        let space = MessagePassing.destination(of: "/proc/self/ns/pid")
        let own = host + Array((space.utf8 + [UInt8](repeating: 0, count: 64)).prefix(64)) + bytes(of: getpid())
        var all = [UInt8](repeating: 0, count: own.count * count)
        try all.withUnsafeMutableBytes { all in
            try own.withUnsafeBytes { try allGather($0, into: all, waiting: {}) }
        }
        for other in 0..<count {
            let theirs = all[(other * own.count)..<((other + 1) * own.count)]
            guard theirs.dropLast(4).elementsEqual(own.dropLast(4)) else { continue }
            neighbours[other] = theirs.suffix(4).reversed().reduce(0) { $0 << 8 | pid_t($1) }
        }
    }

    private func bytes(of number: pid_t) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    private static func destination(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(link, &buffer, buffer.count - 1)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Looked at now and then: ranks on other machines are missed by the network.
    public func isLost(_ rank: Int) -> Bool {
        let now = MessagePassing.seconds()
        if now - looked > 0.5 {
            looked = now
            for (other, process) in neighbours where kill(process, 0) != 0 && errno == ESRCH { lost.insert(other) }
        }
        return lost.contains(rank)
    }

    public func forget(_ rank: Int) {
        hasForgotten = true
        neighbours[rank] = nil
        lost.remove(rank)
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
