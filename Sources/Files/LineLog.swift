// A file that grows line by line and that a killed process leaves readable.

import Glibc

/// A file of lines that one process at a time appends to. A line is on the disk when `append` returns; a last line that
/// was only half written does not count, and goes when the next is added.
public final class LineLog {
    public let path: String
    private let descriptor: Int32
    /// The whole lines that were there when it was opened, without their ends.
    public private(set) var lines: [ArraySlice<UInt8>]
    /// What stands behind the last end of line and was cut off.
    public private(set) var torn: ArraySlice<UInt8>
    /// For processes made from this one, which have no use for it.
    public var openDescriptor: Int32 { descriptor }

    /// Opens a file, or makes it.
    /// - Throws: `FileError` where another process has it open, and where it cannot be read or written.
    public init(_ path: String) throws(FileError) {
        try FileBytes.checkPath(path)
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError.system(path, errno, trying: "writing") }
        (lines, torn) = ([], [])
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw FileError(path: path, message: "this is a device or a pipe; give the name of a file")
        }
        // The lock ends with the process, however that ends. Some file systems know none.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            var error = FileError(
                path: path, message: "another process is writing this file; wait for its end, or give another path")
            error.isInUse = true
            throw error
        }
        let bytes = try FileBytes.read(path)
        let end = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        torn = bytes[end...]
        lines = bytes[..<end].split(separator: 0x0A)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds a line and flushes it to the disk.
    public func append(_ line: String) throws(FileError) {
        let bytes = Array(line.utf8) + [0x0A]
        if !torn.isEmpty {
            var status = stat()
            guard fstat(descriptor, &status) == 0, ftruncate(descriptor, status.st_size - off_t(torn.count)) == 0 else {
                throw FileError.system(path, errno, trying: "writing")
            }
            torn = []
        }
        // In one piece, where the system takes it so; what it does not take follows.
        let code = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return 0 }
            var done = 0
            while done < buffer.count {
                let count = write(descriptor, base + done, buffer.count - done)
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                done += count
            }
            return fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno
        }
        if code != 0 { throw FileError.system(path, code, trying: "writing") }
    }
}
