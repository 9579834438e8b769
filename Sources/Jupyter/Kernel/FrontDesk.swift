// Takes what comes in by the sockets: what needs the session waits for it, an interrupt or the end is seen to at once.
import Files
import Protocols

/// A message that waits for the thread that runs cells.
public struct KernelRequest: Sendable {
    let message: Message
    let channel: Channel
}

/// Lives in the thread that owns the sockets.
public struct FrontDesk {
    private var reader: WireReader
    private let queue: RequestQueue<KernelRequest>
    private let sender: Sender
    private let outbox: Outbox
    private let info: KernelInfo
    /// The kernel was asked to end.
    public private(set) var isShuttingDown = false
    /// Frames that were no messages for this kernel.
    public private(set) var dropped = 0

    public init(
        signature: Signature, queue: RequestQueue<KernelRequest>, sender: Sender, outbox: Outbox, info: KernelInfo
    ) {
        reader = WireReader(signature: signature)
        self.queue = queue
        self.sender = sender
        self.outbox = outbox
        self.info = info
    }

    /// Takes the frames of one message. Such that are none are dropped: who sent them gets no answer.
    public mutating func take(_ frames: [[UInt8]], from channel: Channel) {
        let message: Message
        do {
            message = try reader.message(from: frames)
        } catch {
            dropped += 1
            return
        }
        let voice = Voice(about: message, on: channel, sender: sender, outbox: outbox)
        switch (channel, message.type) {
        case (_, "shutdown_request"):
            let restart = message.content["restart"]?.bool ?? false
            voice.whileBusy { voice.reply(["status": "ok", "restart": .bool(restart)]) }
            isShuttingDown = true
            queue.close(dropping: true)
        case (.control, "interrupt_request"):
            voice.whileBusy {
                queue.interrupt()
                voice.reply(["status": "ok"])
            }
        case (.control, "kernel_info_request"): voice.whileBusy { voice.reply(info.json) }
        case (.control, _): voice.whileBusy {}
        default:
            if !queue.add(KernelRequest(message: message, channel: channel)) {
                voice.whileBusy { voice.reply(Self.refusal) }
            }
        }
    }

    private static let refusal: JSON = [
        "status": "error", "ename": "error", "evalue": "too many requests wait", "traceback": [],
        "execution_count": 0,
    ]
}
