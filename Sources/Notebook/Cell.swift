// What goes into a session and what comes out of it.
import Files
import Language
import Vocabulary

/// A piece of program that is run as a whole.
public struct Cell: Sendable {
    public var source: String
    /// Where the text came from, which decides how errors name places.
    public var origin: Source.Origin?

    /// - Parameters:
    ///   - source: the program text.
    ///   - origin: a file; nil for a cell at the prompt, which gets the session's next number.
    public init(_ source: String, origin: Source.Origin? = nil) {
        self.source = source
        self.origin = origin
    }
}

/// A value as a front end may show it.
public struct Rendering: Sendable {
    /// As text that fits the window; no newline at the end.
    public var plain: String
    /// As a picture: a whole SVG text.
    public var svg: String?
    /// The file the picture was also written to.
    public var savedAs: String?
    /// As a table: rows of cells, the heads first; a row of one cell in a wider table is a line of text.
    public var table: [[String]]?
    /// What a picture is called.
    public var caption: String?
    /// The value as data, where a front end wants it and JSON can hold it.
    public private(set) var data: JSON?
    /// It is to be shown as pixels where the terminal can.
    public internal(set) var prefersPixels = false

    /// No run gives it again.
    var isMeasured = false
    /// As text for the record, where `plain` is made for another window.
    private var standard: String?

    /// Columns that recorded values fill, whatever the window.
    public static let standardWidth = 80

    public init(_ plain: String, svg: String? = nil, savedAs: String? = nil, table: [[String]]? = nil) {
        self.plain = plain
        self.svg = svg
        self.savedAs = savedAs
        self.table = table
    }

    /// - Parameters:
    ///   - plain: the value as the window shows it.
    ///   - recorded: as the record has it, where that is another text.
    init(_ value: Value, _ plain: String, recorded: String?, digits: Int, givesData: Bool = false) {
        self.plain = plain
        standard = recorded
        isMeasured = value.foreign is any MeasuredValue
        if givesData { data = ValueData.json(value) }
        guard case .foreign(let foreign) = value else { return }
        svg = foreign.svg
        savedAs = foreign.savedAs.flatMap { $0.isEmpty ? nil : $0 }
        table = foreign.table(digits: digits)
        if svg != nil, case .string(let title)? = try? foreign.field("title"), !title.string.isEmpty {
            caption = title.string
        }
    }

    /// Shows other words in the place of the text; what is recorded stays.
    mutating func replacePlain(with words: String) {
        standard = text
        plain = words
    }

    /// As text that fits 80 columns and has more than ASCII, whatever the window.
    public var text: String { standard ?? plain }

    /// As it stands in a script below the code: text, or a link to the file of a picture.
    public var recorded: String { savedAs.map { "![plot](\($0))" } ?? text }

    /// As a saved session has it: of what was measured no more than that there was something.
    var saved: String { isMeasured ? ExpectedOutput.anything : recorded }

    /// The same with unseen characters written out; see ``visible(_:)``. The picture is a file's text and stays.
    var visible: Rendering {
        var result = self
        result.plain = Language.visible(plain)
        result.standard = standard.map(Language.visible)
        result.table = table?.map { $0.map(visibleLine) }
        result.caption = caption.map(visibleLine)
        return result
    }
}

/// What a cell produced, in order.
public enum Output: Sendable {
    public enum Stream: Sendable { case results, messages }

    /// Text a program or command wrote, newlines included.
    case text(Stream, String)
    /// The value of a top-level expression.
    case value(Rendering)
    /// The statement that failed; the cell ended there.
    case failure(Diagnostic)
    /// The user stopped the cell; what is to be said about it.
    case interrupted(String)

    /// The same with unseen characters written out; see ``visible(_:)``. A diagnostic does so when it is rendered.
    var visible: Output {
        switch self {
        case .text(let stream, let text): .text(stream, Language.visible(text))
        case .value(let rendering): .value(rendering.visible)
        case .interrupted(let text): .interrupted(Language.visible(text))
        case .failure: self
        }
    }
}

extension [Output] {
    /// What stands below the code in a script: everything on standard output, and an error that ended it.
    public var recorded: String { text(\.recorded) }
    /// The same as a saved session has it.
    var saved: String { text(\.saved) }

    private func text(_ rendered: (Rendering) -> String) -> String {
        var text = ""
        // Hundreds of megabytes may have been printed when a cell is stopped.
        text.reserveCapacity(
            reduce(0) { if case .text(.results, let written) = $1 { $0 + written.utf8.count } else { $0 } })
        for output in self {
            switch output {
            case .text(.results, let written): text += written
            case .value(let rendering): text += rendered(rendering) + "\n"
            case .failure(let diagnostic): text += diagnostic.rendered(placed: false) + "\n"
            case .text(.messages, _), .interrupted: break
            }
        }
        return text
    }
}
