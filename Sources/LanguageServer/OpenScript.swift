// A script that an editor has open.
import Language
import Notebook

/// One open script: its text, and what is known of it.
final class OpenScript {
    let uri: String
    private(set) var document: TextDocument
    var version: Int?
    private let session: Session
    private var cache: [String: ParsedPiece] = [:]
    private var known: ScriptAnalysis?

    init(uri: String, text: String, version: Int?, encoding: PositionEncoding, session: Session) {
        self.uri = uri
        self.version = version
        self.session = session
        document = TextDocument(text, encoding: encoding)
    }

    /// What is known of the text as it is now.
    var analysis: ScriptAnalysis {
        if let known { return known }
        let analysis = ScriptAnalysis(document.bytes, session, cache: &cache)
        known = analysis
        return analysis
    }

    /// Puts a text in the place of a range, or of the whole.
    func change(_ range: Range<Int>?, to text: String) {
        if let range {
            document.replace(range, with: text)
        } else {
            document = TextDocument(text, encoding: document.encoding)
        }
        known = nil
    }

    /// The cell around a byte: its text, and where that begins.
    func cell(around offset: Int) -> (text: String, start: Int) {
        guard let cell = analysis.cell(at: offset) else { return (document.text, 0) }
        return (document.text(cell.bytes), cell.bytes.lowerBound)
    }
}
