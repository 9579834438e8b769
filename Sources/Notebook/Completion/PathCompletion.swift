// Files and folders that go on a path, for strings and for the arguments of commands.
import Foundation
import Language

enum PathCompletion {
    /// Candidates for a path in a string of the language; a single one is followed by the closing quote unless it is a
    /// folder.
    ///
    /// - Parameter literal: the string's beginning as it is typed, its escapes included.
    static func candidates(forLiteral literal: String, quote: String) -> Completion {
        let paths = candidates(for: unescaped(literal)).map(Completer.inString)
        let isFolder = paths.count == 1 && paths[0].hasSuffix("/")
        return Completion(kind: .paths, start: 0, candidates: paths, suffix: isFolder ? "" : quote)
    }

    /// Paths that begin with `partial`, sorted; folders end in `/`. Hidden ones only where their point is typed.
    ///
    /// - Parameter expandsHome: `~/` stands for the user's folder, as for commands.
    static func candidates(for partial: String, expandsHome: Bool = false) -> [String] {
        if expandsHome, partial.hasPrefix("~/") {
            let home = NSHomeDirectory()
            return candidates(for: home + partial.dropFirst()).map { "~" + $0.dropFirst(home.count) }
        }
        let slash = partial.lastIndex(of: "/")
        let folder = slash.map { String(partial[...$0]) } ?? ""
        let prefix = slash.map { String(partial[partial.index(after: $0)...]) } ?? partial
        guard let directory = opendir(folder.isEmpty ? "." : folder) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: capacity) { String(validatingCString: $0) }
            }
            guard let name, name.hasPrefix(prefix), name != ".", name != "..",
                !name.hasPrefix(".") || prefix.hasPrefix("."),
                // What cannot be seen could not be typed either.
                visibleLine(name) == name
            else { continue }
            found.append(folder + name + (isFolder(folder + name, entry.pointee.d_type) ? "/" : ""))
        }
        return found.sorted()
    }

    private static func isFolder(_ path: String, _ type: UInt8) -> Bool {
        if Int(type) == Int(DT_DIR) { return true }
        guard Int(type) == Int(DT_LNK) || Int(type) == Int(DT_UNKNOWN) else { return false }
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The text of a string's beginning: `\"` is a quote, `{{` a brace.
    private static func unescaped(_ literal: String) -> String {
        var result = ""
        var rest = literal[...]
        while let character = rest.popFirst() {
            switch character {
            case "\\": if let next = rest.popFirst() { result.append(next) }
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                result.append(character)
            default: result.append(character)
            }
        }
        return result
    }
}
