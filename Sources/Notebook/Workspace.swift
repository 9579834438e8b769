// A session in a file: names with their values, random numbers, numbered results and cells; `:save f.ws` and `:load
// f.ws`.
//
// The file is a safetensors file, which other programs open, too: every tensor, direction and model of the session is a
// tensor in it, called after the name it has in the session (`base.weights`). Its metadata hold
//
//     "lethe"   the number of this format, 2 (format 1 had a checksum of its own)
//     "session" the session as JSON: names, cells, and the tables of StoredValues.swift
//     "sum"     a checksum of that JSON, which in turn holds one of every tensor
//
// All of it is read and checked before anything of the session changes.
import Collections
import Files
import Foundation
import Language
import LanguageModels
import Plots
import Tensors
import Vocabulary

/// Writes a session's state.
struct Workspace {
    private static let format = "2"

    /// What could not be stored, a sentence each.
    private(set) var warnings: [String] = []
    /// Names that were stored.
    private(set) var names = 0

    /// Writes the session to a file, whole or not at all.
    ///
    /// - Parameter part: the names that are written, with what their functions read; nil for the whole session.
    init(saving session: Session, part: [String]? = nil, to path: String) throws {
        var writer = ValueWriter()
        var stored: [JSON] = []
        let needed = part.map { names in
            let values = names.compactMap { session.interpreter[$0] }
            let read = session.interpreter.environment(of: values)
            return Set(names + zip(read.bindings, read.workspaces).filter { $1 == nil }.map(\.0.name))
        }
        func stop() throws {
            if session.isInterrupted { throw Language.Interruption("interrupted: nothing was saved") }
        }
        for (name, value) in session.interpreter.globals where name != "out" && needed?.contains(name) != false {
            try stop()
            do throws(NotStorable) {
                let description = try writer.describe(value, of: name)
                let place = session.interpreter.definition(of: name).map { place -> JSON in
                    [writer.number(of: place.source), .integer(Int(place.span.start)), .integer(Int(place.span.end))]
                }
                stored.append([.string(name), description, place ?? .null])
                if !Session.ownNames.contains(name), part?.contains(name) != false { names += 1 }
            } catch {
                warnings.append(Self.warning(name, error, session))
            }
        }
        var results: [JSON] = [], lost: [Int] = []
        for (number, value) in (part == nil ? session.results.list : []).enumerated() {
            try stop()
            do throws(NotStorable) {
                results.append(try writer.describe(value, of: "out \(number)"))
            } catch {
                results.append(.null)
                lost.append(number)
            }
        }
        if !lost.isEmpty {
            warnings.append(
                """
                not stored: \(listed(lost.map { "out[\($0)]" })); what \(lost.count == 1 ? "it" : "they") showed is \
                kept for exports
                """
            )
        }
        // Functions of files that were taken in read those files' names; which may be functions of other files.
        var used: [JSON] = []
        while used.count < writer.usedFiles.count {
            var names: [JSON] = []
            for (name, value) in session.interpreter.names(of: writer.usedFiles[used.count]) {
                do throws(NotStorable) {
                    names.append([.string(name), try writer.describe(value, of: name)])
                } catch {
                    warnings.append("not stored: `\(name)` of a file that was taken in (\(error.what))")
                }
            }
            used.append(.array(names))
        }
        warnings += writer.remarks
        var root: NamedValues<JSON> = [
            "names": .array(stored), "results": .array(results),
            "records": .array(part == nil ? session.records.map(StoredRecord.json) : []),
            "next_cell": .integer(session.running?.nextNumber ?? session.nextCell), "digits": .integer(session.digits),
            "first_seed": .string(String(session.start.seed)),
            "first_digits": .integer(session.start.digits),
        ]
        if let generator = session.configuration.engine?.generator { root["random"] = StoredRecord.json(generator) }
        if !used.isEmpty { root["used"] = .array(used) }
        if let part { root["part"] = .array(part.map { .string($0) }) }
        for (key, table) in writer.tables { root[key] = table }
        let text = try JSON.object(root).text()
        try stop()
        // As the header writes it.
        let size = text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "\"") || $1 == UInt8(ascii: "\\") ? 2 : 1) }
        guard size < SafetensorsFile.headerLimit - 1_000_000 else {
            let sizes = session.interpreter.globals.map { (name: $0.name, bytes: $0.value.sharedByteCount) }
            let largest = sizes.filter { name, _ in !Session.ownNames.contains(name) }.max { $0.bytes < $1.bytes }
            throw LanguageError(
                """
                what the session holds beside tensors takes \(size) bytes, and a workspace can have \
                \(SafetensorsFile.headerLimit - 1_000_000)\(largest.map { "; `\($0.name)` is the largest" } ?? "")
                """,
                advice: [
                    "make a tensor of a long list of numbers, or keep it in a file of its own (write_json)",
                    "or save some names: :save \(path) a b",
                ])
        }
        let metadata = [
            (key: "format", value: "pt"), (key: "lethe", value: Self.format), (key: "session", value: text),
            (key: "sum", value: Self.sum(text)),
        ]
        try session.writing { try writer.write(metadata, to: path) { try stop() } }
    }

    private static func warning(_ name: String, _ error: NotStorable, _ session: Session) -> String {
        // The latest cell that gave it its value.
        let cell = session.records.last { $0.binds.contains(name) }?.place
        return "not stored: `\(name)` (\(error.what))" + (cell.map { "; make it again with \($0)" } ?? "")
    }

    private static func sum(_ text: String) -> String { workspaceChecksum(text) }

    // MARK: Reading

    /// A file's contents, ready to be put in the place of a session's.
    struct Contents {
        fileprivate(set) var names: [(name: String, value: Value, place: (source: Source, span: Span)?)] = []
        /// The names of a file that holds but these of a session.
        fileprivate(set) var part: [String]?
        fileprivate(set) var results: [Value] = []
        fileprivate(set) var records: [CellRecord] = []
        fileprivate(set) var generator: RandomGenerator?
        fileprivate(set) var nextCell = 1
        fileprivate(set) var digits = 4
        fileprivate(set) var start = SessionStart(seed: 0)
        /// Tells whether a file is still the same.
        fileprivate(set) var fingerprint = ""
    }

    /// Reads a file; the session only lends its functions and its memory.
    ///
    /// - Parameter standsAlone: its functions shall read the names of the file, whatever the session calls so.
    static func contents(of path: String, for session: Session, standsAlone: Bool = false) throws -> Contents {
        guard let engine = session.configuration.engine else {
            throw LanguageError("this session has no tensors, and cannot load a workspace")
        }
        let advice = "a workspace is written by `:save \(path)`"
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(path)
        } catch {
            if !FileBytes.exists(path) || FileBytes.isFolder(path) {
                throw LanguageError("cannot read `\(path)`: \(error.message)")
            }
            throw LanguageError("`\(path)` is no whole workspace: \(error.message)", advice: [advice])
        }
        guard let version = file.metadata["lethe"], let text = file.metadata["session"] else {
            throw LanguageError(
                "`\(path)` is a safetensors file, but no workspace",
                advice: ["read_tensors(\"\(path)\") reads its tensors", advice])
        }
        guard version == format else {
            throw LanguageError(
                "`\(path)` is a workspace of format \(version); this version of Lethe reads format \(format)",
                advice: version == "1"
                    ? ["an earlier version of Lethe wrote it: `:load` it there, and `:save` its cells as a script"]
                    : ["a later version of Lethe may read it"])
        }
        guard file.metadata["sum"] == sum(text) else {
            throw LanguageError("`\(path)` is damaged: its description has changed since it was written")
        }
        do {
            return try contents(
                JSONNode(try JSON(parsing: text), origin: path), file, engine, session, standsAlone: standsAlone)
        } catch let error as JSONError {
            throw LanguageError("`\(path)` is damaged: \(error.message)")
        } catch let error where error is LanguageError || error is Language.Interruption {
            throw error
        } catch TensorError.interrupted {
            throw Language.Interruption("interrupted: nothing was loaded")
        } catch let error as Diagnostic {
            throw LanguageError("`\(path)` cannot be loaded: \(error.message)")
        } catch {
            throw LanguageError("`\(path)` cannot be loaded: \(error)")
        }
    }

    private static func contents(
        _ root: JSONNode, _ file: SafetensorsFile, _ engine: EngineContext, _ session: Session, standsAlone: Bool
    ) throws -> Contents {
        var contents = Contents()
        contents.part = try root.optional("part")?.elements().map { try $0.string() }
        let home = standsAlone || contents.part != nil ? session.interpreter.newWorkspace() : nil
        let layout = session.layout
        let reader = try ValueReader(
            root, file, engine, session.interpreter,
            kinds: PlotFunctions.storedKinds(isUnicode: { layout.isUnicode }), home: home)
        for node in try root["names"].elements() {
            let parts = try node.elements()
            guard parts.count == 3 else { throw node.error("is no name with a value") }
            let name = try parts[0].string()
            guard isName(name) else { throw node.error("is no name") }
            var place: (source: Source, span: Span)?
            if !parts[2].value.isNull {
                let numbers = try parts[2].elements()
                guard numbers.count == 3 else { throw node.error("stands nowhere") }
                let source = try reader.source(numbers[0])
                place = (source, try ValueReader.span(numbers[1], numbers[2], in: source))
            }
            contents.names.append((name, try reader.value(parts[1]), place))
        }
        if let home { for entry in contents.names { session.interpreter.bind(entry.name, to: entry.value, in: home) } }
        for name in contents.part ?? [] where !contents.names.contains(where: { $0.name == name }) {
            throw root.error("does not hold `\(name)`, which it says it does")
        }
        contents.results = try root["results"].elements().map { try reader.value($0) }
        contents.records = try root["records"].elements().map { try StoredRecord.record($0) }
        contents.generator = try root.optional("random").map { try StoredRecord.generator($0) }
        contents.nextCell = try root["next_cell"].integer(in: 1...StoredLimits.cells)
        guard contents.results.count <= contents.nextCell else {
            throw root.error("has results of cells that have not run")
        }
        contents.digits = try root["digits"].integer(in: 1...17)
        guard let seed = UInt64(try root["first_seed"].string()) else {
            throw try root["first_seed"].error("is no seed")
        }
        contents.start.seed = seed
        contents.start.digits =
            try root.optional("first_digits")?.integer(in: 1...17) ?? SessionStart.usualDigits
        contents.fingerprint = file.metadata["sum"] ?? ""
        return contents
    }
}

extension Session {
    /// Puts a workspace in the place of all names and cells; `:undo` brings those back.
    func replace(with contents: Workspace.Contents) {
        willChange()
        history.replaceAll(with: contents.records)
        for name in interpreter.globals.map(\.name) { interpreter[name] = nil }
        for entry in contents.names { interpreter.bind(entry.name, to: entry.value, definedIn: entry.place) }
        results = NumberedResults(contents.results)
        if !contents.results.isEmpty { interpreter["out"] = .list(results.list) }
        if let generator = contents.generator { configuration.engine?.generator = generator }
        digits = contents.digits
        start = contents.start
        running?.nextNumber = contents.nextCell
        // Its number may be that of a cell in the file.
        running?.leavesNoRecord = true
    }
}

/// The checksum of a workspace's description; for tests that change one.
package func workspaceChecksum(_ description: String) -> String { String(Checksum(of: [description]).value, radix: 16) }
