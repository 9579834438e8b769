// Writes a file so that a reader sees the old one or the whole new one, never half of it.

import Glibc
import Synchronization

/// A new file being written beside its destination: `finish` flushes it to the disk, `publish` puts it in place.
/// A file that is not published leaves nothing behind.
package final class AtomicFile {
    package let path: String
    /// The path in messages.
    package let shown: String
    private let temporary: TemporaryName
    private var descriptor: Int32
    private var published = false

    /// - Parameter shown: the path for messages, where the file is in a folder that will be renamed.
    package init(_ path: String, shownAs shown: String? = nil) throws(FileError) {
        self.shown = shown ?? path
        try FileBytes.checkPath(path)
        let path = try AtomicFile.target(of: path, shownAs: self.shown)
        self.path = path
        let mode = try AtomicFile.mode(of: path, shownAs: self.shown)
        TemporaryName.removeLeftovers(beside: path)
        (temporary, descriptor) = try AtomicFile.create(beside: path, shownAs: self.shown)
        guard let mode else { return }
        // What takes a file's place may be read and run by whom that was; only the superuser can give a file away.
        if fchown(descriptor, mode.owner, mode.group) != 0 { _ = fchown(descriptor, uid_t.max, mode.group) }
        if fchmod(descriptor, mode.bits) != 0 {
            let code = errno
            close(descriptor)
            unlink(temporary.path)
            published = true
            descriptor = -1
            throw FileError.system(self.shown, code, trying: "writing")
        }
    }

    deinit {
        if !published { unlink(temporary.path) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// A new file that this process alone has, and holds locked as long as it is open.
    private static func create(beside path: String, shownAs shown: String) throws(FileError) -> (TemporaryName, Int32) {
        for attempt in 0..<100 {
            let temporary = TemporaryName(for: path, attempt: attempt)
            let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                if TemporaryName.claim(descriptor) { return (temporary, descriptor) }
                close(descriptor)
                continue
            }
            let code = errno
            if code == EEXIST { continue }
            let folder = TemporaryName.split(path).folder
            if code == ENOENT, !FileBytes.isFolder(folder.isEmpty ? "." : folder) {
                throw FileError(
                    path: shown, message: "the folder \(folder.isEmpty ? "." : folder) does not exist; create it first")
            }
            throw FileError.system(shown, code, trying: "writing in this folder")
        }
        throw FileError(
            path: shown,
            message: "no name is free for a file beside it; remove files that begin with \".\" and hold \".partial-\"")
    }

    /// Where a symbolic link leads, so that the file behind it is replaced or made and not the link; any other path as
    /// it is.
    private static func target(of path: String, shownAs shown: String) throws(FileError) -> String {
        var path = path
        for _ in 0..<40 {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
                let target = FileBytes.destination(of: path)
            else { return path }
            path = target.hasPrefix("/") ? target : TemporaryName.split(path).folder + target
        }
        throw FileError.system(shown, ELOOP, trying: "writing")
    }

    /// Who may do what with the file that is there; nil where none is.
    private static func mode(
        of path: String, shownAs shown: String
    ) throws(FileError) -> (bits: mode_t, owner: uid_t, group: gid_t)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { throw FileError(path: shown, message: "this is a folder; give the name of a file") }
        // A new file would take the device's place.
        if kind != S_IFREG {
            throw FileError(path: shown, message: "this is a device or a pipe; give the name of a file")
        }
        // Whoever may write in the folder could replace it all the same, but it was protected by somebody.
        if status.st_mode & 0o222 == 0 || access(path, W_OK) != 0 {
            throw FileError(
                path: shown,
                message: "this file is write-protected; choose another name, or allow writing with `chmod u+w`")
        }
        return (status.st_mode & 0o7777, status.st_uid, status.st_gid)
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

    /// Flushes everything to the disk. The file stays open, and locked, until it is published.
    package func finish() throws(FileError) {
        if fsync(descriptor) != 0, errno != EINVAL { throw FileError.system(shown, errno, trying: "writing") }
    }

    /// Puts the file in its place, instead of any file that was there.
    package func publish() throws(FileError) {
        try finish()
        if rename(temporary.path, path) != 0 { throw FileError.system(shown, errno, trying: "writing") }
        published = true
        let code = close(descriptor)
        descriptor = -1
        if code != 0 { throw FileError.system(shown, errno, trying: "writing") }
        // The new name survives a power cut only if the folder, too, is flushed.
        let (folder, _) = TemporaryName.split(path)
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
        try checkPath(path)
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
