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

    /// The user asked to stop while the file was waited for.
    public var wasInterrupted = false
    /// Another has it open now, and it may be had later.
    public var isInUse = false

    /// The error of the last system call, in words: `reading` or `writing` says what was tried.
    package static func system(_ path: String, _ code: Int32, trying action: String) -> FileError {
        if code == EINTR {
            var error = FileError(path: path, message: "interrupted")
            error.wasInterrupted = true
            return error
        }
        if code == ENOENT, let target = FileBytes.brokenLink(path) {
            return FileError(
                path: path,
                message: """
                    this is a link to \(target), which is not there; copy the file itself (cp -L follows links), \
                    or make the link again
                    """)
        }
        let advice =
            switch code {
            case ENOENT: "there is no such file or folder; check the path"
            case EACCES, EPERM: "no permission for \(action); change the permissions or choose another place"
            case EISDIR: "this is a folder, not a file"
            case ENOTDIR: "a part of this path is a file, not a folder"
            case ELOOP: "this is a link that leads back to itself; make it again"
            case ENOSPC, EDQUOT: "the disk is full; free some space or choose another place"
            case EFBIG: "the file would be larger than allowed; raise the limit (`ulimit -f`) or choose another place"
            case EROFS: "the file system is read-only; choose another place"
            case ENAMETOOLONG: "the path is too long"
            case EMFILE, ENFILE: "too many open files"
            case ENXIO: "this is a socket or a device, not a file"
            default: "\(action) failed: \(String(cString: strerror(code)))"
            }
        return FileError(path: path, message: advice)
    }

    /// Memory for a file is not to be had.
    static func tooLarge(_ path: String, _ bytes: Int) -> FileError {
        FileError(
            path: path,
            message: """
                reading it takes \((bytes + 1 << 20 - 1) >> 20) MiB of memory, more than there is; close other \
                programs or cut the file
                """
        )
    }
}

/// Reading whole files.
public enum FileBytes {
    /// The bytes of a file.
    /// - Parameter limit: how many bytes are read at most.
    public static func read(_ path: String, atMost limit: Int = .max) throws(FileError) -> [UInt8] {
        let file = try OpenFile(path)
        return try file.bytes(atMost: limit)
    }

    /// Where a symbolic link leads to nothing, what it names; nil for anything else.
    public static func brokenLink(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, stat(path, &status) != 0 else {
            return nil
        }
        return destination(of: path)
    }

    /// What a symbolic link holds.
    static func destination(of path: String) -> String? {
        let name = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            count = buffer.baseAddress.map { max(0, readlink(path, $0, buffer.count)) } ?? 0
        }
        return name.isEmpty ? nil : String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this is a device such as /dev/zero, which never ends; a terminal or /dev/null can be read.
    public static func isEndless(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        // /dev/null: major 1, minor 3.
        let null: dev_t = 1 << 8 | 3
        let kind = status.st_mode & S_IFMT
        return kind == S_IFBLK || kind == S_IFCHR && isatty(descriptor) == 0 && status.st_rdev != null
    }

    /// Refuses a path that names nothing.
    package static func checkPath(_ path: String, _ noun: String = "file") throws(FileError) {
        if path.isEmpty { throw FileError(path: "\"\"", message: "this path is empty; give the name of a \(noun)") }
        // To the system the path would end there, and be another one.
        if path.utf8.contains(0) {
            throw FileError(
                path: path.replacing("\0", with: "\\u{0}"),
                message: "this path holds a NUL character; no \(noun) has such a name")
        }
    }

    /// Whether there is a file or folder of that name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a file of bytes is there, not a folder, a pipe or a device.
    public static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

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
final class OpenFile: Sendable {
    let path: String
    /// The length in bytes when it was opened.
    let size: Int
    /// A file, neither a pipe nor a terminal.
    let isRegular: Bool
    private let descriptor: Int32
    /// Bytes that are read beyond the length known at first: pipes have none, and may never end.
    static let surplus = 1 << 30

    init(_ path: String) throws(FileError) {
        try FileBytes.checkPath(path)
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw FileError.system(path, errno, trying: "reading") }
        self.path = path
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        size = known ? Int(status.st_size) : 0
        let kind = known ? status.st_mode & S_IFMT : S_IFREG
        isRegular = kind == S_IFREG
        if kind == S_IFDIR { throw FileError(path: path, message: OpenFile.describe(folder: path)) }
        if FileBytes.isEndless(descriptor) {
            throw FileError(path: path, message: "this is a device, not a file; copy what you need of it into a file")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What to do about a folder that was given for a file.
    private static func describe(folder: String) -> String {
        let inside = folder.hasSuffix("/") ? folder : folder + "/"
        if FileBytes.exists(inside + "config.json") {
            return
                """
                this is a folder with a model; load("\(folder)") reads it, and \(inside)model.safetensors holds its \
                tensors
                """
        }
        return "this is a folder, not a file; give the name of a file in it"
    }

    /// Everything in the file, pipes included.
    /// - Parameter limit: bytes beyond which it is refused.
    func bytes(atMost limit: Int = .max) throws(FileError) -> [UInt8] {
        func tooLong(_ limit: Int) -> FileError {
            FileError(
                path: path,
                message: isRegular
                    ? "the file is too long: at most \(limit >> 20) MiB are read"
                    : "this does not end; give a file, or a pipe of at most \(limit >> 20) MiB")
        }
        let limit = min(limit, size > Int.max - OpenFile.surplus ? Int.max : size + OpenFile.surplus)
        if size > limit { throw tooLong(limit) }
        // An array that cannot be made ends the process.
        guard let probe = malloc(max(1, size)) else { throw FileError.tooLarge(path, size) }
        free(probe)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 1)
        while true {
            let step = max(1 << 16, min(size - bytes.count, 1 << 24))
            if bytes.count + step > bytes.capacity, bytes.count > 1 << 20 {
                guard let probe = malloc(2 * bytes.capacity) else { throw FileError.tooLarge(path, 2 * bytes.capacity) }
                free(probe)
            }
            let before = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            let (count, code) = bytes.withUnsafeMutableBytes { buffer -> (Int, Int32) in
                let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + before }, step)
                return (count, errno)
            }
            if count < 0 { throw FileError.system(path, code, trying: "reading") }
            bytes.removeLast(step - count)
            if count == 0 { return bytes }
            if bytes.count > limit { throw tooLong(limit) }
        }
    }

    /// The `count` bytes from `offset` on.
    func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        guard let probe = malloc(max(1, count)) else { throw FileError.tooLarge(path, count) }
        free(probe)
        var bytes = [UInt8](repeating: 0, count: count)
        let failure = bytes.withUnsafeMutableBytes { buffer -> FileError? in
            do throws(FileError) { try read(buffer, at: offset) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills `target` with the bytes from `offset` on; an error if the file ends before.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        guard let base = target.baseAddress else { return }
        var done = 0
        while done < target.count {
            let count = pread(descriptor, base + done, target.count - done, off_t(offset + done))
            if count < 0 { throw FileError.system(path, errno, trying: "reading") }
            if count == 0 {
                throw FileError(
                    path: path,
                    message: """
                        the file ends at byte \(offset + done) while it is being read; it was \(size) bytes long when \
                        it was opened
                        """
                )
            }
            done += count
        }
    }
}
