// Writes a file so that a reader sees the old one or the whole new one, never half of it.

import Glibc
import Synchronization

/// A new file being written beside its destination: `finish` flushes it to the disk, `publish` puts it in place.
/// A file that is not published leaves nothing behind.
package final class AtomicFile {
    package let path: String
    /// The path in messages.
    package let shown: String
    private let temporary: String
    private var descriptor: Int32
    private var published = false

    /// Distinguishes files that one process writes at the same time.
    private static let serial = Atomic<Int>(0)

    /// - Parameter shown: the path for messages, where the file is in a folder that will be renamed.
    package init(_ path: String, shownAs shown: String? = nil) throws(FileError) {
        self.shown = shown ?? path
        if path.isEmpty { throw FileError(path: "\"\"", message: "this path is empty; give the name of a file") }
        var status = stat()
        if stat(path, &status) == 0 {
            let kind = status.st_mode & S_IFMT
            if kind == S_IFDIR { throw FileError(path: path, message: "this is a folder; give the name of a file") }
            // A new file would take the device's place.
            if kind != S_IFREG {
                throw FileError(path: path, message: "this is a device or a pipe; give the name of a file")
            }
        }
        let path = AtomicFile.target(of: path)
        self.path = path
        let (folder, _) = AtomicFile.split(path)
        temporary = AtomicFile.temporaryName(for: path)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 {
            let code = errno
            published = true  // nothing to clean up
            if code == ENOENT, !FileBytes.isFolder(folder.isEmpty ? "." : folder) {
                throw FileError(
                    path: path, message: "the folder \(folder.isEmpty ? "." : folder) does not exist; create it first")
            }
            throw FileError.system(self.shown, code, trying: "writing in this folder")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !published { unlink(temporary) }
    }

    /// Where a symbolic link leads, so that the file behind it is replaced and not the link; any other path as it is.
    private static func target(of path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else {
            return path
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// A hidden name beside a path that nothing else uses.
    package static func temporaryName(for path: String) -> String {
        let (folder, name) = split(path)
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return "\(folder).\(name).partial-\(getpid())-\(number)"
    }

    /// Folder with its slash (empty for the current one), and name.
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, base + done, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.system(shown, errno, trying: "writing")
            }
            done += count
        }
    }

    package func write(_ bytes: [UInt8]) throws(FileError) {
        let failure = bytes.withUnsafeBytes { buffer -> FileError? in
            do throws(FileError) { try write(buffer) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    /// Flushes everything to the disk.
    package func finish() throws(FileError) {
        if fsync(descriptor) != 0, errno != EINVAL { throw FileError.system(shown, errno, trying: "writing") }
        let code = close(descriptor)
        descriptor = -1
        if code != 0 { throw FileError.system(shown, errno, trying: "writing") }
    }

    /// Puts the finished file in its place, instead of any file that was there.
    package func publish() throws(FileError) {
        if descriptor >= 0 { try finish() }
        if rename(temporary, path) != 0 { throw FileError.system(shown, errno, trying: "writing") }
        published = true
        // The new name survives a power cut only if the folder, too, is flushed.
        let (folder, _) = AtomicFile.split(path)
        let directory = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }
}

extension FileBytes {
    /// Writes a whole file atomically. A device or pipe (`/dev/stdout`) is written in place.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        var status = stat()
        if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            guard let stream = fopen(path, "w") else { throw FileError.system(path, errno, trying: "writing") }
            let written = fwrite(bytes, 1, bytes.count, stream)
            if fclose(stream) != 0 || written != bytes.count {
                throw FileError.system(path, errno, trying: "writing")
            }
            return
        }
        let file = try AtomicFile(path)
        try file.write(bytes)
        try file.publish()
    }

    /// Writes a whole text file in UTF-8, atomically.
    public static func write(_ text: String, to path: String) throws(FileError) {
        try write(Array(text.utf8), to: path)
    }
}
