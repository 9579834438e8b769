// Lines that several threads write to one stream, each whole.
import Files
import Foundation
import Glibc

/// Writes JSON values, one a line.
public final class LineWriter: @unchecked Sendable {  // the descriptor is only written to with the lock held
    private let lock = NSLock()
    private let descriptor: Int32
    private var hasFailed = false

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// The reader went away, or the stream failed: nothing more can be written.
    public var isBroken: Bool { lock.withLock { hasFailed } }

    public func write(_ value: JSON) {
        // Texts of a session are valid; numbers that JSON does not know do not come here.
        guard var text = try? value.text(.compact, nonFinite: .null) else { return }
        text += "\n"
        lock.withLock { if !hasFailed { hasFailed = !writeAll(text) } }
    }

    /// Returns when nobody can read any more what is written; for a stream that is a file, never.
    func waitUntilNobodyReads() {
        while !isBroken {
            var state = pollfd(fd: descriptor, events: 0, revents: 0)
            if poll(&state, 1, 500) > 0, Int32(state.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 { return }
        }
    }

    private func writeAll(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return true }
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, base + done, bytes.count - done)
                if count > 0 {
                    done += count
                } else if count < 0, errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, 1000)
                } else if !(count < 0 && errno == EINTR) {
                    return false
                }
            }
            return true
        }
    }
}

/// The standard streams of a program that speaks a protocol on them: nothing else may get between its lines.
public enum ProtocolStreams {
    /// A descriptor for the protocol alone; who reads standard input from now on finds its end.
    public static func takeStandardInput() -> Int32 {
        let own = fcntl(0, F_DUPFD_CLOEXEC, 3), nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard own >= 0, nothing >= 0 else { return 0 }
        dup2(nothing, 0)
        close(nothing)
        return own
    }

    /// A descriptor for the protocol alone; what is written to standard output from now on goes to standard error.
    public static func takeStandardOutput() -> Int32 {
        let own = fcntl(1, F_DUPFD_CLOEXEC, 3)
        guard own >= 0 else { return 1 }
        dup2(2, 1)
        return own
    }
}
