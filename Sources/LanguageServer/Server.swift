// The server: takes requests one after the other, answers each, and says what is wrong with a script when nothing else
// waits.
import Dispatch
import Files
import Foundation
import Language
import Notebook

/// Serves one editor over standard input and output.
public final class Server {
    /// What goes wrong with a request, by the protocol's numbers.
    struct Failure: Error {
        let code: Int
        let message: String

        static func badParameters(_ message: String) -> Failure { Failure(code: -32602, message: message) }
    }

    /// The most that is said to be wrong with one script.
    private static let mostProblems = 500

    private let session: Session
    private let version: String
    private let stream: MessageStream
    private let book: HelpBook
    private var encoding = PositionEncoding.utf16
    private var scripts: [String: OpenScript] = [:]
    /// Scripts that were changed since it was said what is wrong with them, in that order.
    private var changed: [String] = []
    private var waiting: [MessageStream.Incoming] = []
    /// Requests that need no answer any more.
    private var cancelled: [JSON] = []

    private enum State { case started, initialized, shutDown, ended(Int32) }
    private var state = State.started

    /// - Parameter session: knows the built-ins; nothing runs in it.
    public convenience init(session: Session, version: String) {
        self.init(session: session, version: version, stream: MessageStream())
    }

    init(session: Session, version: String, stream: MessageStream) {
        self.session = session
        self.version = version
        self.stream = stream
        book = session.helpBook
    }

    // MARK: Messages

    /// Serves until the editor ends it. Returns the exit status.
    ///
    /// It does so on a thread of its own: a parser asks how much of its thread's stack is left, which takes a
    /// millisecond on the main thread, and pieces of scripts are many.
    public func serve() -> Int32 {
        let ended = DispatchSemaphore(value: 0)
        nonisolated(unsafe) let server = self  // this thread only waits
        nonisolated(unsafe) var status: Int32 = 1
        let thread = Thread {
            status = server.serveHere()
            ended.signal()
        }
        thread.stackSize = 16 << 20
        thread.start()
        ended.wait()
        return status
    }

    private func serveHere() -> Int32 {
        while true {
            if case .ended(let status) = state { return status }
            stream.fill(waits: waiting.isEmpty && changed.isEmpty)
            takeIn()
            if waiting.isEmpty {
                if !changed.isEmpty {
                    publish(changed.removeFirst())
                } else if stream.hasEnded {
                    if case .shutDown = state { return 0 }
                    return 1
                }
                continue
            }
            handle(waiting.removeFirst())
        }
    }

    /// Puts what has arrived in line; what takes a request back is heard before the request is answered.
    private func takeIn() {
        while let incoming = stream.next() {
            if case .message(let message) = incoming, message["method"]?.string == "$/cancelRequest" {
                if let id = message["params"]?["id"], waiting.contains(where: { Self.id(of: $0) == id }) {
                    cancelled.append(id)
                }
                continue
            }
            waiting.append(incoming)
        }
    }

    private static func id(of incoming: MessageStream.Incoming) -> JSON? {
        if case .message(let message) = incoming { return message["id"] }
        return nil
    }

    private func handle(_ incoming: MessageStream.Incoming) {
        switch incoming {
        case .malformed(let what): fail(nil, Failure(code: -32700, message: what))
        case .message(.array(let messages)):
            // The protocol has no batches, but a client that sends one is understood.
            if messages.isEmpty { fail(nil, Failure(code: -32600, message: "an empty batch asks for nothing")) }
            for message in messages { handle(.message(message)) }
        case .message(let message): handle(message)
        }
    }

    private func handle(_ message: JSON) {
        let id = message["id"]
        guard case .object = message else {
            return fail(nil, Failure(code: -32600, message: "a message is an object, not \(message.kind)"))
        }
        guard let method = message["method"]?.string else {
            // Answers to requests that were never sent mean nothing.
            if message["result"] != nil || message["error"] != nil { return }
            return fail(id, Failure(code: -32600, message: "a message needs a `method`"))
        }
        guard let id else { return notify(method, message["params"] ?? .null) }
        guard id.string != nil || id.number != nil else {
            return fail(nil, Failure(code: -32600, message: "an `id` is a number or a string, not \(id.kind)"))
        }
        if let index = cancelled.firstIndex(of: id) {
            cancelled.remove(at: index)
            return fail(id, Failure(code: -32800, message: "the request was taken back"))
        }
        do {
            stream.send(["jsonrpc": "2.0", "id": id, "result": try answer(method, message["params"] ?? .null)])
        } catch let failure as Failure {
            fail(id, failure)
        } catch let refusal as NamePlaces.Refusal {
            fail(id, Failure(code: -32803, message: refusal.message))
        } catch {
            fail(id, Failure(code: -32603, message: "\(error)"))
        }
    }

    private func fail(_ id: JSON?, _ failure: Failure) {
        stream.send([
            "jsonrpc": "2.0", "id": id ?? .null,
            "error": ["code": .integer(failure.code), "message": .string(failure.message)],
        ])
    }

    // MARK: Notifications

