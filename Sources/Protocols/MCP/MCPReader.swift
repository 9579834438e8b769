// The thread that reads what an agent's program sends: it answers what needs no session, and queues the rest.
import Files
import Foundation
import Synchronization

final class MCPReader: Sendable {
    /// Bytes of the longest message.
    private static let longestLine = 16 << 20
    /// Versions of the protocol that are spoken, the newest first.
    static let versions = ["2025-11-25", "2025-06-18", "2024-11-05"]

    /// A tool that is to be called.
    struct Call: Sendable {
        let id: JSON
        let tool: MCPTool
        let arguments: JSONNode
        /// Where its progress is to be told; nil where no one wants to know.
        let progressToken: JSON?
    }

    private struct State {
        var isInitialized = false
        /// Calls that were cancelled while they ran.
        var cancelled: [JSON] = []
    }

    private let state = Mutex(State())
    private let input: Int32
    private let queue: RequestQueue<Call>
    private let writer: LineWriter
    private let version: String

    init(input: Int32, queue: RequestQueue<Call>, writer: LineWriter, version: String) {
        self.input = input
        self.queue = queue
        self.writer = writer
        self.version = version
    }

    /// Whether a call that has ended had been cancelled; asked once.
    func wasCancelled(_ id: JSON) -> Bool {
        state.withLock { state in
            guard let index = state.cancelled.firstIndex(of: id) else { return false }
            state.cancelled.remove(at: index)
            return true
        }
    }

    /// Reads until the input ends; what runs then is stopped.
    func read() {
        var lines = LineReader(descriptor: input, limit: Self.longestLine)
        while let line = lines.next() {
            guard case .bytes(let bytes) = line else {
                let error = RPCError(.invalidRequest, "the message is longer than \(Self.longestLine >> 20) MB")
                writer.write(error.json)
                continue
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            do {
                try take(RPCMessage(parsing: bytes))
            } catch {
                writer.write((error as? RPCError ?? RPCError(.invalidRequest, "\(error)")).json)
            }
        }
        queue.close(dropping: true)
    }

    private func take(_ message: RPCMessage) throws {
        switch message {
        case .answer: break
        case .notification("notifications/cancelled", let params): cancel(params)
        case .notification: break
        case .request(let id, let method, let params):
            do {
                if let result = try result(of: method, params, id) { writer.write(RPCAnswer.result(result, id: id)) }
            } catch {
                var error = error as? RPCError ?? RPCError(.invalidParams, "\(error)")
                error.id = id
                throw error
            }
        }
    }

    /// What is answered at once; nil for a call that was queued.
    private func result(of method: String, _ params: JSONNode, _ id: JSON) throws -> JSON? {
        if method == "ping" { return [:] }
        if method == "initialize" { return try initialize(params) }
        guard state.withLock({ $0.isInitialized }) else {
            throw RPCError(.notInitialized, "`initialize` comes before `\(method.prefix(100))`")
        }
        switch method {
        case "tools/list":
            if try params.optional("cursor") != nil {
                throw RPCError(.invalidParams, "there is only one page of tools")
            }
            return ["tools": .array(MCPTool.all.map(\.json))]
        case "tools/call":
            let call = try call(params, id)
            if let complaint = call.tool.complaint(about: call.arguments) {
                let answer = MCPTool.Answer.text(complaint, isError: true)
                return ["content": .array(answer.content), "isError": true]
            }
            _ = wasCancelled(id)  // an id that is used again
            guard queue.add(call) else {
                throw RPCError(.tooManyRequests, "too many calls wait; read their answers first")
            }
            return nil
        default: throw RPCError(.methodNotFound, "there is no method `\(method.prefix(100))`")
        }
    }

    private func initialize(_ params: JSONNode) throws -> JSON {
        let asked = try params["protocolVersion"].string()
        let isFirst = state.withLock { state in
            defer { state.isInitialized = true }
            return !state.isInitialized
        }
        guard isFirst else { throw RPCError(.invalidRequest, "the session is initialized already") }
        return [
            "protocolVersion": .string(Self.versions.contains(asked) ? asked : Self.versions[0]),
            "capabilities": ["tools": ["listChanged": false]],
            "serverInfo": ["name": "lethe", "title": "Lethe", "version": .string(version)],
            "instructions": """
            A session of Lethe, a language for experiments in machine unlearning of language models. `run` runs \
            cells one after the other; names keep their values. Start with run(":help") and inspect("for").
            """,
        ]
    }

    private func call(_ params: JSONNode, _ id: JSON) throws -> Call {
        let name = try params["name"].string()
        guard let tool = MCPTool.all.first(where: { $0.name == name }) else {
            throw RPCError(.invalidParams, "there is no tool `\(name.prefix(100))`")
        }
        let arguments = try params.optional("arguments") ?? JSONNode([:], origin: "arguments")
        let token = try params.optional("_meta")?.optional("progressToken")?.value
        return Call(
            id: id, tool: tool, arguments: JSONNode(arguments.value, origin: "arguments"),
            progressToken: token.flatMap { JSONLinesRequest.isID($0) ? $0 : nil })
    }

    /// Drops a call that waits, and stops one that runs.
    private func cancel(_ params: JSONNode) {
        guard let id = params.value["requestId"] else { return }
        _ = queue.withdraw { $0.id == id }
        queue.interrupt { call in
            guard call.id == id else { return false }
            self.state.withLock { if !$0.cancelled.contains(id) { $0.cancelled.append(id) } }
            return true
        }
    }
}
