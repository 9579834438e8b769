// Recognises text copied from a session, prompts and outputs included, and gives back the cells alone.

/// A session's text as it stands on a screen or in a saved file.
public enum Transcript {
    /// What stands before the second and later lines of a cell where the terminal cannot edit several lines at once.
    public static let continuationPrompt = ".. "

    /// What stands before the first line of a cell.
    public static func prompt(cell number: Int) -> String { "\(number)> " }

    /// The text without `3> ` and `.. ` prompts and without `#> ` output lines.
    ///
    /// Text that does not begin with a prompt is returned unchanged, except for lines of recorded output.
    public static func stripped(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isTranscript = lines.contains { numberedPromptLength($0) != nil }
        let hasOutput = lines.contains { isOutput($0) }
        guard isTranscript || hasOutput else { return text }
        var kept: [Substring] = []
        for line in lines where !isOutput(line) {
            if let length = numberedPromptLength(line) {
                kept.append(line.dropFirst(length))
            } else if isTranscript, line.hasPrefix(continuationPrompt) {
                kept.append(line.dropFirst(continuationPrompt.count))
            } else {
                kept.append(line)
            }
        }
        return kept.joined(separator: "\n")
    }

    private static func isOutput(_ line: Substring) -> Bool { line.hasPrefix("#> ") || line == "#>" }

    private static func numberedPromptLength(_ line: Substring) -> Int? {
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        let rest = line.dropFirst(digits.count)
        if rest.hasPrefix("> ") { return digits.count + 2 }
        return rest == ">" ? digits.count + 1 : nil
    }
}
