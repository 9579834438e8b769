// An error with its place: message, source line, caret, advice and the calls that led there.

/// Something wrong in a program, ready to be shown.
///
/// At the prompt:
/// ```
/// error: `mdoel` is not defined
///   cell 7 │ nll(mdoel, forget)
///          │     ^^^^^ did you mean `model`? (cell 5)
/// ```
/// In a file the first line starts with `file:line:column: `, where editors jump to, and the gutter holds the line.
public struct Diagnostic: Error {
    /// A user function that was being called, innermost first.
    public struct Frame: Sendable {
        /// Name of the function; nil for `x -> …`.
        public let function: String?
        /// The function that called it; nil at top level.
        public let caller: String?
        public let source: Source
        /// The call in the caller.
        public let span: Span
        /// Whether it is no function but a file that was taken in with `use`.
        var isUse = false
    }

    public var message: String
    public var source: Source
    /// What the caret stands under.
    public var span: Span
    /// Beside the caret.
    public var note: String?
    /// Lines below.
    public var advice: [String]
    public var frames: [Frame]
    /// How many of the calls are shown; nil shows all.
    public var frameLimit: Int? = 3
    /// Whether the program is wrong only because it ends too soon: more input could complete it.
    public var isAtEndOfInput: Bool
    /// Set while the error leaves a function that was not called by the program but by a built-in: its name (nil for
    /// `x -> …`); the place of that call is added further out.
    var openFrame: String??

    public init(
        _ message: String, source: Source, span: Span, note: String? = nil, advice: [String] = [],
        frames: [Frame] = [], isAtEndOfInput: Bool = false
    ) {
        // Nobody reads more, and breaking millions of characters into lines could not be interrupted.
        self.message =
            message.utf8.count <= Self.mostBytes
            ? message
            : Text(message).prefix(Self.mostBytes / 4).string + "…" + String(message.unicodeScalars.suffix(200))
        self.source = source
        self.span = span
        self.note = note
        self.advice = advice
        self.frames = frames
        self.isAtEndOfInput = isAtEndOfInput
    }

    /// Bytes of the longest message that is shown whole.
    private static let mostBytes = 1 << 16

    /// Line and column from 1, of the file or the cell.
    public var position: (line: Int, column: Int) { source.position(of: Int(span.start)) }

    /// The whole message, without a newline at the end.
    ///
    /// - Parameters:
    ///   - placed: whether an error in a file begins with the file's name, where editors jump to.
    ///   - width: columns of a window, where sentences are to be broken between words.
    public func rendered(color: Bool = false, placed: Bool = true, width: Int? = nil) -> String {
        func paint(_ code: String, _ text: String) -> String {
            color ? "\u{1B}[\(code)m\(visible(text))\u{1B}[0m" : visible(text)
        }
        let (line, column) = position
        var place = "", gutter = "\(line)"
        switch source.origin {
        case .cell: gutter = source.frameName(of: Int(span.start), seenFrom: nil)
        case .file(let name, _) where placed: place = "\(visibleLine(name)):\(line):\(column): "
        case .file: gutter = ""  // Recorded, a line number would be wrong with the next edit above it.
        }
        let head =
            place + paint("1;31", "error:") + " "
            + paint("1", Self.broken(message, to: width, indent: 7, before: displayWidth(place)))
        let picture = Picture(source: source, span: span, room: width.map { $0 - gutter.count - 5 })
        let blank = String(repeating: " ", count: gutter.count)
        var lines = [head, "  \(paint("34", "\(gutter) │")) \(picture.text)"]
        var carets = "  \(paint("34", "\(blank) │")) " + picture.indent + paint("1;31", picture.carets)
        if let note {
            let taken = displayWidth(blank + picture.indent + picture.carets) + 6
            if let width, taken + displayWidth(note) > width {
                // Where it does not fit beside the caret it stands below.
                let start = "\n  " + paint("34", "\(blank) │") + " "
                let text = Self.broken(note, to: width, indent: blank.count + 5)
                carets += text.filledLines.map { start + visible($0.drop { $0 == " " }.description) }
                    .joined()
            } else {
                carets += " " + visible(Self.readable(note))
            }
        }
        lines.append(carets)
        lines += advice.map { "  " + visible(Self.broken($0, to: width, indent: 2)) }
        lines += frameLines().map(visible)
        return lines.joined(separator: "\n")
    }