    private func notify(_ method: String, _ parameters: JSON) {
        switch method {
        case "exit":
            if case .shutDown = state { state = .ended(0) } else { state = .ended(1) }
        case "textDocument/didOpen": open(parameters["textDocument"])
        case "textDocument/didChange": change(parameters)
        case "textDocument/didClose":
            guard let uri = parameters["textDocument"]?["uri"]?.string, scripts.removeValue(forKey: uri) != nil else {
                return
            }
            changed.removeAll { $0 == uri }
            send(problems: [], of: uri, version: nil)
        case "textDocument/didSave":
            if let uri = parameters["textDocument"]?["uri"]?.string { note(uri) }
        default: break
        }
    }

    private func note(_ uri: String) {
        if scripts[uri] != nil, !changed.contains(uri) { changed.append(uri) }
    }

    private func open(_ item: JSON?) {
        guard case .initialized = state, let uri = item?["uri"]?.string, let text = item?["text"]?.string else {
            return
        }
        scripts[uri] = OpenScript(
            uri: uri, text: text, version: item?["version"]?.integer, encoding: encoding, session: session)
        note(uri)
    }

    private func change(_ parameters: JSON) {
        guard let item = parameters["textDocument"], let uri = item["uri"]?.string, let script = scripts[uri] else {
            return
        }
        script.version = item["version"]?.integer
        for change in parameters["contentChanges"]?.array ?? [] {
            guard let text = change["text"]?.string else { continue }
            guard let range = change["range"], !range.isNull else {
                script.change(nil, to: text)
                continue
            }
            // A range that is none would put the text anywhere.
            if let range = script.document.offsets(range) { script.change(range, to: text) }
        }
        note(uri)
    }

    // MARK: What is wrong

    private func publish(_ uri: String) {
        guard let script = scripts[uri] else { return }
        let found = script.analysis.problems(session, most: Self.mostProblems) { script.document.lineIndex(of: $0) }
        let problems = found.map { problem, bytes -> JSON in
            // A caret of no width is not seen.
            let shown =
                bytes.isEmpty ? bytes.lowerBound..<min(bytes.lowerBound + 1, script.document.bytes.count) : bytes
            var members: [(String, JSON)] = [
                ("range", script.document.range(shown)), ("severity", .integer(problem.severity.rawValue)),
                ("source", "lethe"), ("message", .string(visible(problem.message))),
            ]
            if problem.isUnnecessary { members.append(("tags", [1])) }
            if let word = problem.replacement { members.append(("data", ["replacement": .string(word)])) }
            return .object(NamedValues(members))
        }
        send(problems: problems, of: uri, version: script.version)
    }

    private func send(problems: [JSON], of uri: String, version: Int?) {
        var members: [(String, JSON)] = [("uri", .string(uri)), ("diagnostics", .array(problems))]
        if let version { members.append(("version", .integer(version))) }
        stream.send([
            "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": .object(NamedValues(members)),
        ])
    }

    // MARK: Requests

    private func answer(_ method: String, _ parameters: JSON) throws -> JSON {
        switch state {
        case .started:
            guard method == "initialize" else {
                throw Failure(code: -32002, message: "`\(method)` comes before `initialize`")
            }
            return initialize(parameters)
        case .shutDown, .ended:
            throw Failure(code: -32600, message: "`\(method)` comes after `shutdown`")
        case .initialized: break
        }
        switch method {
        case "initialize": throw Failure(code: -32600, message: "`initialize` comes once")
        case "shutdown":
            state = .shutDown
            return .null
        case "completionItem/resolve": return Completions.resolved(parameters, book)
        default: break
        }
        guard method.hasPrefix("textDocument/"), let respond = Self.requests[method] else {
            throw Failure(code: -32601, message: "there is no `\(method)` here")
        }
        guard let uri = parameters["textDocument"]?["uri"]?.string else {
            throw Failure.badParameters("`\(method)` needs `textDocument.uri`")
        }
        guard let script = scripts[uri] else { throw Failure.badParameters("`\(uri)` is not open") }
        return try respond(Request(script: script, session: session, book: book, parameters: parameters))
    }

    private func initialize(_ parameters: JSON) -> JSON {
        let offered = parameters["capabilities"]?["general"]?["positionEncodings"]?.array?.compactMap(\.string) ?? []
        if offered.contains(PositionEncoding.utf8.rawValue) { encoding = .utf8 }
        state = .initialized
        return [
            "capabilities": [
                "positionEncoding": .string(encoding.rawValue),
                "textDocumentSync": ["openClose": true, "change": 2, "save": true],
                "completionProvider": [
                    "triggerCharacters": [".", "(", "=", "\"", ":", "?", "/"], "resolveProvider": true,
                ],
                "hoverProvider": true,
                "signatureHelpProvider": ["triggerCharacters": ["(", ","], "retriggerCharacters": [",", "="]],
                "definitionProvider": true, "referencesProvider": true, "documentHighlightProvider": true,
                "renameProvider": ["prepareProvider": true], "documentSymbolProvider": true,
                "foldingRangeProvider": true, "codeActionProvider": ["codeActionKinds": ["quickfix"]],
                "codeLensProvider": ["resolveProvider": false],
                "documentFormattingProvider": true, "documentRangeFormattingProvider": true,
            ],
            "serverInfo": ["name": "lethe", "version": .string(version)],
        ]
    }
}
