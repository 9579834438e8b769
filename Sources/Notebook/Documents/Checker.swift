// Runs a script and compares what it prints with what it says it prints.
import Language

/// Checks scripts; `lethe check`.
public struct Checker {
    /// A chunk whose output is another than recorded.
    public struct Mismatch: Sendable {
        /// The first line that differs, from 1.
        public let line: Int
        /// `f.lethe:12: expected 1.98, got 2.31`, and the difference.
        public let text: String
    }

    /// What was found.
    public struct Report: Sendable {
        public let name: String
        public let passed: Int
        public let mismatches: [Mismatch]
        /// Chunks that were not run, as their tags ask.
        public let skipped: Int
        /// The user stopped it.
        public let wasInterrupted: Bool
        /// The script with its recorded lines brought up to date.
        public let updated: String

        /// Differences and the counts.
        public var text: String {
            let counts =
                "\(name): \(passed) passed, \(mismatches.count) failed" + (skipped == 0 ? "" : ", \(skipped) skipped")
                + (wasInterrupted ? ", interrupted" : "")
            return (mismatches.map(\.text) + [counts]).joined(separator: "\n")
        }
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

    /// Runs every chunk; one that fails unexpectedly does not stop the others.
    public func check(_ text: String, name: String) -> Report {
        let document = Document(text)
        var update = DocumentUpdate(document)
        var passed = 0, skipped = 0, mismatches: [Mismatch] = [], wasInterrupted = false
        session.bind("args", to: .list([]))
        for chunk in document.chunks where chunk.kind == .code {
            if !chunk.tags.isDisjoint(with: skips) {
                skipped += 1
                continue
            }
            let firstRecord = session.records.count
            let outputs = session.run(
                Cell(chunk.source, origin: .file(name, firstLine: chunk.codeLines.lowerBound + 1)))
            if case .interrupted = session.lastEnding {
                wasInterrupted = true
                break
            }
            let printed = Self.lines(outputs.recorded)
            if ExpectedOutput(lines: chunk.expected).matches(printed) {
                if !chunk.expected.isEmpty || !chunk.source.isBlank { passed += 1 }
            } else {
                mismatches.append(Self.mismatch(chunk, printed, name: name))
                let pieces = session.records[firstRecord...].flatMap(\.pieces)
                update.replace(chunk, printed: printed, pieces: session.lastEnding == .finished ? pieces : [])
            }
            if session.isQuitting { break }
        }
        return Report(
            name: name, passed: passed, mismatches: mismatches, skipped: skipped, wasInterrupted: wasInterrupted,
            updated: update.text)
    }

    static func lines(_ text: String) -> [String] {
        // By bytes: as a Character, a line's end of Windows is no "\n".
        var lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func mismatch(_ chunk: Document.Chunk, _ printed: [String], name: String) -> Mismatch {
        let expected = chunk.expected
        var same = 0
        while same < min(expected.count, printed.count), !ExpectedOutput.isAnything(expected[same]),
            ExpectedLine(expected[same]).matches(printed[same])
        { same += 1 }
        let line =
            (expected.isEmpty
                ? chunk.codeLines.upperBound : chunk.outputLines.lowerBound + min(same, expected.count - 1) + 1)
        func word(_ lines: [String]) -> String {
            same < lines.count ? clipped(lines[same].trimmingSpaces, to: 60) : "nothing"
        }
        var text = ["\(name):\(line): expected \(word(expected)), got \(word(printed))"]
        // The lines that agree at the end are left out, too.
        var tail = 0
        while tail < min(expected.count, printed.count) - same,
            ExpectedLine(expected[expected.count - 1 - tail]).matches(printed[printed.count - 1 - tail])
        { tail += 1 }
        let most = 20
        func shown(_ mark: String, _ lines: ArraySlice<String>) -> [String] {
            lines.prefix(most).map { "  \(mark)" + Document.recorded($0) }
                + (lines.count > most ? ["  \(mark)… \(lines.count - most) more lines"] : [])
        }
        text +=
            shown("-", expected[same..<(expected.count - tail)]) + shown("+", printed[same..<(printed.count - tail)])
        return Mismatch(line: line, text: text.joined(separator: "\n"))
    }
}
