// Reads whole files, with errors that say what to do.

import Glibc

/// A file that could not be read or written: which, why, and the way out.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path as the user gave it.
    public var path: String
    /// What is wrong, and what to do.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { "\(path): \(message)" }

    /// The error of the last system call, in words: `reading` or `writing` says what was tried.
    package static func system(_ path: String, _ code: Int32, trying action: String) -> FileError {
        let advice =
            switch code {
            case ENOENT: "there is no such file or folder; check the path"
            case EACCES, EPERM: "no permission for \(action); change the permissions or choose another place"
            case EISDIR: "this is a folder, not a file"
            case ENOTDIR: "a part of this path is a file, not a folder"
            case ENOSPC, EDQUOT: "the disk is full; free some space or choose another place"
            case EROFS: "the file system is read-only; choose another place"
            case ENAMETOOLONG: "the path is too long"
            case EMFILE, ENFILE: "too many open files"
            default: "\(action) failed: \(String(cString: strerror(code)))"
            }
        return FileError(path: path, message: advice)
    }
}

/// Reading whole files.
public enum FileBytes {
    /// The bytes of a file.
    public static func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try OpenFile(path)
        return try file.bytes()
    }

    /// Whether there is a file or folder of that name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether there is a folder of that name.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a folder can be listed and holds nothing.
    package static func isEmptyFolder(_ path: String) -> Bool {
        guard let folder = opendir(path) else { return false }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            // "." and ".." are in every folder.
            let name = entry.pointee.d_name
            let isDot = name.0 == 0x2E && (name.1 == 0 || (name.1 == 0x2E && name.2 == 0))
            if !isDot { return false }
        }
        return true
    }
}

/// A file opened for reading; closed with its last reference.
package final class OpenFile: Sendable {
    package let path: String
    /// The length in bytes when it was opened.
    package let size: Int
    private let descriptor: Int32
    /// Bytes that are read beyond the length known at first: devices and pipes have none, and may never end.
    private static let surplus = 1 << 30

    package init(_ path: String) throws(FileError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw FileError.system(path, errno, trying: "reading") }
        self.path = path
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        size = known ? Int(status.st_size) : 0
        if known && status.st_mode & S_IFMT == S_IFDIR {
            throw FileError.system(path, EISDIR, trying: "reading")
        }
    }

    deinit { close(descriptor) }

    /// Everything in the file, pipes and devices included.
    package func bytes() throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 1)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.system(path, errno, trying: "reading")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > size + OpenFile.surplus {
                throw FileError(
                    path: path,
                    message: "this does not end; give a file, or a pipe of at most \(OpenFile.surplus >> 20) MiB")
            }
        }
    }

    /// The `count` bytes from `offset` on.
    package func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let failure = bytes.withUnsafeMutableBytes { buffer -> FileError? in
            do throws(FileError) { try read(buffer, at: offset) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills `target` with the bytes from `offset` on; an error if the file ends before.
    package func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        guard let base = target.baseAddress else { return }
        var done = 0
        while done < target.count {
            let count = pread(descriptor, base + done, target.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError.system(path, errno, trying: "reading")
            }
            if count == 0 {
                throw FileError(
                    path: path,
                    message:
                        "the file ends at byte \(offset + done) while it is being read; it was \(size) bytes long when it was opened"
                )
            }
            done += count
        }
    }
}
