/// A time within which something must have happened that cannot be looked at meanwhile.
import Glibc
import Synchronization

final class Deadline: Sendable {
    private let isOver = Atomic(false)

    /// Ends the process, with a message, where the deadline is not met.
    init(seconds: UInt32, _ message: @escaping @Sendable () -> String) {
        let work = Unmanaged.passRetained(Work(deadline: self, seconds: seconds, message: message))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().wait() }
                return nil
            }, work.toOpaque())
        if code == 0 { pthread_detach(thread) } else { work.release() }
    }

    /// Nothing is to end any more.
    func isMet() { isOver.store(true, ordering: .releasing) }

    private final class Work: Sendable {
        let deadline: Deadline
        let seconds: UInt32
        let message: @Sendable () -> String

        init(deadline: Deadline, seconds: UInt32, message: @escaping @Sendable () -> String) {
            (self.deadline, self.seconds, self.message) = (deadline, seconds, message)
        }

        func wait() {
            sleep(seconds)
            guard !deadline.isOver.load(ordering: .acquiring) else { return }
            let text = Array(message().utf8)
            _ = write(2, text, text.count)
            _exit(1)
        }
    }
}
