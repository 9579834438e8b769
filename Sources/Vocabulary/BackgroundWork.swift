/// Work that knows nothing of Ctrl-C, such as reading a file or learning a tokenizer, done so that Ctrl-C still
/// returns.
import Foundation
import Language
import Tensors

/// Runs work on a thread of its own. When the user asks to stop, the work is left to end unseen, and this throws.
///
/// - Parameter work: must not compute with tensors, whose threads and memory serve one computation at a time.
func interruptible<R: Sendable>(_ cancellation: Cancellation, _ work: @escaping @Sendable () throws -> R) throws -> R {
    let outcome = Outcome<R>()
    let thread = Thread {
        // Signals belong to the main thread.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        outcome.settle(Result { try work() })
    }
    // Parsers nest.
    thread.stackSize = 64 << 20
    thread.start()
    while true {
        if let result = outcome.wait(milliseconds: 20) { return try result.get() }
        try cancellation.check()
    }
}

/// What work on another thread came to, once it did.
private final class Outcome<R: Sendable>: @unchecked Sendable {  // the lock guards the result
    private let lock = NSCondition()
    private var result: Result<R, any Error>?

    func settle(_ result: Result<R, any Error>) {
        lock.lock()
        self.result = result
        lock.signal()
        lock.unlock()
    }

    /// Waits for the result; nil when the time passes first.
    func wait(milliseconds: Int) -> Result<R, any Error>? {
        lock.lock()
        defer { lock.unlock() }
        if result == nil { _ = lock.wait(until: Date(timeIntervalSinceNow: Double(milliseconds) / 1000)) }
        return result
    }
}
