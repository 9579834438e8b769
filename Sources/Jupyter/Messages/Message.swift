// A message of Jupyter's protocol, version 5.3: what it says, apart from how it travels.
import Files
import Foundation

/// A request of a front end's, or something the kernel says.
public struct Message: Sendable, Equatable {
    /// Whom a reply goes back to, as the transport has it; what a publication is filed under.
    public var identities: [[UInt8]]
    /// Its id, kind, sender and time.
    public var header: JSON
    /// The header of what it answers; an empty object where there is no such thing.
    public var parent: JSON
    public var metadata: JSON
    public var content: JSON
    /// Raw bytes that go with it; the kernel has no use for any.
    public var buffers: [[UInt8]] = []

    public var type: String { header["msg_type"]?.string ?? "" }
    public var id: String { header["msg_id"]?.string ?? "" }

    public init(identities: [[UInt8]], header: JSON, parent: JSON, metadata: JSON = [:], content: JSON) {
        self.identities = identities
        self.header = header
        self.parent = parent
        self.metadata = metadata
        self.content = content
    }
}

/// Who sends messages: makes their headers.
public struct Sender: Sendable {
    /// The version of the protocol that is spoken.
    public static let protocolVersion = "5.3"

    private let session = UUID().uuidString.lowercased()

    public init() {}

    public func header(_ type: String) -> JSON {
        [
            "msg_id": .string(UUID().uuidString.lowercased()), "session": .string(session), "username": "kernel",
            "date": .string(Date().formatted(Self.format)), "msg_type": .string(type),
            "version": .string(Self.protocolVersion),
        ]
    }

    private static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
