// Tries inputs in this process, which may die of one; whoever started it reads from its output where it was.
import Foundation
import Synchronization
import Tensors

/// Writes `> number` before every input and `! message` for what must not be so.
struct Worker {
    let kind: any FuzzKind.Type
    let seed: UInt64

    /// Seconds of computing after which an input is interrupted, as by Ctrl-C.
    static let patience = 1.0

    /// Tries the inputs of a range, or one from a file.
    func run(_ range: Range<Int>, file: [UInt8]? = nil) throws {
        try Self.inOwnFolder { folder in
            let kind = try kind.init(Fuzz.corpus()), watch = Watch()
            Self.empty(folder)
            for index in range {
                var random = FuzzRandom(seed: seed, kind: type(of: kind).name, index: index)
                let input = file ?? kind.input(&random)
                say("> \(index)")
                watch.begin()
                do {
                    try kind.run(input, Bench(watch.cancellation))
                } catch let finding as Finding {
                    say("! " + finding.message.replacingOccurrences(of: "\n", with: " "))
                }
                watch.end()
                Self.empty(folder)
            }
        }
    }

    /// Runs something with a new folder as the current one, which is removed after it.
    static func inOwnFolder<T>(_ body: (String) throws -> T) throws -> T {
        let files = FileManager.default, before = files.currentDirectoryPath
        let folder = files.temporaryDirectory.appendingPathComponent("lethe-fuzz-\(getpid())").path
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            _ = files.changeCurrentDirectoryPath(before)
            try? files.removeItem(atPath: folder)
        }
        guard files.changeCurrentDirectoryPath(folder) else { throw Finding(message: "cannot go to \(folder)") }
        return try body(folder)
    }

    private static func empty(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// Interrupts an input that computes for too long, and again while it goes on.
private final class Watch: Sendable {
    let cancellation = Cancellation()
    private let start = Atomic<UInt64>(0)

    init() {
        Thread.detachNewThread { [self] in
            while true {
                usleep(50_000)
                let begun = start.load(ordering: .relaxed)
                if begun != 0, Self.computed() > begun + UInt64(Worker.patience * 1e9) { cancellation.request() }
            }
        }
    }

    func begin() {
        cancellation.reset()
        start.store(Self.computed(), ordering: .relaxed)
    }

    func end() {
        start.store(0, ordering: .relaxed)
        cancellation.reset()
    }

    /// Nanoseconds this process has computed; what else the machine does is left out.
    private static func computed() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec) + 1
    }
}
