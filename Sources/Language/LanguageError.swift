// What code throws that finds something wrong but does not know where in the program it stands.

/// An error in a user's terms, without a place: built-ins and foreign values throw it, the evaluator adds source, caret
/// and calls and makes a ``Diagnostic`` of it.
///
/// In every text `{left}` and `{right}` stand for the operands of an operator as they were written, when they are
/// short.
public struct LanguageError: Error {
    /// What the caret stands under.
    public enum Location: Equatable, Sendable {
        /// The whole call or operation.
        case whole
        /// The name of the called function.
        case callee
        /// The argument for the parameter of that name; the whole call when it was not given.
        case argument(String)
        /// What the function computes that was given for the parameter of that name: `m` in `grad(x -> m, 2)`; the
        /// whole argument where it is not written out there.
        case result(String)
        /// The operator's left or right operand; what a field or an item is asked of is on the left.
        case left, right
        /// The name of the field that is asked for.
        case field
        /// The index at that position between the brackets, from 0.
        case index(Int)
        /// The argument at that position as written in the call, from 0; or only its `name=`.
        case given(Int)
        case givenName(Int)
        /// A word of a line that acts on the session: `nosuch` in `:drop x nosuch`.
        case word(String)
    }

    /// The first line, after `error: `; names of things in backquotes.
    public var message: String
    /// What stands beside the caret: the next step, short.
    public var note: String?
    /// Lines below the caret: what to do.
    public var advice: [String]
    public var location: Location
    /// Whether the last line of advice ends with where the operands that are top-level names got their values:
    /// `(x: cell 3, W: cell 8)`.
    public var tellsOrigins: Bool
    /// The name without a value that this is about, when it is about one.
    var undefinedName: String?

    public init(
        _ message: String, note: String? = nil, advice: [String] = [], at location: Location = .whole,
        tellsOrigins: Bool = false
    ) {
        self.message = message
        self.note = note
        self.advice = advice
        self.location = location
        self.tellsOrigins = tellsOrigins
    }
}

/// Thrown to stop evaluation because the user interrupted it. Not an error: nothing is wrong with the program.
public struct Interruption: Error {
    /// What is said, such as `interrupted at step 270/500 — base holds the weights after step 270`.
    public var message: String

    public init(_ message: String = "interrupted") { self.message = message }
}
