/// Threads that share numbered blocks of work. Which thread runs a block never changes what the block computes, so
/// results do not depend on the number of threads.
import CKernels
import Glibc
import Synchronization

public final class WorkerPool: @unchecked Sendable {
    /// Threads in all, the calling one included.
    public let threads: Int

    // One job at a time: `generation` tells workers that a new one is there, `next` hands out its blocks.
    private let generation = Atomic<Int>(0)
    private let next = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let sleeping = Atomic<Int>(0)
    private var blocks = 0
    private var body: ((Int) -> Void)?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var handles: [pthread_t] = []

    /// How often an idle worker looks for work before it sleeps: some tens of microseconds.
    private static let spins = 20_000

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
            let status = pthread_create(&handle, nil, { context in
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
        if count <= 1 || handles.isEmpty
            || !busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        {
            for block in 0..<max(0, count) { body(block) }
            return
        }
        withoutActuallyEscaping(body) { body in
            self.body = body
            blocks = count
            next.store(0, ordering: .relaxed)
            running.store(handles.count, ordering: .relaxed)
            generation.add(1, ordering: .sequentiallyConsistent)
            if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(wake)
                pthread_mutex_unlock(mutex)
            }
            takeBlocks(body)
            var spins = 0
            while running.load(ordering: .acquiring) > 0 {
                spins += 1
                if spins > 4_000 { sched_yield() } else { lethe_pause() }
            }
            self.body = nil
        }
        busy.store(false, ordering: .releasing)
    }

    private func takeBlocks(_ body: (Int) -> Void) {
        while true {
            let block = next.add(1, ordering: .relaxed).oldValue
            if block >= blocks { return }
            body(block)
        }
    }

    private func work() {
        var seen = 0
        while true {
            var spins = 0
            while generation.load(ordering: .acquiring) == seen {
                if stopping.load(ordering: .acquiring) { return }
                spins += 1
                if spins < WorkerPool.spins { lethe_pause(); continue }
                pthread_mutex_lock(mutex)
                sleeping.add(1, ordering: .sequentiallyConsistent)
                while generation.load(ordering: .sequentiallyConsistent) == seen,
                    !stopping.load(ordering: .acquiring)
                {
                    pthread_cond_wait(wake, mutex)
                }
                sleeping.subtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
            }
            seen += 1
            if let body { takeBlocks(body) }
            running.subtract(1, ordering: .releasing)
        }
    }
}
