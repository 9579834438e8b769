// `lethe --json`: a session over JSON lines. One request a line, one answer a line; `docs/protocols.md` has both.
import Files
import Foundation
import Language
import Notebook
import Tensors

/// Serves one session until the input ends.
///
/// The thread that calls ``serve()`` runs cells; another reads, so that an interrupt is heard while a cell runs.
public final class JSONLinesServer {
    /// Bytes of the longest request.
    private static let longestLine = 16 << 20
    /// Bytes of outputs in one answer.
    private static let mostOutput = 16 << 20

    private let maker: SessionMaker
    private let queue: RequestQueue<JSONLinesRequest>
    private let input: Int32
    private let writer: LineWriter
    private let log: SessionLog?

    /// What a run that is going on has produced, and its request.
    private var current: (id: JSON, streams: Bool, run: CollectedRun)?

    public init(maker: SessionMaker, cancellation: Cancellation, input: Int32, output: Int32, log: SessionLog?) {
        self.maker = maker
        queue = RequestQueue(cancellation: cancellation)
        self.input = input
        writer = LineWriter(descriptor: output)
        self.log = log
    }

    /// Answers requests until the input ends, `exit` is run or no one reads. Returns the exit status.
    public func serve() -> Int32 {
        let session = maker.session(show: { [unowned self] in show($0) }, progress: { [unowned self] in show($0) })
        let (queue, writer, input) = (queue, writer, input)
        startThread("requests") { Self.read(from: input, into: queue, answering: writer) }
        while let request = queue.next() {
            answer(request, session)
            queue.finish()
            if writer.isBroken { return 141 }
            if session.isQuitting {
                for request in queue.withdraw() { writer.write(Self.refusal(request.id, "the session has ended")) }
                queue.close(dropping: true)
                return session.exitStatus ?? 0
            }
        }
        return 0
    }

    // MARK: The thread that reads

    private static func read(
        from input: Int32, into queue: RequestQueue<JSONLinesRequest>, answering writer: LineWriter
    ) {
        var lines = LineReader(descriptor: input, limit: longestLine)
        while let line = lines.next() {
            guard case .bytes(let bytes) = line else {
                writer.write(refusal(.null, "the line is longer than \(longestLine >> 20) MB"))
                continue
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            let request: JSONLinesRequest
            do {
                request = try JSONLinesRequest(parsing: bytes)
            } catch {
                writer.write(refusal(error.id, error.message))
                continue
            }
            if case .interrupt(let target, let abandoning) = request.action {
                writer.write(interrupt(request.id, target, abandoning, queue, writer))
            } else if !queue.add(request) {
                writer.write(refusal(request.id, "too many requests wait; read their answers first"))
            }
        }
        queue.close(dropping: false)
        // What still runs has somebody who waits for it, as long as the answer can be read.
        writer.waitUntilNobodyReads()
        queue.close(dropping: true)
    }

    private static func interrupt(
        _ id: JSON, _ target: JSON?, _ abandoning: Bool, _ queue: RequestQueue<JSONLinesRequest>, _ writer: LineWriter
    ) -> JSON {
        // What waits is not begun any more, which is an interrupt, too.
        let waiting = target.map { target in queue.withdraw { $0.id == target } } ?? []
        for request in waiting { writer.write(["id": request.id, "status": "interrupted", "outputs": []]) }
        let isStopping = queue.interrupt(abandoning: abandoning) { target == nil || $0.id == target }
        return ["id": id, "status": "ok", "interrupted": .bool(isStopping || !waiting.isEmpty)]
    }

    private static func refusal(_ id: JSON, _ message: String) -> JSON {
        ["id": id, "status": "refused", "message": .string(message)]
    }

    // MARK: The thread that runs

    private func answer(_ request: JSONLinesRequest, _ session: Session) {
        var answer: NamedValues<JSON> = ["id": request.id, "status": "ok"]
        switch request.action {
        case .run(let code, let streams):
            let number = session.nextCell
            let run = run(code, id: request.id, streams: streams, session)
            answer["status"] = .string(run.status.rawValue)
            answer["cell"] = .integer(number)
            if !streams { answer["outputs"] = .array(run.outputs.map(\.json)) }
            if run.isCut { answer["cut"] = true }
            if session.isQuitting { answer["exit"] = .integer(Int(session.exitStatus ?? 0)) }
        case .complete(let code, let cursor):
            let completion = session.complete(code, at: CodePoints.byte(of: cursor, in: code))
            answer["start"] = .integer(CodePoints.point(of: completion.start, in: code))
            answer["end"] = .integer(cursor)
            answer["candidates"] = .array(completion.candidates.map { .string($0) })
        case .inspect(let code, let cursor):
            let help = session.inspect(code, at: CodePoints.byte(of: cursor, in: code))
            answer["found"] = .bool(help != nil)
            if let help { answer["text"] = .string(visible(help)) }
        case .isComplete(let code):
            switch Completeness(of: code) {
            case .complete: answer["completeness"] = "complete"
            case .invalid: answer["completeness"] = "invalid"
            case .incomplete(let depth):
                answer["completeness"] = "incomplete"
                answer["indent"] = .integer(2 * depth)
            }
        case .interrupt: break  // was answered when it was read
        }
        writer.write(.object(answer))
    }

    private func run(_ code: String, id: JSON, streams: Bool, _ session: Session) -> CollectedRun {
        current = (id, streams, CollectedRun(limit: streams ? .max : Self.mostOutput))
        log?.began(code, id: id)
        session.run(Cell(code))
        let run = current?.run ?? CollectedRun(limit: 0)
        log?.ended(run, id: id)
        current = nil
        return run
    }

    private func show(_ output: Output) {
        // The run itself is not held: it would be copied at every output.
        guard let (id, streams) = current.map({ ($0.id, $0.streams) }) else { return }
        if streams {
            writer.write(["id": id, "output": output.json])
            // Of what went out only how it ended is needed.
            switch output {
            case .failure, .interrupted: current?.run.add(output)
            default: break
            }
        } else {
            current?.run.add(output)
        }
    }

    private func show(_ progress: ProgressMeter.Event) {
        guard let request = current else { return }
        if request.streams, case .line(let text) = progress {
            writer.write(["id": request.id, "progress": .string(text)])
        }
        if case .summary(let text) = progress { show(.text(.messages, text + "\n")) }
    }
}
