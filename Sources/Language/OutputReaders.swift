// Who reads what a program writes.

/// Those whom a text is laid out for: whoever looks at the window now, and whoever reads the record of the cell later, in
/// a saved session, an export or a workspace. What is recorded must not depend on the window it was made in.
public struct OutputReaders: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The window, as wide as it is.
    public static let window = OutputReaders(rawValue: 1)
    /// The record, alike wherever it is made.
    public static let record = OutputReaders(rawValue: 2)
    public static let all: OutputReaders = [.window, .record]
}
