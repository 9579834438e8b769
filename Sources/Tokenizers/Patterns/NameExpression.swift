// Regular expressions that names are held against, as Python programs write them.

/// A regular expression for whole names.
public struct NameExpression: Sendable {
    private let program: PatternProgram

    /// - Returns: `nil` for what is no regular expression, or one with parts that are not known here.
    public init?(_ pattern: String) {
        guard let program = try? PatternProgram("\\A(?:\(pattern))\\z") else { return nil }
        self.program = program
    }

    public func fits(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            var found = false
            program.forEachMatch(in: bytes) { _ in found = true }
            return found
        }
    }
}
