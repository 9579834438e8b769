// `f.ws a b` and `f.ws as w`: part of a workspace, as `:save` and `:load` take it.
import Foundation
import Language

/// Which part of which workspace a line names.
struct WorkspacePart {
    enum What: Equatable {
        /// By their names.
        case names([String])
        /// All of it, as a record of that name.
        case record(String)
    }

    /// As it was written, between quotes or not.
    let path: String
    let what: What

    /// Nil for a line that names no workspace, or a whole one.
    init?(_ rest: String) {
        let end: String.Index?
        if rest.hasPrefix("\"") {
            end = rest.dropFirst().firstIndex(of: "\"").map { rest.index(after: $0) }
        } else {
            end = rest.range(of: ".ws ", options: .caseInsensitive).map { rest.index(before: $0.upperBound) }
        }
        guard let end else { return nil }
        path = String(rest[..<end])
        let words = rest[end...].split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        let bare = path.hasPrefix("\"") ? String(path.dropFirst().dropLast()) : path
        guard bare.lowercased().hasSuffix(".ws"), !words.isEmpty, words.allSatisfy(isName) || words.first == "as" else {
            return nil
        }
        if words[0] == "as" {
            guard words.count == 2, isName(words[1]) else { return nil }
            what = .record(words[1])
        } else {
            what = .names(words)
        }
    }

    /// The names that the line gives values.
    var binds: Set<String> {
        switch what {
        case .names(let names): Set(names)
        case .record(let name): [name]
        }
    }
}

extension Session {
    /// Takes names of a workspace into the session, beside those it has; their functions read the workspace's names.
    func add(_ names: [String], of contents: Workspace.Contents) throws {
        for name in names { try checkName(name) }
        willChange()
        for entry in contents.names where names.contains(entry.name) {
            interpreter.bind(entry.name, to: entry.value, definedIn: entry.place)
        }
    }

    /// Throws for a name that no program could give a value.
    func checkName(_ name: String) throws {
        try interpreter.check(try Program(parsing: Source("\(name) = 0", origin: .cell(0))))
    }
}
