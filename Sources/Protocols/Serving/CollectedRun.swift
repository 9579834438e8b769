// What a run produced, gathered for an answer: with a limit, so that a program which prints without end fills no
// memory.
import Files
import Language
import Notebook

/// The outputs of one run.
public struct CollectedRun: Sendable {
    /// How it ended.
    public enum Status: String, Sendable {
        case ok, error, interrupted
    }

    /// Bytes of outputs that are kept.
    private let limit: Int
    private var size = 0
    private var ended: [Output] = []
    /// What is being written, apart from the rest, so that it grows where it stands.
    private var written: (stream: Output.Stream, text: String)?
    public private(set) var isCut = false
    public private(set) var status = Status.ok

    public init(limit: Int) { self.limit = limit }

    public mutating func add(_ output: Output) {
        switch output {
        case .failure: status = .error
        case .interrupted: status = .interrupted
        case .text, .value:
            size += output.size
            // A run that fails tells why, whatever it has printed.
            guard size <= limit else {
                if !isCut { append(.text(.messages, "the rest of what it printed is left out here\n")) }
                isCut = true
                return
            }
        }
        append(output)
    }

    private mutating func append(_ output: Output) {
        if case .text(let stream, let text) = output, written?.stream == stream {
            written?.text += text
            return
        }
        if let written { ended.append(.text(written.stream, written.text)) }
        if case .text(let stream, let text) = output {
            written = (stream, text)
        } else {
            written = nil
            ended.append(output)
        }
    }

    public var outputs: [Output] { ended + (written.map { [.text($0.stream, $0.text)] } ?? []) }

    /// All of it as one text, in order.
    public var text: String {
        outputs.map { output in
            switch output {
            case .text(_, let text): text
            case .value(let rendering): rendering.text + "\n"
            case .failure(let diagnostic): diagnostic.rendered() + "\n"
            case .interrupted(let text): text + "\n"
            }
        }.joined()
    }
}

extension Output {
    fileprivate var size: Int {
        switch self {
        case .text(_, let text): text.utf8.count
        case .value(let rendering): rendering.text.utf8.count + (rendering.svg?.utf8.count ?? 0)
        case .failure, .interrupted: 0
        }
    }
}
