// The payload of a string value: one reference to a Swift string.

/// A string as a value's payload.
public struct Text: ExpressibleByStringLiteral, Hashable, CustomStringConvertible {
    private final class Storage {
        let string: String
        init(_ string: String) { self.string = string }
    }

    private let storage: Storage

    /// Bytes of the longest string that operators make.
    static let most = 1_000_000_000

    public init(_ string: String) { storage = Storage(string) }
    public init(stringLiteral value: String) { storage = Storage(value) }

    /// The characters.
    public var string: String { storage.string }
    public var description: String { storage.string }

    public static func == (a: Text, b: Text) -> Bool { a.storage === b.storage || a.string == b.string }
    public func hash(into hasher: inout Hasher) { hasher.combine(string) }
}

/// A string between double quotes with its special characters escaped. With `doublesBraces` the language reads the same
/// string back; without, braces stay as they are, for the eye.
public func quoted(_ text: String, doublesBraces: Bool = false) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "{" where doublesBraces: result += "{{"
        case "}" where doublesBraces: result += "}}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return visible(result + "\"")
}
