// SIGINT, by which some front ends interrupt: a handler can only leave a mark, and a thread waits for that.
import Glibc
import Protocols
import Synchronization

/// Turns the signal into a call. A process has one handler for it, which can be handed nothing.
enum InterruptSignal {
    /// Where the handler writes. Set before it is installed.
    private static let mark = Atomic<Int32>(-1)

    /// Calls the body, in a thread of its own, whenever the signal comes. It may come in any thread, also in those
    /// that a library started before the program began, so that blocking it does not do.
    static func watch(_ interrupted: @escaping @Sendable () -> Void) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SocketError("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        mark.store(ends[1], ordering: .relaxed)
        let reading = ends[0]
        startThread("signals") {
            var byte: UInt8 = 0
            while true {
                let count = read(reading, &byte, 1)
                if count == 1 { interrupted() } else if !(count < 0 && errno == EINTR) { return }
            }
        }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in InterruptSignal.leaveMark() }
        sigemptyset(&action.sa_mask)
        action.sa_flags = SA_RESTART
        sigaction(SIGINT, &action, nil)
    }

    private static func leaveMark() {
        let before = errno
        var byte: UInt8 = 1
        _ = write(mark.load(ordering: .relaxed), &byte, 1)
        errno = before
    }
}
