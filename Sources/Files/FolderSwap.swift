// Replaces the contents of a folder in one step.

import CExchange
import Glibc

/// A folder whose new contents are written beside it and then change places with the old ones.
package struct FolderSwap {
    private let path: String

    package init(_ path: String) {
        // The folder itself, not a link to it, changes places.
        let real = realpath(path, nil)
        self.path = real.map { String(cString: $0) } ?? path
        free(real)
    }

    /// - Parameters:
    ///   - names: files of the old contents that go; all others are kept.
    ///   - write: writes the new contents into a folder.
    /// - Returns: whether the contents were replaced; `false` where the file system, or a folder within this one, does
    ///   not allow it, and nothing has changed.
    /// - Throws: what `write` throws; nothing has changed then.
    package func replace(keepingAllBut names: [String], writing write: (String) throws -> Void) throws -> Bool {
        AtomicFile.removeLeftovers(beside: path)
        guard !isAroundWorkingFolder, let entries = FolderSwap.entries(of: path) else { return false }
        let temporary = AtomicFile.temporaryName(for: path)
        var status = stat()
        guard stat(path, &status) == 0, mkdir(temporary, 0o700) == 0 else { return false }
        defer { FolderSwap.remove(temporary) }
        try write(temporary)
        for name in entries where !names.contains(name) && !AtomicFile.isLeftover(name) {
            // Another name for the same file, which needs no copy. Folders have no second name.
            if link(path + "/" + name, temporary + "/" + name) != 0 { return false }
        }
        guard chmod(temporary, status.st_mode & 0o7777) == 0 else { return false }
        // Only the superuser can give a folder to somebody else, and needs to.
        if status.st_uid != geteuid() || status.st_gid != getegid() {
            guard chown(temporary, status.st_uid, status.st_gid) == 0 else { return false }
        }
        return lethe_exchange(temporary, path) == 0
    }

    /// Whether this process, and the shell that started it, would be left standing in the old folder.
    private var isAroundWorkingFolder: Bool {
        guard let current = getcwd(nil, 0) else { return true }
        defer { free(current) }
        return (String(cString: current) + "/").hasPrefix(path + "/")
    }

    /// Names in a folder; nil if it cannot be listed.
    package static func entries(of path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder of files.
    package static func remove(_ path: String) {
        for name in entries(of: path) ?? [] { unlink(path + "/" + name) }
        rmdir(path)
    }
}

extension AtomicFile {
    /// Whether a name is one that an interrupted process left: `.name.partial-PID-N` of a process that is no more.
    package static func isLeftover(_ name: String) -> Bool {
        guard name.hasPrefix("."), let mark = name.firstRange(of: ".partial-") else { return false }
        let numbers = name[mark.upperBound...].split(separator: "-")
        guard numbers.count == 2, let process = Int32(numbers[0]), Int(numbers[1]) != nil, process > 0 else {
            return false
        }
        return process != getpid() && kill(process, 0) != 0 && errno == ESRCH
    }

    /// Removes what interrupted processes left while they wrote `path`.
    package static func removeLeftovers(beside path: String) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "./"
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        for entry in FolderSwap.entries(of: folder) ?? []
        where entry.hasPrefix(".\(name).partial-") && isLeftover(entry) {
            if FileBytes.isFolder(folder + entry) { FolderSwap.remove(folder + entry) } else { unlink(folder + entry) }
        }
    }
}
