// Names of files and folders under way, and what killed processes left of them.

import Glibc
import Synchronization

/// A hidden name beside a path: `.name.partial-PROCESS-NUMBER`.
///
/// Whoever writes there holds a lock on it, which ends with the process. So a leftover is told from a file under way
/// also where processes of other containers, whose numbers mean nothing here, write into the same folder.
package struct TemporaryName {
    package let path: String

    /// Distinguishes files that one process writes at the same time.
    private static let serial = Atomic<Int>(0)
    private static let mark = ".partial-"

    /// - Parameter attempt: a name with a further part that is drawn, where the first ones were taken.
    init(for path: String, attempt: Int = 0) {
        let (folder, name) = TemporaryName.split(path)
        let number = TemporaryName.serial.wrappingAdd(1, ordering: .relaxed).newValue
        let more = attempt == 0 ? "" : "-\(UInt32.random(in: 0...UInt32.max))"
        self.path = "\(folder)\(TemporaryName.stem(name))\(getpid())-\(number)\(more)"
    }

    /// What stands before the numbers. A long name is cut, lest it become too long.
    private static func stem(_ name: String) -> String {
        var short = Substring(name)
        while short.utf8.count > 200 { short.removeLast() }
        return ".\(short)\(mark)"
    }

    /// Folder with its slash (empty for the current one), and name.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[...slash]), String(path[path.utf8.index(after: slash)...]))
    }

    /// Locks what has just been made; false where somebody has taken it for a leftover and removed it.
    static func claim(_ descriptor: Int32) -> Bool {
        // Some file systems know no locks; nothing is taken for a leftover there.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    /// Makes a new folder, locked by the descriptor.
    package static func makeFolder(beside path: String, mode: mode_t) -> (name: TemporaryName, lock: Int32)? {
        for attempt in 0..<100 {
            let temporary = TemporaryName(for: path, attempt: attempt)
            if mkdir(temporary.path, mode) != 0 {
                if errno == EEXIST { continue }
                return nil
            }
            let lock = open(temporary.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard lock >= 0 else { continue }
            if claim(lock), FileBytes.isFolder(temporary.path) { return (temporary, lock) }
            close(lock)
        }
        errno = EEXIST
        return nil
    }

    /// Whether a name is one that a file under way has.
    static func isTemporary(_ name: String) -> Bool {
        guard name.hasPrefix("."), let mark = name.range(ofLast: mark) else { return false }
        let numbers = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
        return (2...3).contains(numbers.count) && numbers.allSatisfy { UInt64($0) != nil }
    }

    /// Removes what killed processes left while they wrote `path`.
    package static func removeLeftovers(beside path: String) {
        let (folder, name) = split(path), stem = stem(name)
        for entry in FolderSwap.entries(of: folder.isEmpty ? "." : folder) ?? []
        where entry.hasPrefix(stem) && isTemporary(entry) {
            removeIfLeft(folder + entry)
        }
    }

    /// Removes a file or folder that nobody holds locked any more.
    private static func removeIfLeft(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR { FolderSwap.remove(path) } else { unlink(path) }
    }
}

extension String {
    /// The last place of a part, by its bytes.
    fileprivate func range(ofLast part: String) -> Range<String.Index>? {
        var found: Range<String.Index>?
        for range in ranges(of: part) { found = range }
        return found
    }
}
