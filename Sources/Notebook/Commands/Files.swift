// Commands that read and write files: `:save`, `:load`, `:reload`, `:check`.
import Files
import Foundation
import Language
import LanguageModels

extension SessionCommands {
    /// The path that a command is given, between quotes or not; `~` is the home folder.
    func path(_ rest: String, _ usage: String) throws -> String {
        var text = rest
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = String(text.dropFirst().dropLast()) }
        guard !text.isEmpty else { throw LanguageError(usage) }
        if text == "~" || text.hasPrefix("~/") { text = NSHomeDirectory() + text.dropFirst() }
        return text
    }

    /// `:save f.lethe`
    func save(_ rest: String) throws {
        if let part = WorkspacePart(rest) { return try saveWorkspace(part) }
        let path = try path(rest, "`:save` needs a file's name, as in `:save lesson.lethe`")
        if Self.isWorkspace(rest) { return try saveWorkspace(path) }
        guard path.lowercased().hasSuffix(".lethe") else {
            throw LanguageError(
                "`:save` writes scripts (.lethe) and workspaces (.ws); `\(path)` ends in neither",
                note: session.configuration.exports.format(of: path) == nil
                    ? "write :save \(FilePath.stem(path)).lethe" : "`:export \(path)` writes that")
        }
        let saved = SavedSession(session.records, seed: session.firstSeed, digits: session.savedDigits)
        guard saved.cells > 0 else { throw nothing(to: "save") }
        try ScriptFile.write(saved.text, to: path)
        for warning in saved.warnings { session.warn(warning) }
        tell("saved \(saved.cells) cell\(saved.cells == 1 ? "" : "s") to \(path)")
    }

    /// Whether what `:save` is given names a workspace.
    static func isWorkspace(_ rest: String) -> Bool {
        WorkspacePart(rest) != nil || rest.lowercased().hasSuffix(".ws") || rest.lowercased().hasSuffix(".ws\"")
    }

    /// Why there are no cells.
    func nothing(to verb: String) -> LanguageError {
        guard session.keepsRecords else {
            return LanguageError("there is nothing to \(verb): only a session at the prompt keeps its cells")
        }
        return LanguageError("there is nothing to \(verb): no cell has succeeded yet")
    }

    /// `:save f.ws a b`
    private func saveWorkspace(_ part: WorkspacePart) throws {
        guard case .names(let names) = part.what else {
            throw LanguageError("`:save` takes names behind the file, as in `:save \(part.path) run`")
        }
        for name in names where session.interpreter[name] == nil {
            let known = session.interpreter.globals.map(\.name)
            throw LanguageError(
                "`\(name)` is not defined", note: suggestion(for: name, among: known).map { "did you mean `\($0)`?" },
                at: .word(name))
        }
        try saveWorkspace(try path(part.path, ""), part: names)
    }

    /// `:save f.ws`
    private func saveWorkspace(_ path: String, part: [String]? = nil) throws {
        let saved: Workspace
        do {
            saved = try Workspace(saving: session, part: part, to: path)
        } catch let interruption as Language.Interruption {
            throw interruption
        } catch {
            throw LanguageError("cannot write `\(path)`: \((error as? FileError)?.message ?? "\(error)")")
        }
        for warning in saved.warnings { session.warn(warning) }
        tell(
            """
            saved \(saved.names) name\(saved.names == 1 ? "" : "s") with \
            \(saved.names == 1 ? "its value" : "their values") to \(path)
            """
        )
    }

    /// A workspace as this session is to have it: one that is being brought back needs the workspace it had.
    private func contents(of path: String, standsAlone: Bool = false) throws -> Workspace.Contents {
        try session.configuration.engine?.requireShared(path)
        let contents = try Workspace.contents(of: path, for: session, standsAlone: standsAlone)
        if let expected = session.running?.repetition?.files[path], expected != contents.fingerprint {
            throw LanguageError("`\(path)` has changed since the session loaded it")
        }
        session.running?.filesRead[path] = contents.fingerprint
        return contents
    }

    /// `:load f.ws a b`, `:load f.ws as w`
    private func loadWorkspace(_ part: WorkspacePart) throws {
        let path = try path(part.path, "")
        let contents = try contents(of: path, standsAlone: true)
        let all = contents.part ?? contents.names.map(\.name).filter { !Session.ownNames.contains($0) }
        switch part.what {
        case .names(let names):
            for name in names where !all.contains(name) {
                throw LanguageError(
                    "`\(path)` has no `\(name)`",
                    note: suggestion(for: name, among: all).map { "did you mean `\($0)`?" }
                        ?? "it has \(listed(all))", at: .word(name))
            }
            try session.add(names, of: contents)
            tell("loaded \(listed(names))")
        case .record(let name):
            try session.checkName(name)
            session.willChange()
            let fields = all.compactMap { name in contents.names.first { $0.name == name }.map { ($0.name, $0.value) } }
            session.interpreter[name] = .record(fields)
            tell("`\(name)` holds the \(all.count) name\(all.count == 1 ? "" : "s") of \(path)")
        }
    }

    /// `:load f.ws`
    private func loadWorkspace(_ path: String) throws {
        let contents = try contents(of: path)
        if let part = contents.part {
            try session.add(part, of: contents)
            return tell("loaded \(listed(part)); the session's other names stay")
        }
        session.replace(with: contents)
        let names = contents.names.count { !Session.ownNames.contains($0.name) }
        tell(
            """
            loaded \(names) name\(names == 1 ? "" : "s") and \(contents.records.count) \
            cell\(contents.records.count == 1 ? "" : "s")
            """
                + (session.keepsRecords ? "; :undo brings back what was here before" : ""))
    }

    /// `:load f.lethe`
    func load(_ rest: String) throws {
        if let part = WorkspacePart(rest) { return try loadWorkspace(part) }
        let path = try path(rest, "`:load` needs a file's name, as in `:load lesson.lethe`")
        if path.lowercased().hasSuffix(".ws") { return try loadWorkspace(path) }
        let text = try session.text(ofFile: path)
        session.willChange()
        session.loaded.removeAll { $0.path == path }
        session.loaded.append((path, text))
        try Session.pass(on: session.load(text, name: path))
    }

    /// `:reload`
    func reload() throws {
        guard !session.loaded.isEmpty else {
            throw LanguageError("no script has been loaded in this session", note: "`:load f.lethe` loads one")
        }
        var changed = 0
        for (index, file) in session.loaded.enumerated() {
            let text = try session.text(ofFile: file.path)
            guard !text.hasSameScalars(as: file.text) else { continue }
            changed += 1
            session.willChange()
            session.loaded[index].text = text
            tell("\(file.path) has changed")
            try Session.pass(on: session.load(text, name: file.path))
        }
        if changed == 0 { tell("no loaded script has changed") }
    }

    /// `:check f.lethe`
    func check(_ rest: String) throws {
        let path = try path(rest, "`:check` needs a file's name, as in `:check lesson.lethe`")
        guard let fresh = session.configuration.fresh else { throw LanguageError("a script cannot be checked here") }
        let report = Checker(session: fresh()).check(try session.text(ofFile: path), name: path)
        say(report.text)
    }
}

extension Session {
    /// The text of a file; a repeated session reads what it read the first time.
    func text(ofFile path: String) throws -> String {
        let known = running?.repetition?.files[path]
        if known == nil { try configuration.engine?.requireShared(path) }
        let text = try known ?? ScriptFile.read(path, isInterrupted: { isInterrupted })
        running?.filesRead[path] = text
        return text
    }

    /// Runs a script's chunks in this session, up to the first that fails without being there to fail. Returns how it
    /// ended.
    func load(_ text: String, name: String) -> CellRecord.Ending {
        let document = Document(text)
        for chunk in document.chunks {
            let leading = document.lines[chunk.lines.lowerBound..<chunk.codeLines.lowerBound].map { $0 + "\n" }.joined()
            let code = document.lines[chunk.codeLines].joined(separator: "\n")
            let record = perform(
                code, origin: .file(name, firstLine: chunk.codeLines.lowerBound + 1), leading: leading,
                isWhole: document.hasMarkers)
            if running?.isStopped == true || isQuitting
                || record.ending != .finished && !(chunk.expectsFailure && mayGoOn())
            {
                return record.ending
            }
        }
        return .finished
    }
}
