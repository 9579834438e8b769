// The kernel: answers the requests of front ends with a session, one after the other.
import Files
import Language
import Notebook
import Protocols

/// Owns the session. The thread that calls ``serve()`` runs cells.
public final class Kernel {
    let queue: RequestQueue<KernelRequest>
    private let maker: SessionMaker
    private let sender: Sender
    private let outbox: Outbox
    private let info: KernelInfo
    private(set) lazy var session = maker.session(
        show: { [unowned self] in running?.show($0) }, progress: { [unowned self] in running?.show($0) },
        clear: { [unowned self] in running?.clear() })
    var history = InputHistory()
    /// The outputs of the cell that runs.
    var running: CellOutputs?

    public init(
        maker: SessionMaker, queue: RequestQueue<KernelRequest>, sender: Sender, outbox: Outbox, info: KernelInfo
    ) {
        self.maker = maker
        self.queue = queue
        self.sender = sender
        self.outbox = outbox
        self.info = info
    }

    /// Says that it has come up, and answers until it is asked to end.
    public func serve() {
        outbox.send(
            Message(
                identities: [Array("status".utf8)], header: sender.header("status"), parent: [:],
                content: ["execution_state": "starting"]), by: .iopub)
        // Made now: the first cell should not wait for it.
        _ = session
        while let request = queue.next() {
            let voice = voice(about: request)
            voice.whileBusy { answer(request.message, voice) }
            queue.finish()
        }
    }

    func voice(about request: KernelRequest) -> Voice {
        Voice(about: request.message, on: request.channel, sender: sender, outbox: outbox)
    }

    private func answer(_ message: Message, _ voice: Voice) {
        let content = JSONNode(message.content, origin: message.type)
        do {
            switch message.type {
            case "kernel_info_request": voice.reply(info.json)
            case "execute_request": try execute(ExecuteRequest(content), voice)
            case "complete_request": voice.reply(try complete(content))
            case "inspect_request": voice.reply(try inspect(content))
            case "is_complete_request": voice.reply(try isComplete(content))
            case "history_request": voice.reply(try history.answer(content))
            case "comm_info_request": voice.reply(["status": "ok", "comms": [:]])
            // There are no comms here: whoever opens one is told that it is closed.
            case "comm_open": voice.publish("comm_close", ["comm_id": message.content["comm_id"] ?? "", "data": [:]])
            default: break
            }
        } catch {
            voice.reply(Self.failure("error", "\(error)"))
        }
    }

    static func failure(_ name: String, _ message: String) -> JSON {
        ["status": "error", "ename": .string(name), "evalue": .string(message), "traceback": [.string(message)]]
    }
}
