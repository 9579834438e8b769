// What the interpreter asks of the session: where values and messages go, and whether to stop.
import Files
import Language
import Tensors

extension Session: InterpreterHost {
    public func show(_ value: Value) {
        if let capture = running?.capture {
            capture(value)
            return
        }
        // What led to the value has ended, and says so before it is shown.
        configuration.progress?.finish()
        if let number = running?.number {
            results.keep(value, as: number)
            interpreter["out"] = .list(results.list)
        }
        emit(.value(rendering(of: value).shown(pictureStyle)))
    }

    /// What `print` writes is the user's own text, and goes out as it is.
    public func write(_ text: String) { deliver(.text(.results, text)) }
    public func write(_ text: String, to readers: OutputReaders) { deliver(.text(.results, text), to: readers) }
    public func eachLayout(_ body: (_ width: Int, _ readers: OutputReaders) throws -> Void) rethrows {
        if layout.isStandard { return try body(Rendering.standardWidth, .all) }
        try layout.forWindow { try body($0, .window) }
        if keepsRecords, running != nil { try layout.forRecord { try body($0, .record) } }
    }
    public func warn(_ message: String) { tell("warning: \(message)") }
    public func note(_ message: String) { tell(message) }
    private func tell(_ text: String) {
        // At a prompt broken between words; a script's messages stay one line each, for whoever searches them.
        emit(
            .text(.messages, (running?.number == nil ? text : wrapped(text, to: width).joined(separator: "\n")) + "\n"))
    }
    public var isInterrupted: Bool { configuration.cancellation.isRequested }
    public var isAbandoned: Bool { configuration.cancellation.isAbandoned }
    public var memoryRoom: Int? { SystemMemory.processRoom() }
    public func interruptionWasTaken() { configuration.cancellation.take() }
    public var width: Int { layout.width }

    public func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {
        if running?.report(CellRun.Progress(title: title, done: done)) == true { configuration.cancellation.request() }
        configuration.progress?.report(title, done: done, total: total, unit: unit, note: note)
    }

    public func loopProgress(done: Int, total: Int) { configuration.progress?.reportLoop(done: done, total: total) }

    /// A file that is not beside the one that takes it in is looked for in the folders of the search path.
    public func place(ofUsedFile written: String, beside: String) throws -> String {
        func isThere(_ path: String) -> Bool { running?.repetition?.files[path] != nil || FileBytes.exists(path) }
        if written.hasPrefix("/") || configuration.searchPath.isEmpty || isThere(beside) { return beside }
        guard let found = configuration.searchPath.lazy.map({ $0 + "/" + written }).first(where: isThere) else {
            throw LanguageError(
                "cannot read `\(beside)`: it is neither here nor in \(listed(configuration.searchPath, "or"))",
                advice: ["LETHE_PATH names the folders that are looked through"])
        }
        return found
    }

    public func text(ofUsedFile path: String) throws -> String { try text(ofFile: path) }

    public func hint(forUndefined name: String) -> String? {
        if let hint = ForeignNames.hint(forUndefined: name) { return hint }
        return SessionCommands.all.contains { $0.name == name } ? "write :\(name)" : nil
    }

    public func hint(forMethod name: String) -> String? { ForeignNames.hint(forMethod: name) }

    public func leave(status: Int32) {
        exitStatus = status
        isQuitting = true
    }

    public func writing(_ body: () throws -> Void) throws {
        guard let ranks = configuration.engine?.device.ranks else { return try body() }
        do {
            try ranks.onFirst("writing of a file", body)
        } catch let error as RankError {
            throw LanguageError(error.description)
        } catch TensorError.interrupted {
            throw Language.Interruption()
        }
    }

    public func mayCatch(_ error: Diagnostic) throws -> Bool {
        guard let ranks = configuration.engine?.device.ranks, ranks.count > 1 else { return true }
        // How much memory is free is each rank's own.
        let what = error.message.replacing(/[0-9.]+ [kMGT]i?B/, with: "")
        // Where it happened, and the calls that led there.
        let places = [error.position] + error.frames.map { $0.source.position(of: Int($0.span.start)) }
        do {
            try ranks.agreeToCatch("error \(Fingerprint(of: "\(places)".utf8)) \(what)", saying: error.message)
        } catch { throw Language.Interruption() }
        return true
    }

    public func command(_ command: SessionCommand, in source: Source) throws {
        let commands = SessionCommands(session: self)
        guard SessionCommands.writes(command) else { return try commands.run(command, in: source) }
        try writing { try commands.run(command, in: source) }
    }
}
