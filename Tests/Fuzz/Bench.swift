// A session in which inputs are tried.
import Foundation
import Language
import Notebook
import Tensors
import Vocabulary

/// Something that must not be so, found without a trap.
struct Finding: Error { let message: String }

final class Bench {
    let session: Session
    private(set) var results = ""
    private(set) var failures: [Diagnostic] = []
    /// The last cell was interrupted, because it computed for too long.
    private(set) var wasInterrupted = false

    init(_ cancellation: Cancellation) {
        let configuration = Self.configuration(cancellation)
        session = Session(configuration)
        session.onOutput = { [unowned self] output in
            switch output {
            case .value(let rendering): results += rendering.plain + "\n"
            case .text(.results, let text): results += text
            case .text(.messages, _): break
            case .interrupted: wasInterrupted = true
            case .failure(let diagnostic): failures.append(diagnostic)
            }
            // An endless loop that prints must not fill the memory.
            if results.utf8.count > 1 << 24 { results = "" }
        }
    }

    private static func configuration(_ cancellation: Cancellation) -> Session.Configuration {
        let device = Device(threads: 1, memoryLimit: 256 << 20, cancellation: cancellation)
        let engine = EngineContext(device: device, seed: 0)
        var configuration = Session.Configuration(engine)
        configuration.fresh = { Session(Self.configuration(cancellation)) }
        return configuration
    }

    /// Runs a cell; what it printed. Every error's place and wording are looked at.
    @discardableResult
    func run(_ cell: String) throws -> String {
        (results, failures, wasInterrupted) = ("", [], false)
        session.run(Cell(cell))
        for failure in failures { try Self.look(at: failure) }
        return results
    }

    private static func look(at failure: Diagnostic) throws {
        let (start, end) = (Int(failure.span.start), Int(failure.span.end))
        guard 0 <= start, start <= end, end <= failure.source.utf8.count else {
            throw Finding(
                message: """
                    an error's place is \(start)..<\(end) of \(failure.source.utf8.count) bytes: \
                    \(failure.message.prefix(200))
                    """
            )
        }
        let text = failure.rendered()
        if text.utf8.count > 20_000 {
            throw Finding(message: "a message has \(text.utf8.count) bytes: \(text.prefix(200))")
        }
        for scalar in text.unicodeScalars
        where scalar.value < 32 && scalar != "\n" && scalar != "\t" || (0x7f...0x9f).contains(scalar.value) {
            throw Finding(
                message:
                    "a message has U+\(String(scalar.value, radix: 16)) in it: \(text.debugDescription.prefix(300))")
        }
    }
}
