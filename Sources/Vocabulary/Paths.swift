/// Paths that programs give.
import Foundation
import Language

extension Call {
    /// A path; `~` and `~/` at its start are the home folder, as in a shell.
    func path(_ name: String) throws -> String {
        let path = try string(name)
        if path.isEmpty {
            throw LanguageError(
                "`\(name)` of `\(builtin.name)` is an empty path", advice: ["give the name of a file or folder"],
                at: .argument(name))
        }
        if path.utf8.prefix(5000).contains(0) {
            throw LanguageError(
                "`\(name)` of `\(builtin.name)` holds a NUL character", advice: ["no file has such a name"],
                at: .argument(name))
        }
        // What the system takes at most; a text given by mistake is not looked for.
        guard path.utf8.count <= 4096 else {
            throw LanguageError(
                "`\(name)` of `\(builtin.name)` has \(path.utf8.count) bytes; a path has up to 4096",
                advice: ["give the name of a file or folder"], at: .argument(name))
        }
        guard path == "~" || path.hasPrefix("~/") else { return path }
        return NSHomeDirectory() + path.dropFirst()
    }
}
