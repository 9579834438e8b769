// Reads and writes scripts: UTF-8 text, written beside and renamed.
import Files
import Glibc
import Language
import LanguageModels

/// Script files.
public enum ScriptFile {
    /// The text of a file. Throws a `LanguageError` that says what is wrong with it.
    public static func read(_ path: String) throws -> String {
        var bytes = try worded("cannot read `\(path)`") { try FileBytes.read(path) }
        if bytes.starts(with: byteOrderMark) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LanguageError(
                "`\(path)` is not UTF-8 text: line \(firstBadLine(bytes)) holds bytes that are no characters; save it as UTF-8"
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
            throw LanguageError(reason.contains("`") ? reason : "\(what): \(reason)")
        }
    }

    private static func firstBadLine(_ bytes: [UInt8]) -> Int {
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil { return index + 1 }
        return 1
    }
}
