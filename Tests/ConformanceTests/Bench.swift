// A session with the whole vocabulary, as the program has it, and places for its files.
import Foundation
import Language
import Notebook
import Tensors
import TestSupport
import Vocabulary

final class Bench {
    let session: Session
    let device: Device
    private(set) var results = ""
    private(set) var messages = ""
    private(set) var failures: [Diagnostic] = []
    /// Whether what is printed is kept: letting a text of hundreds of megabytes grow takes longer than printing it.
    var keepsOutput = true

    init(
        threads: Int = TestThreads.count, memoryLimit: Int? = nil, seed: UInt64 = 0,
        catalogue: Catalogue = Catalogue()
    ) {
        device = Device(threads: threads, memoryLimit: memoryLimit)
        let engine = EngineContext(device: device, seed: seed, catalogue: catalogue)
        session = Session(Session.Configuration(engine))
        session.onOutput = { [unowned self] output in
            switch output {
            case .value(let rendering): if keepsOutput { results += rendering.plain + "\n" }
            case .text(.results, let text): if keepsOutput { results += text }
            case .text(.messages, let text), .interrupted(let text): messages += text
            case .failure(let diagnostic):
                failures.append(diagnostic)
                messages += diagnostic.rendered() + "\n"
            }
        }
    }

    /// Runs a cell of the prompt; what it printed.
    @discardableResult
    func callAsFunction(_ cell: String) -> String {
        (results, messages, failures) = ("", "", [])
        session.run(Cell(cell))
        return results
    }

    /// Runs a script from a file as the program does.
    func script(_ path: String, arguments: [String]) throws -> ScriptRunner.Ending {
        (results, messages, failures) = ("", "", [])
        return ScriptRunner(session: session).run(
            try String(contentsOfFile: path, encoding: .utf8), name: URL(fileURLWithPath: path).lastPathComponent,
            arguments: arguments)
    }
}

/// Folders of the package.
enum Places {
    static let package = GoldenData.package
    static let scripts = package + "/Tests/Conformance"
}
