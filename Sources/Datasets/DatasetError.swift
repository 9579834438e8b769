// Why data could not be read or used.

/// Data are missing, malformed or do not fit together; the message names the file or question and says what to do.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
