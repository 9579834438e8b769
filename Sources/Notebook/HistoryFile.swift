// The cells of earlier sessions in a file: each behind a `#seconds` line, as readline and bash write them.
import Foundation
import Language

/// The history file: whole cells, appended after each so that a crash loses nothing and sessions interleave.
///
/// Every failure (no home, a read-only disk) is silent: history is a comfort, and its absence must not stop a session.
public struct HistoryFile: Sendable {
    /// Cells kept; the file is cut to this number when it has grown by a tenth more.
    public static let capacity = 10_000

    public let path: String

    public init(path: String) { self.path = path }

    /// `XDG_STATE_HOME/lethe/history`, or the same in `~/.local/state`; nil where the environment names neither.
    public static func standardPath(environment: [String: String]) -> String? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/lethe/history" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/lethe/history" }
        return nil
    }

    /// All cells, oldest first.
    public func load() -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let cells = Self.decode(String(decoding: data, as: UTF8.self))
        if cells.count > Self.capacity + Self.capacity / 10 { truncate(to: cells.suffix(Self.capacity)) }
        return cells.suffix(Self.capacity)
    }

    /// Whether a cell belongs into the history: not when it is empty, begins with a space or repeats the last one.
    public static func isWorthKeeping(_ cell: String, after last: String?) -> Bool {
        guard let first = cell.first, first != " " else { return false }
        return cell.contains { !$0.isWhitespace } && cell != last
    }

    /// Appends one cell in one write.
    public func append(_ cell: String, at seconds: Int) {
        makeFolder()
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(Self.encode(cell, at: seconds).utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    private func makeFolder() {
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private func truncate(to cells: ArraySlice<String>) {
        let now = Int(Date().timeIntervalSince1970)
        let text = cells.map { Self.encode($0, at: now) }.joined()
        let temporary = path + ".\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        if written == bytes.count { rename(temporary, path) } else { unlink(temporary) }
    }

    /// A cell as it stands in the file.
    public static func encode(_ cell: String, at seconds: Int) -> String {
        let lines = cell.allLines.map { line in
            // Such a line would be taken for a time.
            isTime(line) ? " " + line : String(line)
        }
        return "#\(seconds)\n" + lines.joined(separator: "\n") + "\n"
    }

    /// The cells of a file's text.
    public static func decode(_ text: String) -> [String] {
        var cells: [String] = []
        var lines: [Substring]?
        func finish() {
            if let lines, !lines.isEmpty { cells.append(lines.joined(separator: "\n")) }
        }
        var all = text.allLines
        if all.last == "" { all.removeLast() }
        for line in all {
            if isTime(line) {
                finish()
                lines = []
            } else if lines == nil {
                cells.append(String(line))  // a file without times: a line a cell
            } else {
                lines?.append(line)
            }
        }
        finish()
        return cells
    }

    private static func isTime(_ line: Substring) -> Bool {
        guard line.hasPrefix("#"), let digit = line.dropFirst().first else { return false }
        return digit.isASCII && digit.isNumber
    }
}
