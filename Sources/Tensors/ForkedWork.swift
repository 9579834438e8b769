/// Work that copies of this process do beside one another, each with one thread.
import Glibc

/// What came of one piece of work in a copy of the process.
public enum ForkedResult: Sendable {
    /// The bytes that the work gave.
    case finished([UInt8])
    /// The copy ended before it was done; says how.
    case lost(String)
}

/// Numbered pieces of work, each done by a copy of this process made for it. A piece sees all that this process holds and
/// changes none of it; of a copy that ends before its time only that piece is lost. Copies end with this process,
/// also where it is killed.
public struct ForkedWork {
    private struct Copy {
        let process: pid_t
        let descriptor: Int32
        let piece: Int
        var bytes: [UInt8] = []
    }

    private let device: Device
    private let most: Int

    /// - Parameter most: copies at a time.
    public init(on device: Device, most: Int) {
        self.device = device
        self.most = max(1, most)
    }

    /// Does the pieces in their order, and reports each as it is done. When `finished` throws, those under way are
    /// given up.
    /// - Parameters:
    ///   - work: runs in the copies; what it gives is sent back.
    ///   - closing: descriptors that copies have no use for, such as those of locked files.
    ///   - waiting: is called a few times a second, and may throw to stop.
    ///   - started: is called when a piece begins.
    public func run(
        _ pieces: [Int], closing descriptors: [Int32] = [], work: (Int) -> [UInt8], waiting: () throws -> Void,
        finished: (Int, ForkedResult) throws -> Void
    ) throws {
        var left = pieces[...], copies: [Copy] = []
        defer {
            for copy in copies {
                kill(copy.process, SIGKILL)
                _ = Self.end(of: copy)
            }
        }
        while !left.isEmpty || !copies.isEmpty {
            try waiting()
            while copies.count < most, let piece = left.first {
                left.removeFirst()
                if let copy = start(piece, closing: descriptors, work) {
                    copies.append(copy)
                } else if copies.isEmpty {
                    try finished(piece, .lost("no process could be made for it: \(String(cString: strerror(errno)))"))
                } else {
                    // Where the system allows no more processes, fewer do.
                    left.insert(piece, at: left.startIndex)
                    break
                }
            }
            for index in Self.ready(copies).reversed() where !Self.read(&copies[index]) {
                let copy = copies.remove(at: index)
                let end = Self.end(of: copy)
                try finished(copy.piece, end.map { .lost($0) } ?? .finished(copy.bytes))
            }
        }
    }

    private func start(_ piece: Int, closing descriptors: [Int32], _ work: (Int) -> [UInt8]) -> Copy? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A copy would pay for each unused buffer that it uses: the page is copied first.
        device.buffers.release()
        let process = device.workers.fork()
        if process == 0 {
            for descriptor in descriptors + [ends[0]] { close(descriptor) }
            Self.silence()
            Self.write(work(piece), to: ends[1])
            // Nothing of what this process would do at its end is the copy's business.
            _exit(0)
        }
        let code = errno
        close(ends[1])
        guard process > 0 else {
            close(ends[0])
            errno = code
            return nil
        }
        return Copy(process: process, descriptor: ends[0], piece: piece)
    }

    /// The terminal belongs to the process that was copied.
    private static func silence() {
        let nowhere = open("/dev/null", O_RDWR)
        guard nowhere >= 0 else { return }
        for descriptor: Int32 in 0...2 { dup2(nowhere, descriptor) }
        if nowhere > 2 { close(nowhere) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, base + done, buffer.count - done)
                if count < 0 && errno != EINTR { _exit(1) }
                done += max(0, count)
            }
        }
    }

    /// Waits a moment for copies that have something to say.
    private static func ready(_ copies: [Copy]) -> [Int] {
        var polled = copies.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), 50) > 0 else { return [] }
        return polled.indices.filter { polled[$0].revents != 0 }
    }

    /// Takes in what has arrived. Returns whether more may come.
    private static func read(_ copy: inout Copy) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(copy.descriptor, &buffer, buffer.count)
        if count > 0 { copy.bytes += buffer[..<count] }
        return count > 0 || count < 0 && errno == EINTR
    }

    /// Waits for a copy that has said all, and tells how it ended; nil where it had done its work.
    private static func end(of copy: Copy) -> String? {
        close(copy.descriptor)
        var status: Int32 = 0
        while waitpid(copy.process, &status, 0) < 0 {
            if errno != EINTR { return nil }
        }
        let signal = status & 0x7F
        if signal == SIGKILL { return "its process was killed, as the system does where memory runs out" }
        if signal != 0 { return "its process ended by signal \(signal) (\(String(cString: strsignal(signal))))" }
        return status == 0 ? nil : "its process ended with status \(status >> 8 & 0xFF)"
    }
}
