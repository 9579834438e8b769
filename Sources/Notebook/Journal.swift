// A session's cells on disk while it lives, so that one that was killed can be brought back: one JSON object a line.
//
// A line is written before a cell runs and another one after it; a line that a kill has torn is left out. The file is
// locked by its session and removed when that ends in peace, so what is there without a lock was killed.
import Files
import Foundation
import Language

/// The journal of a running session. Every failure (no home, a full disk) is silent: it must not stop the session.
public final class Journal {
    /// One cell.
    struct Entry: Codable {
        /// The text, written before it runs.
        var began: String?
        /// It has ended.
        var ended: Bool?
        /// The user stopped it here.
        var stopped: CellRun.Progress?
        /// The user stopped it where no report says how far it had come, or twice: it cannot be repeated.
        var abandoned: Bool?
        /// Scripts that it read, by path.
        var files: [String: String]?
        /// Bringing a lost session back was stopped: this one goes its own way from here.
        var isApart: Bool?
    }

    /// What stands first.
    struct Header: Codable {
        var lethe: Int
        var seed: UInt64
        var folder: String
        var began: Date
        /// The journal of the lost session that is being brought back; while that is there, this one is not whole.
        var restores: String?
    }

    /// Where journals are kept.
    public let folder: String
    private let path: String
    private var descriptor: Int32 = -1

    /// - Parameters:
    ///   - folder: is made when there is none.
    ///   - lost: the session that is about to be brought back.
    public init(folder: String, seed: UInt64, restoring lost: LostSession? = nil) {
        self.folder = folder
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        path = folder + "/\(Int(Date().timeIntervalSince1970 * 1000))-\(getpid()).jsonl"
        // Under another name until it is locked and has a header, lest another session that starts now take it for
        // lost.
        let beside = path + ".new"
        descriptor = open(beside, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        flock(descriptor, LOCK_EX | LOCK_NB)
        write(
            Header(
                lethe: 1, seed: seed, folder: FileManager.default.currentDirectoryPath, began: Date(),
                restores: lost?.name))
        rename(beside, path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// `XDG_STATE_HOME/lethe/sessions`, or the same in `~/.local/state`; nil where the environment names neither.
    public static func standardFolder(environment: [String: String]) -> String? {
        HistoryFile.standardPath(environment: environment).map {
            ($0 as NSString).deletingLastPathComponent + "/sessions"
        }
    }

    /// A cell is about to run.
    public func begin(_ cell: String) { write(Entry(began: cell)) }

    /// The last cell of the session has ended.
    public func end(_ session: Session) {
        let last = session.last
        var entry = Entry(ended: true, files: last.filesRead.isEmpty ? nil : last.filesRead)
        if case .interrupted = last.ending {
            if last.wasAbandoned || last.lastProgress == nil {
                entry.abandoned = true
            } else {
                entry.stopped = last.lastProgress
            }
        }
        write(entry)
    }

    /// The session that was to be brought back is not, and stays lost: this one stands for itself.
    public func stopRestoring() { write(Entry(isApart: true)) }

    /// The session ends in peace: nothing is left to bring back.
    public func remove() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        unlink(path)
    }

    private func write(_ value: some Encodable) {
        guard descriptor >= 0, var data = try? JSONEncoder().encode(value) else { return }
        data.append(10)
        let written = data.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        // What a full disk took of a line would spoil the next one.
        var status = stat()
        if written > 0, written < data.count, fstat(descriptor, &status) == 0 {
            ftruncate(descriptor, status.st_size - off_t(written))
        }
    }
}

/// A session that was killed, as its journal has it.
public struct LostSession {
    /// One cell and how it had ended.
    public struct Cell {
        public let text: String
        /// False for the cell that was running when the session was killed.
        public let hasEnded: Bool
        let entry: Journal.Entry?
        /// It was interrupted so that what it left behind cannot be had again.
        public var isUnrepeatable: Bool { entry?.abandoned ?? false }
    }

    public let seed: UInt64
    /// The folder it ran in.
    public let folder: String
    public let began: Date
    /// When its journal was last written.
    public var lastSeen: Date {
        (try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate]) as? Date ?? began
    }
    public let cells: [Cell]
    private let path: String
    /// The journal it was bringing back when it was killed.
    private let restores: String?

    /// Its journal's name in the folder.
    var name: String { (path as NSString).lastPathComponent }

    /// It had not brought back all of another session, which is still there.
    private var isPartial: Bool {
        guard let restores else { return false }
        return access((path as NSString).deletingLastPathComponent + "/" + restores, F_OK) == 0
    }

    /// The latest session whose journal is there and locked by no one; nil when there is none with a cell.
    public static func latest(in folder: String) -> LostSession? {
        for path in paths(in: folder).reversed() where !isLocked(path) {
            if let session = LostSession(path), !session.cells.isEmpty, !session.isPartial { return session }
        }
        return nil
    }

    /// Removes what has long been lost, what holds no cell, and what is only part of another.
    public static func clean(_ folder: String, olderThan days: Double = 30) {
        for path in paths(in: folder) where !isLocked(path) {
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            let age = Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec)
            // Only a short file can be without a cell, and few are read as a whole.
            let isEmpty = status.st_size < 1000 && LostSession(path)?.cells.isEmpty ?? true
            if age > days * 86_400 || isEmpty || restored(by: path) != nil && LostSession(path)?.isPartial ?? false {
                unlink(path)
            }
        }
    }

    /// What a journal's first line says it brings back.
    private static func restored(by path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path),
            let line = try? file.read(upToCount: 8192)?.split(separator: 10).first
        else { return nil }
        return (try? JSONDecoder().decode(Journal.Header.self, from: line))?.restores
    }

    /// The session has been brought back, and has a journal of its own.
    public func remove() { unlink(path) }

    private static func paths(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".jsonl") }
            .sorted().map { folder + "/" + $0 }
    }

    private static func isLocked(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    private init?(_ path: String) {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        self.path = path
        let decoder = JSONDecoder()
        var lines = data.split(separator: 10)[...]
        guard let first = lines.popFirst(), let header = try? decoder.decode(Journal.Header.self, from: first) else {
            return nil
        }
        (seed, folder, began) = (header.seed, header.folder, header.began)
        var cells: [Cell] = [], running: String?, isApart = false
        for line in lines {
            guard let entry = try? decoder.decode(Journal.Entry.self, from: line) else { continue }
            if entry.isApart == true {
                isApart = true
            } else if let text = entry.began {
                if let running { cells.append(Cell(text: running, hasEnded: false, entry: nil)) }
                running = text
            } else if entry.ended == true, let text = running {
                cells.append(Cell(text: text, hasEnded: true, entry: entry))
                running = nil
            }
        }
        if let running { cells.append(Cell(text: running, hasEnded: false, entry: nil)) }
        self.cells = cells
        restores = isApart ? nil : header.restores
    }
}

extension Session {
    /// Runs a cell of a lost session again, stopped where the user had stopped it.
    public func rerun(_ cell: LostSession.Cell) {
        run(Cell(cell.text), repeating: CellRun.Repetition(stop: cell.entry?.stopped, files: cell.entry?.files ?? [:]))
    }
}
