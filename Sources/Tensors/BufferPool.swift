/// Float buffers that are used again instead of going back to the system: after its second step a training loop
/// allocates nothing.
import Glibc
import Synchronization

/// A block of float32 memory, 64-byte aligned; it goes back to its device's pool when the last reference ends.
public final class Storage: @unchecked Sendable {
    public let device: Device
    let base: UnsafeMutablePointer<Float>
    /// Capacity in elements, as rounded by the pool.
    let capacity: Int

    init(device: Device, base: UnsafeMutablePointer<Float>, capacity: Int) {
        self.device = device
        self.base = base
        self.capacity = capacity
    }

    deinit {
        if isAside {
            takeBack()
            device.buffers.count(capacity)
        }
        device.buffers.recycle(base, capacity)
    }

    private let aside = Atomic<Bool>(false)
    /// Whether it lies in a file (see `setAside`).
    var isAside: Bool { aside.load(ordering: .relaxed) }

    /// From now on it lies in a file.
    func wasSetAside() {
        aside.store(true, ordering: .relaxed)
        device.buffers.count(-capacity)
    }
}

final class BufferPool: Sendable {
    /// Owned by the pool alone while it is unused.
    private struct Unused: @unchecked Sendable {
        let base: UnsafeMutablePointer<Float>
    }

    private struct State: Sendable {
        var free: [Int: [Unused]] = [:]
        var live = 0
        /// The most that were in use at once: in the part that is looked at, and before it.
        var peak = 0, record = 0
        var cached = 0
        var allocations = 0

        mutating func release() { release(untilCached: 0) }

        /// Gives unused buffers back to the system, the largest first, until so many bytes are left.
        mutating func release(untilCached most: Int) {
            guard cached > most else { return }
            for capacity in free.keys.sorted(by: >) {
                let bytes = capacity * MemoryLayout<Float>.stride
                while cached > most, let buffer = free[capacity]?.popLast() {
                    BufferPool.free(buffer.base, bytes: bytes)
                    cached -= bytes
                }
                if cached <= most { break }
            }
        }

        /// Bytes in use and kept together, beyond which buffers go back to the system.
        ///
        /// Buffers of different sizes are in use at different times, so that a step needs more of them in all than
        /// ever at once; with half as much again none of them goes back to the system, which would have to clear it
        /// anew each time. A large process keeps to what it had in use at once, less what huge pages round up.
        var most: Int { max(min(highest + highest / 2, BufferPool.roomy), highest - highest / 8, 64 << 20) }
        var highest: Int { max(peak, record) }
    }
    private let state = Mutex(State())
    /// Bytes beyond which a request is refused.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    deinit {
        state.withLock { $0.release() }
    }

    /// Requests from this size on (bytes) ask the system first whether it has the memory.
    private static let large = 256 << 20

    /// Bytes from which on a process is large.
    private static let roomy = 1 << 30

    /// Gives a buffer back to the system. Whole pages go at once: what the allocator keeps of them would count.
    private static func free(_ buffer: UnsafeMutablePointer<Float>, bytes: Int) {
        if bytes >= 1 << 20 {
            let page = 4096, start = (Int(bitPattern: buffer) + page - 1) / page * page
            let end = (Int(bitPattern: buffer) + bytes) / page * page
            madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_DONTNEED)
        }
        Glibc.free(buffer)
    }

    /// Sizes are rounded up to a quarter of a power of two, so that nearly equal sizes share buffers; large ones to
    /// 4 MB.
    static func rounded(_ count: Int) -> Int {
        guard count > 64 else { return 64 }
        if count > 1 << 24 { return (count + (1 << 20) - 1) / (1 << 20) * (1 << 20) }
        let step = max(16, 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount - 3))
        return (count + step - 1) / step * step
    }

    func take(_ count: Int) throws -> (UnsafeMutablePointer<Float>, Int) {
        let capacity = BufferPool.rounded(count)
        let bytes = capacity * MemoryLayout<Float>.stride
        return try state.withLock { state in
            if let buffer = state.free[capacity]?.popLast() {
                state.cached -= bytes
                state.live += bytes
                state.peak = max(state.peak, state.live)
                return (buffer.base, capacity)
            }
            if state.live + bytes > limit {
                throw TensorError.outOfMemory(needed: bytes, available: max(0, limit - state.live))
            }
            state.release(untilCached: max(0, min(state.most, limit) - state.live - bytes))
            // The system grants memory that it does not have, and kills who then uses it.
            if bytes >= BufferPool.large
                || bytes >= 1 << 20 && SystemMemory.processRoom().map({ $0 < 4 * bytes }) ?? false
            {
                if SystemMemory.available() < bytes, state.cached > 0 { state.release() }
                let available = SystemMemory.available()
                if bytes > available { throw TensorError.outOfMemory(needed: bytes, available: available) }
            }
            // Large buffers start on huge pages, which saves most of the cost of touching them first.
            let hugePages = bytes >= 4 << 20
            var pointer: UnsafeMutableRawPointer?
            guard posix_memalign(&pointer, hugePages ? 2 << 20 : 64, bytes) == 0, let pointer else {
                throw TensorError.outOfMemory(
                    needed: bytes, available: max(0, min(limit - state.live, SystemMemory.available())))
            }
            if hugePages { madvise(pointer, bytes, MADV_HUGEPAGE) }
            state.live += bytes
            state.peak = max(state.peak, state.live)
            state.allocations += 1
            return (pointer.assumingMemoryBound(to: Float.self), capacity)
        }
    }

    /// Counts so many elements more as in use.
    func count(_ elements: Int) { state.withLock { $0.live += elements * MemoryLayout<Float>.stride } }

    func recycle(_ buffer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        let bytes = capacity * MemoryLayout<Float>.stride
        state.withLock { state in
            state.live -= bytes
            if state.live + state.cached + bytes > state.most {
                Self.free(buffer, bytes: bytes)
            } else {
                state.cached += bytes
                state.free[capacity, default: []].append(Unused(base: buffer))
            }
        }
    }

    /// Gives every unused buffer back to the system; the peak stays.
    func release() { state.withLock { $0.release() } }

    /// The same, and the peak begins anew.
    func trim() {
        state.withLock {
            $0.release(); ($0.peak, $0.record) = ($0.live, 0)
        }
    }

    /// What `body` gives, and the most bytes that were in use at once meanwhile; the peak of all time stays.
    /// - Parameter isCounted: whether it counts for the peak of what this is a part of, too.
    func peak<R>(isCounted: Bool = true, during body: () throws -> R) rethrows -> (result: R, bytes: Int) {
        let outer = state.withLock { state in
            defer { state.peak = state.live }
            return state.peak
        }
        defer {
            state.withLock {
                $0.record = $0.highest
                $0.peak = max(isCounted ? $0.peak : $0.live, outer)
            }
        }
        let result = try body()
        return (result, state.withLock { $0.peak })
    }

    var usage: MemoryUsage {
        state.withLock { MemoryUsage(live: $0.live, peak: $0.highest, cached: $0.cached, allocations: $0.allocations) }
    }
}

/// What a device's tensors use, in bytes, and how often the system was asked for memory.
public struct MemoryUsage: Equatable, Sendable {
    public let live, peak, cached, allocations: Int
}
