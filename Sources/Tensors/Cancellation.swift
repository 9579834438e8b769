/// How far the user wants what runs to be stopped: one object, owned by the session, which everything that computes
/// polls.
import Synchronization

/// Made once for a session and handed down: to the device, so that kernels and solvers poll it, and to whoever takes
/// note of Ctrl-C. The language sees it through its host.
public final class Cancellation: Sendable {
    private let requested = Atomic<Bool>(false)
    private let abandoned = Atomic<Bool>(false)

    public init() {}

    /// Asks whatever runs to stop and keep what it has; safe in a signal handler.
    public func request() { requested.store(true, ordering: .relaxed) }

    /// Asks, too, to give up the statement that runs, so that names keep their values; safe in a signal handler.
    public func abandon() {
        abandoned.store(true, ordering: .relaxed)
        requested.store(true, ordering: .relaxed)
    }

    /// The request was taken notice of: what is left of the statement runs undisturbed, unless it is abandoned.
    public func take() { requested.store(false, ordering: .relaxed) }

    /// Nothing is asked any more: something else is about to run.
    public func reset() {
        requested.store(false, ordering: .relaxed)
        abandoned.store(false, ordering: .relaxed)
    }

    public var isRequested: Bool { requested.load(ordering: .relaxed) }
    public var isAbandoned: Bool { abandoned.load(ordering: .relaxed) }

    /// Throws `TensorError.interrupted` if a stop was asked for.
    @inline(__always)
    public func check() throws {
        if isRequested { throw TensorError.interrupted }
    }
}
