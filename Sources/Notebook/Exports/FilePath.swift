// Names of files: endings, folders, and one file as seen from another.
import Foundation

/// Paths of files.
package enum FilePath {
    /// `a/b.lethe` and "md" → `a/b.md`.
    package static func replacingExtension(of path: String, with new: String) -> String { stem(path) + "." + new }

    /// The path without the last dot of its name and what follows.
    package static func stem(_ path: String) -> String {
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[name...].lastIndex(of: "."), dot > name else { return path }
        return String(path[..<dot])
    }

    /// `a/b.lethe` → `a/`, and nothing for a file of the current folder.
    package static func folder(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

    /// How a file is named as seen from the folder of another: `plots/a.svg` from `doc/b.md` is `../plots/a.svg`. A
    /// path from the root stays as it is.
    package static func relative(_ path: String, toFolderOf other: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        // Through the current folder, whose name `..` at the beginning of the other path needs.
        let here = FileManager.default.currentDirectoryPath + "/"
        var target = parts(here + path)[...], base = parts(folder(other.hasPrefix("/") ? other : here + other))[...]
        while let first = target.first, target.count > 1, base.first == first {
            (target, base) = (target.dropFirst(), base.dropFirst())
        }
        return (base.map { _ in ".." } + target).joined(separator: "/")
    }

    private static func parts(_ path: String) -> [Substring] {
        var result: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = result.popLast() } else { result.append(part) }
        }
        return result
    }
}
