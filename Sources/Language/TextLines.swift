// The lines of a text that may come from anywhere: a line's end of Windows, "\r\n", is one Character, which is no "\n".

extension StringProtocol {
    /// The lines, empty ones too, without their ends (`\n` or `\r\n`); what follows the last end is a line.
    package var allLines: [SubSequence] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The lines that are not empty.
    package var filledLines: [SubSequence] { split { $0 == "\n" || $0 == "\r\n" } }

    /// Whether there is more than one line.
    package var hasLineBreak: Bool { utf8.contains(0x0A) }

    /// Whether the last line is ended.
    package var endsLine: Bool { unicodeScalars.last == "\n" }
}
