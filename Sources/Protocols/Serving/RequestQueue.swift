// What other threads see of the one that runs cells: the requests that wait for it, the one it is at, and how to stop
// that one.
import Foundation
import Tensors

/// Hands requests to the thread that owns the session, one after the other. Threads that read from other programs add
/// them, and interrupt.
public final class RequestQueue<Request: Sendable>: @unchecked Sendable {  // all of its state is behind `condition`
    private let condition = NSCondition()
    private let cancellation: Cancellation
    private let limit: Int
    private var waiting: [Request] = []
    private var running: Request?
    private var isClosed = false
    private var lastStop: ContinuousClock.Instant?

    /// Two interrupts of one request belong together when no more than this lies between them.
    private static var belongTogether: Duration { .seconds(1) }

    /// - Parameters:
    ///   - cancellation: what the session polls.
    ///   - limit: requests that may wait; whoever sends more is told so.
    public init(cancellation: Cancellation, limit: Int = 1000) {
        self.cancellation = cancellation
        self.limit = limit
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    /// Adds a request. Returns false where too many wait, or none is taken any more.
    public func add(_ request: Request) -> Bool {
        locked {
            guard !isClosed, waiting.count < limit else { return false }
            waiting.append(request)
            condition.signal()
            return true
        }
    }

    /// The next request, when there is one; nil when there will be none. Until ``finish()`` it can be interrupted.
    public func next() -> Request? {
        locked {
            while waiting.isEmpty, !isClosed { condition.wait() }
            guard !waiting.isEmpty else { return nil }
            cancellation.reset()
            lastStop = nil
            running = waiting.removeFirst()
            return running
        }
    }

    /// The request has been dealt with; an interrupt that came too late is forgotten.
    public func finish() {
        locked {
            running = nil
            cancellation.reset()
        }
    }

    /// Asks the running request to stop, if it is one of those; twice within a second, or `abandoning`, to give up its
    /// statement. Returns whether it is.
    @discardableResult
    public func interrupt(abandoning: Bool = false, where isMeant: (Request) -> Bool = { _ in true }) -> Bool {
        locked {
            guard let running, isMeant(running) else { return false }
            let now = ContinuousClock.now
            let isSecond = lastStop.map { now - $0 <= Self.belongTogether } ?? false
            lastStop = now
            if abandoning || isSecond { cancellation.abandon() } else { cancellation.request() }
            return true
        }
    }

    /// Takes requests out that have not begun.
    public func withdraw(where isMeant: (Request) -> Bool = { _ in true }) -> [Request] {
        locked {
            let taken = waiting.filter(isMeant)
            waiting.removeAll(where: isMeant)
            return taken
        }
    }

    /// Takes no further requests.
    ///
    /// - Parameter dropping: those that wait are dropped, and the one that runs is asked to stop.
    public func close(dropping: Bool) {
        locked {
            isClosed = true
            if dropping {
                waiting = []
                if running != nil { cancellation.request() }
            }
            condition.broadcast()
        }
    }
}
