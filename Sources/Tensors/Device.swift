/// Where tensors live and are computed: memory, threads, and the flag that stops long work. Passed or owned, never
/// global.
import COpenBLAS

public final class Device: Sendable {
    public let workers: WorkerPool
    public let cancellation: Cancellation
    let buffers: BufferPool
    let waiting = WaitingChains()

    /// - Parameters:
    ///   - threads: threads to compute with (at least 1); results are the same for every number.
    ///   - memoryLimit: bytes of tensors beyond which a request is refused; nine tenths of the machine's by default.
    public init(threads: Int, memoryLimit: Int? = nil, cancellation: Cancellation = Cancellation()) {
        // OpenBLAS runs on one thread inside ours: its own splitting would change digits with the number of threads.
        openblas_set_num_threads(1)
        workers = WorkerPool(threads: threads)
        self.cancellation = cancellation
        buffers = BufferPool(limit: memoryLimit ?? SystemMemory.total / 10 * 9)
    }

    /// Processors this process may run on, by its affinity and its control group's quota.
    public static var availableCores: Int { AvailableProcessors.count }

    public var memory: MemoryUsage { buffers.usage }
    public var memoryLimit: Int { buffers.limit }
    public func trimMemory() { buffers.trim() }

    /// Refuses a job whose estimate (bytes) fits neither the limit nor what the system has left, before it starts.
    public func require(bytes: Int) throws {
        let usage = buffers.usage
        let free = min(buffers.limit - usage.live, SystemMemory.available() + usage.cached)
        if bytes > free { throw TensorError.outOfMemory(needed: bytes, available: max(0, free)) }
    }

    func allocate(_ count: Int) throws -> Storage {
        let (base, capacity) = try buffers.take(count)
        return Storage(device: self, base: base, capacity: capacity)
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

    /// The sum of `body(start, length)` over the blocks of 0 ..< `count`, added in order.
    package func total(_ count: Int, _ body: (Int, Int) -> Int) -> Int {
        let blocks = (count + Device.block - 1) / Device.block
        if blocks <= 1 { return count == 0 ? 0 : body(0, count) }
        var parts = [Int](repeating: 0, count: blocks)
        parts.withUnsafeMutableBufferPointer { buffer in
            let parts = buffer
            forEachBlock(count) { parts[$0 / Device.block] = body($0, $1) }
        }
        return parts.reduce(0, +)
    }
}
