/// Float buffers that are used again instead of going back to the system: after its second step a training loop
/// allocates nothing.
import Glibc
import Synchronization

/// A block of float32 memory, 64-byte aligned; it goes back to its device's pool when the last reference ends.
public final class Storage: @unchecked Sendable {
    public let device: Device
    let base: UnsafeMutablePointer<Float>
    let size: BufferPool.Size

    init(device: Device, base: UnsafeMutablePointer<Float>, size: BufferPool.Size) {
        self.device = device
        self.base = base
        self.size = size
    }

    deinit {
        if isAside {
            takeBack()
            device.buffers.count(size.capacity)
        }
        device.buffers.recycle(base, size)
    }

    private let aside = Atomic<Bool>(false)
    /// Whether it lies in a file (see `setAside`).
    var isAside: Bool { aside.load(ordering: .relaxed) }

    /// From now on it lies in a file.
    func wasSetAside() {
        aside.store(true, ordering: .relaxed)
        device.buffers.count(-size.capacity)
    }
}

final class BufferPool: Sendable {
    /// Elements of a buffer in use: those that were asked for, as rounded, and those that it has room for, which are
    /// more where a larger one was at hand. What counts as in use is the former, so that it hangs on nothing before.
    struct Size {
        let capacity, room: Int
        var bytes: Int { capacity * MemoryLayout<Float>.stride }
        var spare: Int { (room - capacity) * MemoryLayout<Float>.stride }
    }

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
        /// What buffers in use have room for beyond what was asked for.
        var spare = 0
        var allocations = 0

        /// An unused buffer of this capacity or, where a new one would cost others their memory, the smallest that is
        /// less than half as large again: every batch has rows of other lengths, and to clear memory anew for each
        /// takes longer. Of large ones, which may be weights that stay, the spare room is an eighth at most.
        mutating func unused(_ capacity: Int, room most: Int) -> (Unused, Size)? {
            let bytes = capacity * MemoryLayout<Float>.stride
            var room = capacity
            if free[capacity]?.isEmpty ?? true {
                guard live + spare + cached + bytes > most else { return nil }
                let largest = capacity + capacity / (capacity > 1 << 24 ? 8 : 2)
                let larger = free.lazy.filter { capacity < $0.key && $0.key < largest && !$0.value.isEmpty }
                guard let best = larger.map(\.key).min() else { return nil }
                room = best
            }
            guard let buffer = free[room]?.popLast() else { return nil }
            let size = Size(capacity: capacity, room: room)
            cached -= room * MemoryLayout<Float>.stride
            spare += size.spare
            live += bytes
            peak = max(peak, live)
            return (buffer, size)
        }

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

    func take(_ count: Int) throws -> (UnsafeMutablePointer<Float>, Size) {
        let capacity = BufferPool.rounded(count)
        let bytes = capacity * MemoryLayout<Float>.stride
        return try state.withLock { state in
            if let (buffer, size) = state.unused(capacity, room: min(state.most, limit)) { return (buffer.base, size) }
            if state.live + bytes > limit {
                throw TensorError.outOfMemory(needed: bytes, available: max(0, limit - state.live))
            }
            state.release(untilCached: max(0, min(state.most, limit) - state.live - state.spare - bytes))
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
            return (pointer.assumingMemoryBound(to: Float.self), Size(capacity: capacity, room: capacity))
        }
    }

    /// Counts so many elements more as in use.
    func count(_ elements: Int) { state.withLock { $0.live += elements * MemoryLayout<Float>.stride } }

    func recycle(_ buffer: UnsafeMutablePointer<Float>, _ size: Size) {
        let bytes = size.bytes + size.spare
        state.withLock { state in
            state.live -= size.bytes
            state.spare -= size.spare
            if state.live + state.spare + state.cached + bytes > state.most {
                Self.free(buffer, bytes: bytes)
            } else {
                state.cached += bytes
                state.free[size.room, default: []].append(Unused(base: buffer))
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
