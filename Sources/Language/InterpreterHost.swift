// What an interpreter asks of whoever runs it: a place to print, and whether to stop.

/// The session, script runner or test that owns an interpreter.
public protocol InterpreterHost: AnyObject {
    /// A top-level expression's value is to be printed. Not called for `nothing` nor after `;`.
    func show(_ value: Value)

    /// `print` and the like: text for standard output, newlines included.
    func write(_ text: String)

    /// A text whose lines depend on the window, for some of those who read it.
    func write(_ text: String, to readers: OutputReaders)

    /// Calls `body` for each width that a text is to be laid out for, with those who read what it writes then: once, or
    /// for the window and for the record where these differ.
    func eachLayout(_ body: (_ width: Int, _ readers: OutputReaders) throws -> Void) rethrows

    /// A warning for the user, for standard error.
    func warn(_ message: String)

    /// Something that was decided for the user and is worth knowing, for standard error: a line.
    func note(_ message: String)

    /// Whether the user asked to stop. Polled often: reading an atomic flag is all it should do.
    var isInterrupted: Bool { get }

    /// A built-in has taken notice of the interruption and returns what it has; what is left of its statement is to
    /// run undisturbed, so computations must not see that interruption any more.
    func interruptionWasTaken()

    /// A long operation has done `done` of `total`; `title` names it (`train`), `unit` what is counted (`steps`;
    /// nothing where its speed says nothing), `note` how it goes (`loss 2.113`). Cheap enough to be called at every
    /// step; `done == total` ends the operation.
    func progress(_ title: String, done: Int, total: Int, unit: String, note: String)

    /// The outermost loop of the running statement has begun its turn number `done` of `total`; called now and then.
    func loopProgress(done: Int, total: Int)

    /// What to write instead of a name that has no value, where the host knows.
    func hint(forUndefined name: String) -> String?

    /// What to write instead of a method that other languages have, `name` in `x.name()`; nil when there is nothing to
    /// say.
    func hint(forMethod name: String) -> String?

    /// Whether the user asked again, so that the running statement is to be abandoned instead of finished.
    var isAbandoned: Bool { get }

    /// Bytes that the limits of the process leave; nil where there are none.
    var memoryRoom: Int? { get }

    /// Columns that printed values may fill.
    var width: Int { get }

    /// Significant digits in printed results.
    var digits: Int { get }

    /// Where a file is that a program takes in with `use`: as `written`, and as its path leads from the folder that Lethe
    /// was started in when it lies beside the file that takes it in. Its own files are looked for beside that place.
    func place(ofUsedFile written: String, beside: String) throws -> String

    /// The text of a file that a program takes in with `use`; the path leads from the folder that Lethe was started in.
    func text(ofUsedFile path: String) throws -> String

    /// A file is written by `body`: where several processes run the same program, one of them does it.
    func writing(_ body: () throws -> Void) throws

    /// Whether a `catch` may take an error. Throws an ``Interruption`` where the program cannot go on: of several processes
    /// that run it, another did not meet that error.
    func mayCatch(_ error: Diagnostic) throws -> Bool

    /// The program asks to leave with an exit status; who asked then unwinds with an ``Interruption``.
    func leave(status: Int32) throws

    /// A line that acts on the session: `:save f`, `?train`, `train?`, `!ls`. `text` is the line without newline.
    func command(_ command: SessionCommand, in source: Source) throws
}

extension InterpreterHost {
    public func write(_ text: String, to readers: OutputReaders) {
        if readers.contains(.window) { write(text) }
    }
    public func eachLayout(_ body: (_ width: Int, _ readers: OutputReaders) throws -> Void) rethrows {
        try body(width, .all)
    }
    public func warn(_ message: String) {}
    public func note(_ message: String) {}
    public var isInterrupted: Bool { false }
    public func interruptionWasTaken() {}
    public func loopProgress(done: Int, total: Int) {}
    public func hint(forUndefined name: String) -> String? { nil }
    public func hint(forMethod name: String) -> String? { nil }
    public func progress(_ title: String, done: Int, total: Int, unit: String, note: String) {}
    /// Progress that is counted in steps.
    public func progress(_ title: String, done: Int, total: Int, note: String) {
        progress(title, done: done, total: total, unit: "steps", note: note)
    }
    public func place(ofUsedFile written: String, beside: String) throws -> String { beside }
    public func text(ofUsedFile path: String) throws -> String {
        throw LanguageError("files cannot be taken in here; `use` needs a session")
    }
    public func writing(_ body: () throws -> Void) throws { try body() }
    public func mayCatch(_ error: Diagnostic) throws -> Bool { true }
    public var isAbandoned: Bool { false }
    public var memoryRoom: Int? { nil }
    public var width: Int { 80 }
    public var digits: Int { 4 }
    public func leave(status: Int32) throws { throw LanguageError("there is no session to leave here") }
    public func command(_ command: SessionCommand, in source: Source) throws {
        throw LanguageError("`\(command.text)` acts on a session; it has no meaning here")
    }
}

/// A line that acts on the session and is not part of the language.
public struct SessionCommand: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// `:save f.lethe`
        case colon
        /// `?name`, `name?`, `?"words"`
        case help
        /// `!ls`
        case shell
    }

    public let kind: Kind
    /// What follows the mark (or precedes a `?`), trimmed: `save f.lethe`, `train`, `ls`.
    public let words: String
    /// The whole line, trimmed.
    public let text: String
    public let span: Span

    /// What is wrong with the line: the word that an error names, otherwise what follows the command's name, or all of
    /// it.
    func span(of location: LanguageError.Location) -> Span {
        let words = text.split(separator: " ")
        func place(_ part: Substring) -> Span {
            let start = Int(self.span.start) + text.utf8.distance(from: text.startIndex, to: part.startIndex)
            return Span(start, start + part.utf8.count)
        }
        if case .word(let wanted) = location, let word = words.first(where: { $0 == wanted }) { return place(word) }
        switch kind {
        case .colon where words.count > 1 && words[0] != ":": return place(text[words[1].startIndex...])
        case .help where !self.words.isEmpty:
            guard let range = text.range(of: self.words) else { return self.span }
            return place(text[range])
        default: return self.span
        }
    }
}
