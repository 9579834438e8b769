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
    /// Cells that sliders move run in every position first, each time from the same names, and then as they stand.
    ///
    /// - Throws: a ``LanguageError`` for sliders that make no sense.
    public func run(_ text: String, name: String, arguments: [String] = []) throws -> Result {
        var parts: [ExportedDocument.Part] = [], failures: [Diagnostic] = []
        session.bind("args", to: .list(arguments.map { Value.string($0) }))
        let chunks = Document(text).chunks
        var moved: [Int: SliderGrid] = [:], groups = 0
        func result(wasInterrupted: Bool) -> Result {
            Result(
                document: ExportedDocument(name: name, parts: parts), failures: failures,
                wasInterrupted: wasInterrupted)
        }
        for (index, chunk) in chunks.enumerated() {
            guard isRun(chunk), !session.isQuitting else {
                parts.append(Self.recorded(chunk))
                continue
            }
            if moved[index] == nil, let group = try group(at: index, in: chunks) {
                groups += 1
                guard let grids = results(of: group, number: groups, in: chunks, name: name) else {
                    return result(wasInterrupted: true)
                }
                moved.merge(grids) { $1 }
            }
            let outputs = session.run(Self.cell(chunk, name: name))
            if case .interrupted = session.lastEnding { return result(wasInterrupted: true) }
            if session.lastEnding == .failed, !chunk.expectsFailure {
                failures += outputs.compactMap { if case .failure(let diagnostic) = $0 { diagnostic } else { nil } }
            }
            var part = ExportedDocument.Part(
                chunk, items: outputs.compactMap { ExportedDocument.Item($0) }, isRecorded: false)
            part.grid = moved[index]
            parts.append(part)
        }
        return result(wasInterrupted: false)
    }

    private func isRun(_ chunk: Document.Chunk) -> Bool {
        chunk.kind == .code && !chunk.source.isBlank && chunk.tags.isDisjoint(with: skips)
    }

    private static func cell(_ chunk: Document.Chunk, source: String? = nil, name: String) -> Cell {
        Cell(source ?? chunk.source, origin: .file(name, firstLine: chunk.codeLines.lowerBound + 1))
    }

    // MARK: Sliders

    private func group(at index: Int, in chunks: [Document.Chunk]) throws(LanguageError) -> SliderGroup? {
        do {
            guard var group = try SliderGroup(at: index, in: chunks) else { return nil }
            try group.settle(chunks) { name in session.interpreter[name]?.display }
            return group
        } catch {
            throw LanguageError(
                "line \(chunks[index].lines.lowerBound + 1): \(error.message)",
                advice: [error.note].compactMap(\.self) + error.advice)
        }
    }

    /// What the group's cells show in every position but that of the script; nil when the user stopped it. Names,
    /// random numbers and results are afterwards as they were.
    private func results(
        of group: SliderGroup, number: Int, in chunks: [Document.Chunk], name: String
    ) -> [Int: SliderGrid]? {
        let code = group.chunks.filter { isRun(chunks[$0]) }
        var grids: [Int: SliderGrid] = [:]
        for index in code {
            grids[index] = SliderGrid(
                group: number, sliders: group.sliders, home: group.home, isFirst: index == code.first)
        }
        let before = session.checkpoint(), listener = session.onOutput
        session.onOutput = { _ in }
        defer {
            session.restore(before)
            session.onOutput = listener
        }
        for position in SliderGrid.positions(group.sliders) where position != group.home {
            session.restore(before)
            let setting = group.setting(at: position)
            if !setting.isEmpty { session.run(Cell(setting, origin: .file(name))) }
            for index in code {
                let source = group.source(of: index, chunks[index].source, at: position)
                let outputs = session.run(Self.cell(chunks[index], source: source, name: name))
                if case .interrupted = session.lastEnding { return nil }
                grids[index]?.elsewhere.append((position, outputs.compactMap { ExportedDocument.Item($0) }))
            }
        }
        return grids
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
