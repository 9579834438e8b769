/// Values of other modules in workspaces.
import Language

/// A value that workspaces keep as a record of plain values.
public protocol StorableValue: Foreign {
    /// What tells it from other kinds in a file.
    static var storedKind: String { get }
    /// All that it is made again from.
    var stored: Record { get }
}

/// A kind of such values, and how one comes back.
public struct StoredKind {
    public let name: String
    /// - Throws: `LanguageError` for a record that is none of its own.
    public let make: (Record) throws -> Foreign

    public init(_ name: String, _ make: @escaping (Record) throws -> Foreign) {
        (self.name, self.make) = (name, make)
    }
}
