// Messages on their way out: any thread puts them in, the one that owns the sockets takes them.
import Files
import Foundation

/// A socket of the kernel's that messages go out by.
public enum Channel: Sendable {
    case shell, control, iopub
}

/// What is to be sent, in order. Texts that a program prints quickly are joined, so that front ends keep up.
public final class Outbox: @unchecked Sendable {  // all of its state is behind `condition`
    private enum Entry {
        case message(Channel, Message)
        case stream(name: String, text: String, parent: JSON)
    }

    private let condition = NSCondition()
    private let sender: Sender
    private let wake: @Sendable () -> Void
    private var entries: [Entry] = []
    private var isClosed = false
    private var lastStream: ContinuousClock.Instant?

    /// What is printed goes out at most that often.
    private static var streamInterval: Duration { .milliseconds(40) }
    /// Whoever prints more than this (bytes) waits until it is sent.
    private static let mostWaiting = 1 << 20

    /// - Parameter wake: tells the thread that owns the sockets that there is something to take.
    public init(sender: Sender, wake: @escaping @Sendable () -> Void) {
        self.sender = sender
        self.wake = wake
    }

    public func send(_ message: Message, by channel: Channel) {
        condition.lock()
        entries.append(.message(channel, message))
        condition.unlock()
        wake()
    }

    /// Something a program wrote; it joins what was written just before it.
    public func stream(_ name: String, _ text: String, parent: JSON) {
        condition.lock()
        if case .stream(name, var before, parent)? = entries.last {
            // Taken out, so that it grows where it stands.
            entries.removeLast()
            before += text
            entries.append(.stream(name: name, text: before, parent: parent))
        } else {
            entries.append(.stream(name: name, text: text, parent: parent))
        }
        while case .stream(_, let waiting, _)? = entries.last, waiting.utf8.count > Self.mostWaiting, !isClosed {
            wake()
            condition.wait()
        }
        condition.unlock()
        wake()
    }

    /// Nothing more will come.
    public func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
        wake()
    }

    /// Closed, and all taken.
    public var isFinished: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isClosed && entries.isEmpty
    }

    /// What is to be sent now; and how long from now there will be more, where something is held back.
    public func take() -> (messages: [(channel: Channel, message: Message)], after: Duration?) {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        var held: Duration?
        // Only what stands last can still be joined by something.
        if case .stream(_, let text, _)? = entries.last, let lastStream, !isClosed, text.utf8.count < Self.mostWaiting {
            let due = lastStream + Self.streamInterval
            let now = ContinuousClock.now
            if now < due { held = due - now }
        }
        let count = held == nil ? entries.count : entries.count - 1
        let messages = entries.prefix(count).map { entry in
            switch entry {
            case .message(let channel, let message): return (channel, message)
            case .stream(let name, let text, let parent):
                lastStream = .now
                let content: JSON = ["name": .string(name), "text": .string(text)]
                return (
                    Channel.iopub,
                    Message(
                        identities: [Array("stream".utf8)], header: sender.header("stream"), parent: parent,
                        content: content)
                )
            }
        }
        entries.removeFirst(count)
        return (messages, held)
    }
}
