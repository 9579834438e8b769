/// Threads that share numbered blocks of work. Which thread runs a block never changes what the block computes, so
/// results do not depend on the number of threads.
import CKernels
import CProcess
import Glibc
import Synchronization

public final class WorkerPool: @unchecked Sendable {
    /// Threads in all, the calling one included.
    public let threads: Int

    // One job at a time. `ticket` hands out its blocks: the job's number, and in the lower half how many are left.
    // A job is over when all its blocks are finished, so a thread that the system keeps from running, but that has
    // taken no block, holds up nobody.
    private let ticket = Atomic<UInt64>(0)
    private let finished = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let sleeping = Atomic<Int>(0)
    /// Workers that have begun, and those that may take blocks.
    private let begun = Atomic<Int>(0)
    private let allowed = Atomic<Int>(.max)
    private var blocks = 0
    private var body: ((Int) -> Void)?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var handles: [pthread_t] = []

    /// How often an idle worker looks for work before it sleeps: about a hundred microseconds.
    private static let spins = 4_000
    /// The part of a ticket that counts blocks.
    private static let left: UInt64 = 0xffff_ffff

    public init(threads: Int) {
        self.threads = max(1, threads)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        guard self.threads > 1 else { return }
        // Signals belong to the main thread.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        for _ in 1..<self.threads {
            var handle = pthread_t()
            let context = Unmanaged.passUnretained(self).toOpaque()
            let status = pthread_create(
                &handle, nil,
                { context in
                    if let context { Unmanaged<WorkerPool>.fromOpaque(context).takeUnretainedValue().work() }
                    return nil
                }, context)
            if status == 0 { handles.append(handle) }
        }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }

    deinit {
        stopping.store(true, ordering: .releasing)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        for handle in handles { pthread_join(handle, nil) }
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        mutex.deallocate()
        wake.deallocate()
    }

    /// Calls `body` once for each of 0 ..< `count`, on all threads, and returns when all are done. A call from inside
    /// `body`, or while another job runs, does its blocks on the calling thread.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        if count <= 1 || count > Int(WorkerPool.left) || handles.isEmpty
            || !busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        {
            for block in 0..<max(0, count) { body(block) }
            return
        }
        withoutActuallyEscaping(body) { body in
            self.body = body
            blocks = count
            finished.store(0, ordering: .relaxed)
            let job = (ticket.load(ordering: .relaxed) >> 32 &+ 1) << 32
            ticket.store(job | UInt64(count), ordering: .sequentiallyConsistent)
            if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(wake)
                pthread_mutex_unlock(mutex)
            }
            takeBlocks()
            var spins = 0
            while finished.load(ordering: .acquiring) < count {
                spins += 1
                if spins > 4_000 { sched_yield() } else { lethe_pause() }
            }
            self.body = nil
        }
        busy.store(false, ordering: .releasing)
    }

    /// Lets only so many threads compute while `body` runs, as on a machine that has no more.
    public func limited<R>(to threads: Int, _ body: () throws -> R) rethrows -> R {
        let outer = allowed.exchange(max(0, threads - 1), ordering: .sequentiallyConsistent)
        defer { allowed.store(outer, ordering: .sequentiallyConsistent) }
        return try body()
    }

    /// Copies the process: the copy has the calling thread alone, which computes by itself from then on.
    ///
    /// The workers sleep meanwhile and hold no locks; a process with threads of other kinds must not be copied.
    /// - Returns: the number of the copy's process; 0 in the copy; -1 with `errno` where there can be none.
    func fork() -> Int32 {
        pthread_mutex_lock(mutex)
        // Idle workers fall asleep by themselves, with the mutex.
        while sleeping.load(ordering: .sequentiallyConsistent) < handles.count {
            pthread_mutex_unlock(mutex)
            sched_yield()
            pthread_mutex_lock(mutex)
        }
        let process = lethe_fork()
        if process == 0 {
            handles = []
            sleeping.store(0, ordering: .sequentiallyConsistent)
        }
        pthread_mutex_unlock(mutex)
        return process
    }

    private func takeBlocks() {
        while true {
            let now = ticket.load(ordering: .acquiring), left = now & WorkerPool.left
            if left == 0 { return }
            guard ticket.weakCompareExchange(expected: now, desired: now - 1, ordering: .acquiring).exchanged else {
                continue
            }
            // The job cannot end before this block, so `body` and `blocks` are still its own.
            runBlock(blocks - Int(left))
            finished.add(1, ordering: .releasing)
        }
    }

    /// A function of its own, so that no reference to the closure outlives the block.
    @inline(never)
    private func runBlock(_ block: Int) { body?(block) }

    private func work() {
        let number = begun.add(1, ordering: .relaxed).oldValue
        func hasNothing() -> Bool {
            ticket.load(ordering: .sequentiallyConsistent) & WorkerPool.left == 0
                || number >= allowed.load(ordering: .relaxed)
        }
        while true {
            var spins = 0
            while hasNothing() {
                if stopping.load(ordering: .acquiring) { return }
                spins += 1
                if spins < WorkerPool.spins { lethe_pause(); continue }
                pthread_mutex_lock(mutex)
                sleeping.add(1, ordering: .sequentiallyConsistent)
                while hasNothing(), !stopping.load(ordering: .acquiring) { pthread_cond_wait(wake, mutex) }
                sleeping.subtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
            }
            takeBlocks()
        }
    }
}
