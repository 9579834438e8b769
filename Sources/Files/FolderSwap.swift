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
        TemporaryName.removeLeftovers(beside: path)
        guard !isAroundWorkingFolder, let entries = FolderSwap.entries(of: path) else { return false }
        var status = stat()
        guard stat(path, &status) == 0, let (temporary, lock) = TemporaryName.makeFolder(beside: path, mode: 0o700)
        else { return false }
        defer {
            FolderSwap.remove(temporary.path)
            close(lock)
        }
        try write(temporary.path)
        for name in entries where !names.contains(name) && !TemporaryName.isTemporary(name) {
            // Another name for the same file, which needs no copy. Folders have no second name.
            if link(path + "/" + name, temporary.path + "/" + name) != 0 { return false }
        }
        guard chmod(temporary.path, status.st_mode & 0o7777) == 0 else { return false }
        // Only the superuser can give a folder to somebody else, and needs to.
        if status.st_uid != geteuid() || status.st_gid != getegid() {
            guard chown(temporary.path, status.st_uid, status.st_gid) == 0 else { return false }
        }
        return lethe_exchange(temporary.path, path) == 0
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
