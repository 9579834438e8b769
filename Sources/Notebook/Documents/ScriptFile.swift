// Reads and writes scripts: UTF-8 text, written beside and renamed.
import Files
import Glibc
import Language
import LanguageModels

/// Script files.
public enum ScriptFile {
    /// The text of a file. Throws a `LanguageError` that says what is wrong with it.
    /// - Parameter isNotebook: whether a Jupyter notebook is what is wanted.
    public static func read(_ path: String, isNotebook: Bool = false) throws -> String {
        let bytes = try worded("cannot read `\(path)`") { try FileBytes.read(path, atMost: longest) }
        if let kind = FileKind(bytes, path: path), !isNotebook || kind != .notebook {
            throw LanguageError(
                "`\(path)` is \(kind.phrase), not a \(isNotebook ? "notebook" : "script"); \(kind.advice(for: path))")
        }
        return try text(bytes, name: path)
    }

    /// The longest script that is read: what does not end is not read until the memory is full.
    public static let longest = 64 << 20

    /// Bytes as a script's text, without a byte order mark.
    public static func text(_ bytes: [UInt8], name: String) throws -> String {
        let bytes = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LanguageError(
                "`\(name)` is not UTF-8 text: line \(firstBadLine(bytes)) holds bytes that are no characters; save it as UTF-8"
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
        try worded("cannot write `\(path)`") { try FileBytes.write(text, to: path) }
    }

    private static func worded<R>(_ what: String, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as FileError where error.wasInterrupted {
            throw Language.Interruption()
        } catch {
            let reason = (error as? FileError)?.message ?? "\(error)"
            throw LanguageError(reason.contains("`") ? reason : "\(what): \(reason)")
        }
    }

    private static func firstBadLine(_ bytes: ArraySlice<UInt8>) -> Int {
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil { return index + 1 }
        return 1
    }
}
