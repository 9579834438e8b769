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
    public private(set) var outputs: [Output] = []
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
                if !isCut { outputs.append(.text(.messages, "the rest of what it printed is left out here\n")) }
                isCut = true
                return
            }
        }
        if case .text(let stream, let text) = output, case .text(stream, var before)? = outputs.last {
            // Taken out, so that it grows where it stands.
            outputs.removeLast()
            before += text
            outputs.append(.text(stream, before))
        } else {
            outputs.append(output)
        }
    }

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
