// Sessions to talk to in tests.
import Language
import Notebook
import Tensors
import Vocabulary

/// A session with the whole vocabulary.
func wholeSession(seed: UInt64 = 0, columns: Int = 80, rows: Int? = nil, isUnicode: Bool = true) -> Session {
    let engine = EngineContext(device: Device(threads: 1), seed: seed)
    var configuration = Session.Configuration(engine)
    configuration.width = { columns }
    configuration.rows = { rows }
    configuration.isUnicode = { isUnicode }
    return Session(configuration)
}

/// A session with what it wrote, kept apart by stream.
final class Talk {
    let session: Session
    private(set) var results = ""
    private(set) var messages = ""

    init(_ session: Session) {
        self.session = session
        session.onOutput = { [unowned self] output in
            switch output {
            case .value(let rendering): results += rendering.plain + "\n"
            case .text(.results, let text): results += text
            case .text(.messages, let text), .interrupted(let text): messages += text
            case .failure(let diagnostic): messages += diagnostic.rendered()
            }
        }
    }

    /// Runs a cell and returns what it wrote as results.
    @discardableResult
    func callAsFunction(_ cell: String) -> String {
        (results, messages) = ("", "")
        session.run(Cell(cell))
        return results
    }
}
