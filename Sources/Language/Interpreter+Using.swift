// `use "file.lethe"`: a file run once, for what it defines.

import Foundation

/// A file that was taken in: what it defines, and which text that was.
struct UsedFile {
    let text: String
    let value: Value
    /// The files it took in itself: path as it was read, and absolute.
    let uses: [(name: String, path: String)]
}

/// A file that is being run, and what it has taken in so far.
struct FileBeingUsed {
    let path: String
    let name: String
    var uses: [(name: String, path: String)] = []
}

extension Interpreter {
    /// What a file defines, as a record of its top-level names. It runs when it is first asked for, and again when it
    /// or a file it uses has changed.
    ///
    /// - Parameter path: as written; it starts from the folder of the file that `source` is.
    func use(_ path: String, from source: Source) throws -> Value {
        let name = try host.place(ofUsedFile: path, beside: Self.path(path, from: source))
        // While a run's function runs, a file means what it meant when the run began.
        if let kept = usedValue(Self.nameOfUse(name)) { return kept }
        let absolute = URL(fileURLWithPath: name).standardizedFileURL.resolvingSymlinksInPath().path
        if let start = filesBeingUsed.firstIndex(where: { $0.path == absolute }) {
            let names = filesBeingUsed[start...].map(\.name) + [name]
            throw LanguageError(
                names.count == 2
                    ? "`\(name)` uses itself"
                    : "these files use each other in a circle: " + names.joined(separator: " → "),
                note: "put what both need in a third file")
        }
        if !filesBeingUsed.isEmpty { filesBeingUsed[filesBeingUsed.count - 1].uses.append((name, absolute)) }
        let text = try host.text(ofUsedFile: name)
        if let known = usedFiles[absolute], known.text.hasSameScalars(as: text), try isCurrent(known) {
            return known.value
        }
        let program = try Program(parsing: Source(text, origin: .file(name), scope: table.newScope()))
        filesBeingUsed.append(FileBeingUsed(path: absolute, name: name))
        var isDone = false
        defer { if !isDone { filesBeingUsed.removeLast() } }
        let value = try definitions(of: program)
        isDone = true
        usedFiles[absolute] = UsedFile(text: text, value: value, uses: filesBeingUsed.removeLast().uses)
        return value
    }

    /// Runs a file's statements; nothing is printed but what they print themselves.
    private func definitions(of program: Program) throws -> Value {
        try check(program)
        for statement in program.statements {
            if let command = statement.command {
                throw Diagnostic(
                    "commands act on the session", source: program.source, span: command.span,
                    note: "a file that is taken in with `use` cannot hold them")
            }
        }
        var names: [String] = []
        var seen: Set<String> = []
        for statement in program.statements {
            _ = try value(of: statement, in: program)
            note(statement, in: program.source)
            names += statement.names.assigned.filter { seen.insert($0).inserted }
        }
        return .record(
            names.compactMap { name in
                guard let slot = table.existingSlot(name, in: program.source.scope), table.isSet(slot) else {
                    return nil
                }
                return (name, table.slots[slot])
            })
    }

    /// Whether the files that a file uses are what they were.
    private func isCurrent(_ file: UsedFile) throws -> Bool {
        for (name, path) in file.uses {
            guard let known = usedFiles[path], try host.text(ofUsedFile: name).hasSameScalars(as: known.text),
                try isCurrent(known)
            else {
                return false
            }
        }
        return true
    }

    /// A path as it leads from the folder that Lethe was started in.
    static func path(_ path: String, from source: Source) -> String {
        guard !path.hasPrefix("/"), case .file(let file, _) = source.origin, let slash = file.lastIndex(of: "/") else {
            return path
        }
        return String(file[...slash]) + path
    }

    /// What stands in an ``Environment`` for a file that a function takes in: no program can write such a name.
    static func nameOfUse(_ path: String) -> String { "use \(quoted(path))" }

    /// What a file defines, kept under that name; nil where none is.
    func usedValue(_ name: String) -> Value? {
        guard let slot = table.existingSlot(name), !table.isUnset(table.slots[slot]) else { return nil }
        return table.slots[slot]
    }

    /// The top-level names of a file that was taken in, which its functions read.
    public func names(of file: Source.UsedFileNumber) -> [(name: String, value: Value)] {
        table.setSlots(in: file.scope).map { (name: table.names[$0], value: table.slots[$0]) }
    }

    /// A file without names, as one comes back from a stored session.
    public func newUsedFile() -> Source.UsedFileNumber { Source.UsedFileNumber(scope: table.newScope()) }

    /// A workspace without names, for one that is taken in beside the session: unlike those of a used file, its names may
    /// have had other values when a run began that reads them.
    public func newWorkspace() -> Source.UsedFileNumber {
        let workspace = newUsedFile()
        makeWorkspace(workspace)
        return workspace
    }

    /// Makes what was taken for a used file a workspace.
    public func makeWorkspace(_ file: Source.UsedFileNumber) { table.makeWorkspace(file.scope) }

    /// Gives a name of a used file its value.
    public func bind(_ name: String, to value: Value, in file: Source.UsedFileNumber) {
        table.slots[table.slot(name, in: file.scope)] = value
    }

    /// What a name that a function reads from outside means there: in the session, or in the file that it was taken
    /// from.
    public func meaning(of name: String, in source: Source) -> Value? {
        if source.scope == 0 { return meaning(of: name) }
        if let value = builtinValues[name] { return value }
        guard let slot = table.existingSlot(name, in: source.scope), !table.isUnset(table.slots[slot]) else {
            return table.builtin(name).map { .function($0) }
        }
        return table.slots[slot]
    }

    /// Forgets which files were taken in: the next `use` runs them again.
    public func forgetUsedFiles() { usedFiles = [:] }
}

extension Machine {
    func use(_ i: Instruction) throws {
        let source = prototype.source
        do {
            place(i.a).pointee = try interpreter.use(currentSite(i.c).path, from: source)
        } catch var diagnostic as Diagnostic where diagnostic.source !== source {
            // An error in the file: it says who wanted the file.
            let frame = frames[frameCount - 1]
            let span = frame.prototype.nodes[safe: frame.pc - frame.code - 1]??.place ?? frame.prototype.span
            diagnostic.frames.append(
                .init(
                    function: currentSite(i.c).path, caller: frame.prototype.frameName, source: source, span: span,
                    isUse: true))
            throw diagnostic
        }
    }
}
