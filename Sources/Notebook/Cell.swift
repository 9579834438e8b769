// What goes into a session and what comes out of it.
import Language

/// A piece of program that is run as a whole.
public struct Cell: Sendable {
    public var source: String
    /// Where the text came from, which decides how errors name places.
    public var origin: Source.Origin?

    /// - Parameters:
    ///   - source: the program text.
    ///   - origin: a file; nil for a cell at the prompt, which gets the session's next number.
    public init(_ source: String, origin: Source.Origin? = nil) {
        self.source = source
        self.origin = origin
    }
}

/// What a cell produced, in order.
public enum Output {
    public enum Stream: Sendable { case results, messages }

    /// Text a program or command wrote, newlines included.
    case text(Stream, String)
    /// The value of a top-level expression, as it is printed (no newline at the end).
    case value(plain: String)
    /// The statement that failed; the cell ended there.
    case failure(Diagnostic)
    /// The user stopped the cell; what is to be said about it.
    case interrupted(String)
}
