// Reads a script's text from a file or standard input, or says why that is impossible.
import Glibc
import Language
import Notebook

/// A script could not be read; the message says which and why.
struct UnreadableScript: Error {
    let message: String
}

enum ScriptText {
    /// The text of a file.
    /// - Parameter isNotebook: whether a Jupyter notebook is what is wanted.
    static func of(file path: String, isNotebook: Bool = false) throws -> String {
        try worded { try ScriptFile.read(path, isNotebook: isNotebook) }
    }

    /// All of standard input.
    static func ofStandardInput() throws -> String {
        let name = "standard input"
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(0, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR, Signals.interruptLevel == 0 { continue }
                throw UnreadableScript(
                    message: errno == EINTR ? "interrupted" : "cannot read \(name): \(String(cString: strerror(errno)))"
                )
            }
            bytes += chunk[..<count]
            if bytes.count > ScriptFile.longest {
                throw UnreadableScript(
                    message: "\(name) does not end: a script has at most \(ScriptFile.longest >> 20) MiB")
            }
        }
        return try worded { try ScriptFile.text(bytes, name: name) }
    }

    private static func worded(_ body: () throws -> String) throws -> String {
        do {
            return try body()
        } catch let error as LanguageError {
            throw UnreadableScript(message: error.message)
        } catch is Language.Interruption {
            throw UnreadableScript(message: "interrupted")
        }
    }
}
