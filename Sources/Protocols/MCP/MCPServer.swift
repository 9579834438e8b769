// `lethe mcp`: a session as tools of the Model Context Protocol, over standard input and output.
import Files
import Foundation
import Language
import Notebook
import Tensors

/// Serves one client until its input ends.
///
/// The thread that calls ``serve()`` runs tools; another reads, and answers at once what needs no session.
public final class MCPServer {
    /// Bytes of the outputs of one run: an agent reads them all.
    private static let mostOutput = 200_000

    private let maker: SessionMaker
    private let queue: RequestQueue<MCPReader.Call>
    private let reader: MCPReader
    private let writer: LineWriter
    private let log: SessionLog?
    private(set) lazy var session = makeSession()

    /// The call that is going on: its id, what it printed, and how often its progress was told.
    private var current: (id: JSON, token: JSON?, told: Int, run: CollectedRun)?

    /// - Parameter version: the program's.
    public init(
        maker: SessionMaker, cancellation: Cancellation, version: String, input: Int32, output: Int32, log: SessionLog?
    ) {
        self.maker = maker
        queue = RequestQueue(cancellation: cancellation)
        writer = LineWriter(descriptor: output)
        reader = MCPReader(input: input, queue: queue, writer: writer, version: version)
        self.log = log
    }

    /// Answers until the input ends. Returns the exit status.
    public func serve() -> Int32 {
        let reader = self.reader
        startThread("requests") { reader.read() }
        while let call = queue.next() {
            let answer = answer(call)
            queue.finish()
            // A request that was cancelled gets no answer.
            if !reader.wasCancelled(call.id) { writer.write(RPCAnswer.result(answer, id: call.id)) }
            if writer.isBroken { return 141 }
        }
        return 0
    }

    private func answer(_ call: MCPReader.Call) -> JSON {
        current = (call.id, call.progressToken, 0, CollectedRun(limit: Self.mostOutput))
        defer { current = nil }
        var answer: MCPTool.Answer
        do {
            answer = try call.tool.body(self, call.arguments)
        } catch {
            answer = .text("\(error)", isError: true)
        }
        return ["content": .array(answer.content), "isError": .bool(answer.isError)]
    }

    // MARK: What tools do

    func run(_ code: String, withPictures: Bool) -> MCPTool.Answer {
        let id = current?.id ?? .null
        log?.began(code, id: id)
        session.run(Cell(code))
        guard let run = current?.run else { return .text("") }
        log?.ended(run, id: id)
        var answer = MCPTool.Answer.text(
            run.text.isEmpty ? "(it prints nothing)" : run.text, isError: run.status != .ok)
        if withPictures { answer.content += Self.pictures(of: run) }
        if session.isQuitting {
            session = makeSession()
            answer.content += MCPTool.Answer.text("the session has ended; a new one has begun").content
        }
        return answer
    }

    func reset() {
        log?.note("reset", id: current?.id ?? .null)
        session = makeSession()
    }

    private static func pictures(of run: CollectedRun) -> [JSON] {
        var pictures: [String] = []
        for case .value(let rendering) in run.outputs {
            for form in rendering.bundles.flatMap(\.forms) where form.type == "image/svg+xml" {
                pictures.append(form.text)
            }
        }
        return pictures.enumerated().map { index, picture in
            [
                "type": "resource",
                "resource": [
                    "uri": .string("lethe://picture/\(index + 1)"), "mimeType": "image/svg+xml",
                    "text": .string(picture),
                ],
            ]
        }
    }

    private func makeSession() -> Session {
        maker.session(
            show: { [unowned self] in current?.run.add($0) }, progress: { [unowned self] in show($0) })
    }

    private func show(_ progress: ProgressMeter.Event) {
        switch progress {
        case .summary(let text): current?.run.add(.text(.messages, text + "\n"))
        case .cleared: break
        case .line(let text):
            guard let call = current, let token = call.token else { return }
            // It must grow, and several operations follow one another in a run.
            current?.told += 1
            writer.write(
                RPCAnswer.notification(
                    "notifications/progress",
                    ["progressToken": token, "progress": .integer(call.told + 1), "message": .string(text)]))
        }
    }
}
