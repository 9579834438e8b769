// Reads a script's text from a file or standard input, or says why that is impossible.
import Glibc

/// A script could not be read; the message says which and why.
struct UnreadableScript: Error {
    let message: String
}

enum ScriptText {
    /// The text of a file.
    static func of(file path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw UnreadableScript(message: "cannot read `\(path)`: \(reason(errno))") }
        defer { close(descriptor) }
        return try text(from: descriptor, name: path)
    }

    /// All of standard input.
    static func ofStandardInput() throws -> String { try text(from: 0, name: "standard input") }

    private static func text(from descriptor: Int32, name: String) throws -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR, Signals.interruptLevel == 0 { continue }
                throw UnreadableScript(message: "cannot read `\(name)`: \(reason(errno))")
            }
            bytes += chunk[..<count]
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = firstBadLine(bytes)
            throw UnreadableScript(
                message:
                    "`\(name)` is not UTF-8 text: line \(line) holds bytes that are no characters; save it as UTF-8")
        }
        return text
    }

    private static func firstBadLine(_ bytes: [UInt8]) -> Int {
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil { return index + 1 }
        return 1
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
