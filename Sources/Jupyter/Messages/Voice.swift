// What the kernel says about one request: replies to whoever asked, publications to all who listen.
import Files

/// Speaks about one request.
public struct Voice: Sendable {
    private let request: Message
    private let channel: Channel
    private let sender: Sender
    private let outbox: Outbox

    public init(about request: Message, on channel: Channel, sender: Sender, outbox: Outbox) {
        self.request = request
        self.channel = channel
        self.sender = sender
        self.outbox = outbox
    }

    /// Answers the request: `execute_request` with an `execute_reply`.
    public func reply(_ content: JSON) {
        let kind =
            request.type.hasSuffix("_request") ? String(request.type.dropLast("request".count)) : request.type + "_"
        outbox.send(
            Message(
                identities: request.identities, header: sender.header(kind + "reply"), parent: request.header,
                content: content), by: channel)
    }

    /// Tells all front ends.
    public func publish(_ type: String, _ content: JSON, metadata: JSON = [:]) {
        outbox.send(
            Message(
                identities: [Array(type.utf8)], header: sender.header(type), parent: request.header,
                metadata: metadata, content: content), by: .iopub)
    }

    public func write(_ text: String, to stream: String) {
        if !text.isEmpty { outbox.stream(stream, text, parent: request.header) }
    }

    /// Says before and after that the kernel is at the request.
    public func whileBusy(_ body: () -> Void) {
        publish("status", ["execution_state": "busy"])
        body()
        publish("status", ["execution_state": "idle"])
    }
}