    /// What one sentence of a message may take; names and values inside it may be of any length.
    private static let longestText = 2000

    /// A sentence without its middle, where it is too long to be read.
    private static func readable(_ text: String) -> String {
        guard text.utf8.count > longestText, text.count > longestText else { return text }
        return text.prefix(longestText / 2) + " … " + text.suffix(longestText / 4)
    }

    /// A sentence on lines that fit behind so many blanks, where there is a window to fit.
    ///
    /// - Parameter before: columns of what stands before the first line besides.
    private static func broken(_ text: String, to width: Int?, indent: Int, before: Int = 0) -> String {
        let text = readable(text)
        guard let width, before + displayWidth(text) > width - indent else { return text }
        let start = String(repeating: ".", count: before)
        // What stands before is no word of the sentence, and must not be divided from it.
        let lines = wrapped(start + text, to: max(20, width - indent))
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent)).dropFirst(before).description
    }

    /// The calls, innermost first: `in g, called in f, cell 2 line 3: g(x)`.
    private func frameLines() -> [String] {
        guard let frameLimit, frames.count > frameLimit else { return Self.withoutRepetitions(frames.map(line(of:))) }
        let rest = frames.count - frameLimit
        return frames.prefix(frameLimit).map(line(of:)) + ["  … and \(rest) more \(rest == 1 ? "call" : "calls")"]
    }

    private func line(of frame: Frame) -> String {
        let place = frame.source.frameName(of: Int(frame.span.start), seenFrom: source)
        let caller = frame.caller.map { "\($0), " } ?? ""
        return "  in \(frame.function ?? "x -> …"), \(frame.isUse ? "used" : "called") in \(caller)\(place): "
            + clipped(oneLine(frame.source.text(frame.span)), to: 60)
    }

    /// A recursion's calls all look alike: of a long run of them the first is shown.
    private static func withoutRepetitions(_ lines: [String]) -> [String] {
        var result: [String] = [], start = 0
        while start < lines.count {
            let end = lines[start...].firstIndex { $0 != lines[start] } ?? lines.count
            let count = end - start
            result += count > 3 ? [lines[start], "  … and \(count - 1) more calls like it"] : Array(lines[start..<end])
            start = end
        }
        return result
    }
}

/// The source line with the caret's place in it, cut to a readable length.
private struct Picture {
    let text: String
    let indent: String
    let carets: String

    /// Columns of a line that is read without a window.
    private static let usualRoom = 160

    /// - Parameter room: columns of the window; nil where there is none.
    init(source: Source, span: Span, room window: Int?) {
        let room = max(20, min(window ?? Self.usualRoom, Self.usualRoom))
        let start = min(max(Int(span.start), 0), source.utf8.count)
        let line = source.lineRange(source.lineIndex(of: start))
        let from = min(start, line.upperBound)
        let to = min(max(Int(span.end), from), line.upperBound)
        func piece(_ range: Range<Int>) -> String {
            String(decoding: source.utf8[range], as: UTF8.self).map { $0 == "\t" ? "    " : visibleLine(String($0)) }
                .joined()
        }
        // A caret far to the right of a long line is shown with what surrounds it.
        var before = piece(max(line.lowerBound, from - 400)..<from)
        if displayWidth(before) > room * 5 / 8 { before = "…" + String(before.suffix(room / 2)) }
        let marked = clipped(piece(from..<min(to, from + 400)), to: min(100, max(8, room - displayWidth(before))))
        let after = piece(to..<min(line.upperBound, to + 400))
        let left = room - displayWidth(before + marked)
        let shown = window == nil ? max(20, left) : left
        text = before + marked + (shown < 1 ? "" : clipped(after, to: shown))
        indent = String(repeating: " ", count: displayWidth(before))
        carets = String(repeating: "^", count: max(1, displayWidth(marked)))
    }
}
