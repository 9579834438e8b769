// The file in which all that other programs had run is written down (`--log`).
import Files
import Foundation
import Notebook

/// A line before each run, so that what ended the program stands there too, and one when it has ended.
public final class SessionLog {
    private let log: LineLog

    /// - Throws: `FileError` for a file that cannot be written.
    public init(_ path: String) throws { log = try LineLog(path) }

    public func began(_ code: String, id: JSON) {
        write(["time": .string(Self.time()), "id": id, "run": .string(code)])
    }

    public func ended(_ run: CollectedRun, id: JSON) {
        write([
            "time": .string(Self.time()), "id": id, "status": .string(run.status.rawValue),
            "printed": .string(String(run.text.prefix(10_000))),
        ])
    }

    /// Something that was refused or taken out of turn.
    public func note(_ what: String, id: JSON) {
        write(["time": .string(Self.time()), "id": id, "note": .string(what)])
    }

    private func write(_ line: JSON) {
        guard let text = try? line.text(.compact, nonFinite: .null) else { return }
        do {
            try log.append(text)
        } catch {
            FileHandle.standardError.write(Data("warning: the log cannot be written: \(error)\n".utf8))
        }
    }

    private static func time() -> String { Date().formatted(.iso8601) }
}
