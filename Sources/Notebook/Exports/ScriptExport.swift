// Gives a script's document to the exporters: runs it chunk by chunk, or takes the output it has recorded.
import Language

/// Runs scripts for export; `lethe export`.
public struct ScriptExport {
    /// What became of it.
    public struct Result {
        public let document: ExportedDocument
        /// Errors of chunks that were not there to fail, in order.
        public let failures: [Diagnostic]
        /// The user stopped it: the document is not whole.
        public let wasInterrupted: Bool
    }

    private let session: Session
    private let skips: Set<String>

    /// - Parameters:
    ///   - session: without names; the script runs in it.
    ///   - skips: tags of cells that are not run.
    public init(session: Session, skips: Set<String> = ["skip"]) {
        self.session = session
        self.skips = skips
    }

    /// Runs every chunk; one that fails unexpectedly shows its error and does not stop the others.
    public func run(_ text: String, name: String, arguments: [String] = []) -> Result {
        var parts: [ExportedDocument.Part] = [], failures: [Diagnostic] = []
        session.bind("args", to: .list(arguments.map { Value.string($0) }))
        for chunk in Document(text).chunks {
            guard chunk.kind == .code, !chunk.source.isBlank, chunk.tags.isDisjoint(with: skips), !session.isQuitting
            else {
                parts.append(Self.recorded(chunk))
                continue
            }
            let outputs = session.run(
                Cell(chunk.source, origin: .file(name, firstLine: chunk.codeLines.lowerBound + 1)))
            if case .interrupted = session.lastEnding {
                return Result(
                    document: ExportedDocument(name: name, parts: parts), failures: failures, wasInterrupted: true)
            }
            if session.lastEnding == .failed, !chunk.expectsFailure {
                failures += outputs.compactMap { if case .failure(let diagnostic) = $0 { diagnostic } else { nil } }
            }
            parts.append(
                ExportedDocument.Part(chunk, items: outputs.compactMap { ExportedDocument.Item($0) }, isRecorded: false)
            )
        }
        return Result(document: ExportedDocument(name: name, parts: parts), failures: failures, wasInterrupted: false)
    }

    /// The script with the output that stands in it.
    public static func recorded(_ text: String, name: String) -> ExportedDocument {
        ExportedDocument(name: name, parts: Document(text).chunks.map(recorded))
    }

    private static func recorded(_ chunk: Document.Chunk) -> ExportedDocument.Part {
        ExportedDocument.Part(
            chunk, items: ExportedDocument.Item.recorded(chunk.expected), isRecorded: chunk.kind == .code)
    }
}

extension ScriptExport {
    /// Where a script's export lies unless told otherwise: beside it, with the format's ending.
    public static func path(of script: String, as format: any ExportFormat) -> String {
        FilePath.replacingExtension(of: script, with: format.fileExtension)
    }
}
