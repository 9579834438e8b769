// Why a metric could not be computed.

/// A metric was asked of data that have no such figure; the message names the metric and says what to do.
public struct MetricError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
