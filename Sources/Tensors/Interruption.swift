/// The flag that Ctrl-C sets and long computations poll.
import Synchronization

public final class Interruption: Sendable {
    private let requested = Atomic<Bool>(false)
    public init() {}

    /// Asks whatever runs to stop; safe in a signal handler.
    public func request() { requested.store(true, ordering: .relaxed) }
    public func clear() { requested.store(false, ordering: .relaxed) }
    public var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Throws `TensorError.interrupted` if a stop was asked for.
    @inline(__always)
    public func check() throws {
        if isRequested { throw TensorError.interrupted }
    }
}
