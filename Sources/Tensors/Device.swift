/// Where tensors live and are computed: memory, threads, and the flag that stops long work. Passed or owned, never
/// global.
import COpenBLAS

public final class Device: Sendable {
    public let workers: WorkerPool
    public let cancellation: Cancellation
    /// The processes that compute this together.
    public let ranks: Ranks
    let buffers: BufferPool
    let waiting = WaitingChains()

    /// - Parameters:
    ///   - threads: threads to compute with (at least 1); results are the same for every number.
    ///   - memoryLimit: bytes of tensors beyond which a request is refused; nine tenths of the machine's by default.
    ///   - ranks: the processes that share the work; this one alone by default.
    public init(
        threads: Int, memoryLimit: Int? = nil, cancellation: Cancellation = Cancellation(), ranks: Ranks = Ranks()
    ) {
        // OpenBLAS runs on one thread inside ours: its own splitting would change digits with the number of threads.
        openblas_set_num_threads(1)
        workers = WorkerPool(threads: threads)
        self.cancellation = cancellation
        self.ranks = ranks
        buffers = BufferPool(limit: memoryLimit ?? SystemMemory.total / 10 * 9)
    }

    /// Processors this process may run on, by its affinity and its control group's quota.
    public static var availableCores: Int { AvailableProcessors.count }

    public var memory: MemoryUsage { buffers.usage }
    public var memoryLimit: Int { buffers.limit }
    public func trimMemory() { buffers.trim() }

    /// Gives memory that no tensor uses back to the system.
    public func releaseUnusedMemory() { buffers.release() }

    /// What `body` gives, and the most bytes of tensors that were in use at once meanwhile.
    /// - Parameter isCounted: whether it counts for the peak of what this is a part of, too.
    public func peakMemory<R>(
        isCounted: Bool = true, during body: () throws -> R
    ) rethrows -> (result: R, bytes: Int) {
        try buffers.peak(isCounted: isCounted, during: body)
    }

    /// Refuses a job whose estimate (bytes) fits neither the limit nor what the system has left, before it starts.
    public func require(bytes: Int) throws {
        let usage = buffers.usage
        // Asking the system takes longer than making a small tensor.
        if bytes < 1 << 20, bytes <= buffers.limit - usage.live { return }
        let free = min(buffers.limit - usage.live, SystemMemory.available() + usage.cached)
        if bytes > free { throw TensorError.outOfMemory(needed: bytes, available: max(0, free)) }
    }

    func allocate(_ count: Int) throws -> Storage {
        let (base, size) = try buffers.take(count)
        return Storage(device: self, base: base, size: size)
    }

    /// Elements of a block of elementwise work: fixed, so that no result depends on the number of threads.
    static let block = 1 << 15

    /// Calls `body(start, length)` for consecutive blocks of 0 ..< `count`.
    package func forEachBlock(_ count: Int, size: Int = Device.block, _ body: (Int, Int) -> Void) {
        if count <= size {
            if count > 0 { body(0, count) }
            return
        }
        workers.run((count + size - 1) / size) { body($0 * size, min(size, count - $0 * size)) }
    }

    /// `body(start, length)` of each block of 0 ..< `count`, in order.
    package func partials<Part>(_ count: Int, _ body: (Int, Int) -> Part) -> [Part] {
        let blocks = (count + Device.block - 1) / Device.block
        if blocks <= 1 { return count == 0 ? [] : [body(0, count)] }
        return [Part](unsafeUninitializedCapacity: blocks) { buffer, initialized in
            let parts = buffer
            forEachBlock(count) { parts.initializeElement(at: $0 / Device.block, to: body($0, $1)) }
            initialized = blocks
        }
    }
}
