// Reads and writes scripts: UTF-8 text, written beside and renamed.
import Files
import Glibc
import Language

/// Script files.
public enum ScriptFile {
    /// Bytes of the longest script or notebook: what is longer is no text that someone wrote, and may never end.
    static let most = 256 << 20

    /// The text of a file; a pipe is read to its end. Throws a `LanguageError` that says what is wrong with it.
    ///
    /// - Parameters:
    ///   - isInterrupted: whether the user asked to stop, asked when a signal has arrived; it ends the reading.
    ///   - isNotebook: whether a Jupyter notebook is what is wanted.
    public static func read(
        _ path: String, isNotebook: Bool = false, isInterrupted: () -> Bool = { false }
    ) throws -> String {
        if path.isEmpty { throw LanguageError("this path is empty; give the name of a file") }
        // A pipe opens when someone writes to it, which may be never.
        var descriptor = open(path, O_RDONLY | O_CLOEXEC)
        while descriptor < 0, errno == EINTR {
            if isInterrupted() { throw Language.Interruption("interrupted while `\(path)` was read") }
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        defer { close(descriptor) }
        return try text(from: descriptor, name: path, isNotebook: isNotebook, isInterrupted: isInterrupted)
    }

    /// All of standard input.
    public static func readStandardInput(isInterrupted: () -> Bool = { false }) throws -> String {
        try text(from: 0, name: "standard input", isInterrupted: isInterrupted)
    }

    private static func error(_ name: String, _ code: Int32) -> LanguageError {
        LanguageError("cannot read `\(name)`: \(FileError.system(name, code, trying: "reading").message)")
    }

    private static func text(
        from descriptor: Int32, name: String, isNotebook: Bool = false, isInterrupted: () -> Bool
    ) throws -> String {
        var bytes: [UInt8] = [], status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw error(name, EISDIR) }
        if FileBytes.isEndless(descriptor) {
            throw LanguageError("cannot read `\(name)`: this is a device, not a file")
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                let code = errno
                guard code == EINTR else { throw error(name, code) }
                if isInterrupted() { throw Language.Interruption("interrupted while `\(name)` was read") }
                continue
            }
            bytes += chunk[..<count]
            if bytes.count > most {
                throw LanguageError(
                    "`\(name)` is longer than \(most >> 20) MiB; a script or notebook is a text that ends before")
            }
        }
        if let kind = FileKind(bytes, path: name), !isNotebook || kind != .notebook {
            throw LanguageError(
                "`\(name)` is \(kind.phrase), not a \(isNotebook ? "notebook" : "script"); \(kind.advice(for: name))")
        }
        if bytes.starts(with: byteOrderMark) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LanguageError(
                """
                `\(name)` is not UTF-8 text: line \(firstBadLine(bytes)) holds bytes that are no characters; save it \
                as UTF-8
                """
            )
        }
        return text
    }

    /// Whether two paths lead to one file that is there.
    public static func isSame(_ path: String, _ other: String) -> Bool {
        var (one, two) = (stat(), stat())
        return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino
    }

    /// Writes a script in the place of the one it was made of: with a byte order mark where that had one.
    public static func update(_ text: String, at path: String) throws {
        let hasMark = (try? FileBytes.read(path))?.starts(with: byteOrderMark) ?? false
        try write(hasMark ? String(decoding: byteOrderMark, as: UTF8.self) + text : text, to: path)
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Writes a file in one step: it is there whole, or as it was.
    public static func write(_ text: String, to path: String) throws {
        // What stands in the place of a file that could be run can be run.
        var status = stat()
        let mode = stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
        try worded("cannot write `\(path)`") { try FileBytes.write(text, to: path) }
        if let mode { chmod(path, mode) }
    }

    private static func worded<R>(_ what: String, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            let reason = (error as? FileError)?.message ?? "\(error)"
            // A reason of several files names the one that it is about.
            throw LanguageError(reason.contains("`/") ? reason : "\(what): \(reason)")
        }
    }

    /// The bytes of a picture or another file that is only shown: nil for what is no plain file, as a pipe that would
    /// be waited for, cannot be read, or has more bytes than that.
    static func bytes(ofPlainFile path: String, most: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= most else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size)), done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }

    private static func firstBadLine(_ bytes: [UInt8]) -> Int {
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil { return index + 1 }
        return 1
    }
}
