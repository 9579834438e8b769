// Tries many inputs of one kind in child processes, and finds the ones they die of.
import Foundation

/// What was found.
struct FuzzFailure {
    let index: Int
    let message: String
}

struct Campaign {
    let kind: any FuzzKind.Type
    let seed: UInt64

    /// Seconds of computing after which an input that was interrupted counts as deaf to it.
    static let deaf = 20.0
    /// Bytes of memory that no input may take.
    static let memory = 3 << 30
    /// Findings after which a kind is given up.
    static let most = 10

    /// Tries the inputs of a range.
    func run(_ range: Range<Int>) -> [FuzzFailure] {
        var failures: [FuzzFailure] = [], next = range.lowerBound
        while next < range.upperBound, failures.count < Self.most {
            let child = Child([
                "--worker", kind.name, "--seed", String(seed), "--from", String(next), "--to", String(range.upperBound),
            ])
            var (last, told) = (next - 1, [FuzzFailure]())
            let ending = child.follow(deaf: Self.deaf, memory: Self.memory) { line in
                if line.hasPrefix("> "), let index = Int(line.dropFirst(2)) { last = index }
                if line.hasPrefix("! ") { told.append(FuzzFailure(index: last, message: String(line.dropFirst(2)))) }
            }
            failures += told
            guard let ending else { break }
            failures.append(FuzzFailure(index: last, message: ending))
            if last < next { break }
            next = last + 1
        }
        return failures
    }

    /// Tries one input from a file; what was found, if anything.
    func run(file: String) -> String? {
        let child = Child(["--worker", kind.name, "--file", file])
        var told: String?
        let ending = child.follow(deaf: Self.deaf, memory: Self.memory) {
            if $0.hasPrefix("! ") { told = String($0.dropFirst(2)) }
        }
        return ending ?? told
    }
}

/// A child process that tries inputs.
final class Child {
    private let process = Process()
    private let output = Pipe()
    private let errors: String

    init(_ arguments: [String]) {
        errors = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-fuzz-\(UUID().uuidString)").path
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: errors)
        var environment = ProcessInfo.processInfo.environment
        // What it died of is enough; where, is found by trying the input again.
        if environment["SWIFT_BACKTRACE"] == nil { environment["SWIFT_BACKTRACE"] = "enable=no" }
        process.environment = environment
    }

    deinit { try? FileManager.default.removeItem(atPath: errors) }

    /// Reads the child's lines to its end; how it ended, nil when well.
    func follow(deaf: Double, memory: Int, _ line: (String) -> Void) -> String? {
        do {
            try process.run()
        } catch {
            return "cannot be started: \(error)"
        }
        var buffer: [UInt8] = [], since = (computed: 0.0, wall: Date()), verdict: String?
        let descriptor = output.fileHandleForReading.fileDescriptor
        while true {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if Foundation.poll(&poll, 1, 250) > 0 {
                var bytes = [UInt8](repeating: 0, count: 65536)
                let count = read(descriptor, &bytes, bytes.count)
                if count <= 0 { break }
                buffer += bytes[..<count]
                while let end = buffer.firstIndex(of: 10) {
                    line(String(decoding: buffer[..<end], as: UTF8.self))
                    buffer.removeSubrange(...end)
                    since = (computed, Date())
                }
            } else if verdict == nil {
                if computed - since.computed > deaf { verdict = "did not stop \(Int(deaf)) s after it was interrupted" }
                // A file that waits for a writer, a lock: nothing is computed, and nothing goes on.
                if computed - since.computed < 1, Date().timeIntervalSince(since.wall) > 300 {
                    verdict = "waits for ever"
                }
                if resident > memory { verdict = "took \(resident >> 20) MiB of memory" }
                if verdict != nil { kill(process.processIdentifier, SIGKILL) }
            }
        }
        process.waitUntilExit()
        if let verdict { return verdict }
        if process.terminationReason == .uncaughtSignal { return "died of signal \(process.terminationStatus)" + said }
        return process.terminationStatus == 0 ? nil : "ended with status \(process.terminationStatus)" + said
    }

    /// The last words of the child.
    private var said: String {
        let text = String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        return (lines.last { $0.contains("rror") } ?? lines.last).map { ": " + $0.prefix(300) } ?? ""
    }

    /// Seconds it has computed.
    private var computed: Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8) else {
            return 0
        }
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private var resident: Int {
        guard let statm = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
        else { return 0 }
        let fields = statm.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
