// Signals where several processes run one script: whatever ends one of them ends all, and the first says so.
import Glibc
import Synchronization
import Tensors

extension Signals {
    /// The first rank's process where that is another one on this machine: it is told of a Ctrl-C.
    static let firstRank = Atomic<pid_t>(0)
    private static let neighbours = Atomic<UInt>(0)
    private static let neighbourCount = Atomic<Int>(0)
    private static let endedFromOutside = Atomic<Bool>(false)
    /// Ranks on this machine that said, before they ended, that mpirun ends them.
    private static let partings = Atomic<Int>(0)

    /// How a rank says so to the first: signals of this kind are queued, and each is counted.
    private static var partingSignal: Int32 { __libc_current_sigrtmin() + 1 }

    /// Whether mpirun ends this process.
    static var wasEndedFromOutside: Bool { endedFromOutside.load(ordering: .relaxed) }

    /// Sets up how a rank takes being ended: mpirun does it after a Ctrl-C, and where a rank was lost.
    /// - Parameters:
    ///   - first: the first rank's process, where it is on this machine.
    ///   - others: processes on this machine.
    static func joinRanks(isFirst: Bool, first: pid_t?, neighbours others: [Int: pid_t]) {
        if !isFirst { firstRank.store(first ?? 0, ordering: .relaxed) }
        let list = UnsafeMutablePointer<pid_t>.allocate(capacity: max(1, others.count))
        for (index, process) in others.values.enumerated() { list[index] = process }
        neighbours.store(UInt(bitPattern: list), ordering: .relaxed)
        neighbourCount.store(others.count, ordering: .relaxed)
        endedFromOutside.store(false, ordering: .relaxed)
        catchSignal(SIGTERM) { _ in
            if Signals.firstRank.load(ordering: .relaxed) > 0 { Signals.endUnseen() } else { Signals.endArrived() }
        }
        catchSignal(SIGALRM) { _ in Signals.endNow() }
        if isFirst { catchSignal(partingSignal) { _ in Signals.partings.wrappingAdd(1, ordering: .relaxed) } }
    }

    // The rest runs inside signal handlers.

    /// Ends without a word but to the first rank, which is not to think that this one was lost.
    private static func endUnseen() {
        var time = timespec(tv_sec: 0, tv_nsec: 300_000_000)
        nanosleep(&time, nil)
        // Last of all: the first rank sets those that said so against those that are gone.
        sigqueue(firstRank.load(ordering: .relaxed), partingSignal, sigval())
        _exit(143)
    }

    /// The first rank is ended. Where another is gone, mpirun says so itself; else it was Ctrl-C.
    private static func endArrived() {
        if let list = UnsafeMutablePointer<pid_t>(bitPattern: neighbours.load(ordering: .relaxed)) {
            var gone = 0
            for index in 0..<neighbourCount.load(ordering: .relaxed) where kill(list[index], 0) != 0 { gone += 1 }
            // Who parted is counted by now: it said so before it went.
            if gone > partings.load(ordering: .relaxed) { _exit(143) }
        }
        endedFromOutside.store(true, ordering: .relaxed)
        interruptArrived()
        // What takes too long to stop is killed after a second.
        ualarm(600_000, 0)
    }

    private static func endNow() {
        let words: StaticString = "interrupted\n"
        _ = write(2, words.utf8Start, words.utf8CodeUnitCount)
        _exit(130)
    }
}
