// A line for the shell (`!ls`) run for another program: it reads nothing, and what it writes is handed over.
import Foundation
import Glibc
import Tensors

/// Runs lines for the shell where there is no terminal.
public struct ShellLine {
    private let cancellation: Cancellation

    public init(cancellation: Cancellation) { self.cancellation = cancellation }

    /// Runs a line and hands over what it writes to either stream, as it comes. An interrupt ends its processes.
    public func run(_ line: String, _ output: (String) -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return output("there is no pipe to the shell\n") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        guard let child = start(line, writingTo: ends[1]) else {
            close(ends[1])
            return output("the shell /bin/sh does not start\n")
        }
        close(ends[1])
        var ending: String?
        var pending: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16), wasStopped = false
        while true {
            var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, 50)
            if cancellation.isRequested, !wasStopped {
                wasStopped = true
                kill(-child, SIGINT)
            }
            if cancellation.isAbandoned { kill(-child, SIGKILL) }
            guard ready > 0 else {
                // What it has put into the background may hold the pipe for long.
                if ending == nil { ending = Self.end(of: child, waits: false) }
                if ending != nil { break }
                continue
            }
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            output(Self.takeText(&pending))
        }
        if !pending.isEmpty { output(String(decoding: pending, as: UTF8.self)) }
        if let text = ending ?? Self.end(of: child, waits: true), !text.isEmpty { output(text) }
    }

    /// The bytes so far as text; those of a character that is not whole yet stay.
    private static func takeText(_ bytes: inout [UInt8]) -> String {
        var end = bytes.count
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if size > back { end = bytes.count - back }
            break
        }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeSubrange(..<end)
        return text
    }

    /// In a process group of its own, with no signal held back.
    private func start(_ line: String, writingTo output: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(line), nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        return posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, environ) == 0 ? child : nil
    }

    /// What is to be said of how it ended; nil while it goes on.
    private static func end(of child: pid_t, waits: Bool) -> String? {
        var status: Int32 = 0, found: pid_t
        repeat { found = waitpid(child, &status, waits ? 0 : WNOHANG) } while found < 0 && errno == EINTR
        if found == 0 { return nil }
        if status & 0x7F != 0 { return "[ended by signal \(status & 0x7F)]\n" }
        let code = status >> 8 & 0xFF
        return code == 0 ? "" : "[exit status \(code)]\n"
    }
}
