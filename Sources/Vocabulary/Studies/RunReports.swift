/// How far runs are that go on in copies of this process, told through one pipe that all of them write to.
import Foundation
import Language

final class RunReports {
    private let input: Int32
    private let output: Int32
    private var unread: [UInt8] = []
    private var lastTold = -Double.infinity

    /// Seconds between two reports of a run: whoever shows them draws no more often.
    private static let pause = 0.2
    /// So many bytes stay together, whoever else writes.
    private static let longest = 256

    /// Made before the copies are. Where there can be no pipe, nothing is told.
    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // A report that nobody reads holds up no run.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (input, output) = (ends[0], ends[1])
    }

    deinit { for end in [input, output] where end >= 0 { close(end) } }

    /// Tells it, in a copy.
    func tell(_ words: String, of job: Int) {
        let now = ProcessInfo.processInfo.systemUptime
        guard now - lastTold >= Self.pause else { return }
        lastTold = now
        let line = Array("\(job) \(visibleLine(words))".utf8.prefix(Self.longest)) + [10]
        _ = line.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
    }

    /// What has been told since it was last asked.
    func arrived() -> [(job: Int, words: String)] {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while case let count = read(input, &buffer, buffer.count), count > 0 { unread += buffer[..<count] }
        guard let last = unread.lastIndex(of: 10) else { return [] }
        defer { unread.removeSubrange(...last) }
        return unread[..<last].split(separator: 10).compactMap { line in
            let parts = line.split(separator: 32, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 2, let job = Int(parts[0]) else { return nil }
            return (job, parts[1])
        }
    }
}
