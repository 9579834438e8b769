// The prompts of sessions that people copy from: Lethe's own, and those of shells for other languages, whose simple
// lines are often the same.

/// How a program marks what was typed.
enum PromptStyle: CaseIterable {
    /// `3> x`, continued behind `.. `
    case lethe
    /// `>>> x`, continued behind `... `
    case python
    /// `In [3]: x`, continued behind `   ...: `
    case ipython
    /// `julia> x`, continued under it
    case julia
    /// `octave:3> x`, or MATLAB's `>> x`
    case octave
    /// `> x`, continued behind `+ `
    case r

    /// The style of a line that begins with a prompt; nil for any other line.
    static func of(_ line: Substring) -> PromptStyle? { allCases.first { $0.withoutPrompt(line) != nil } }

    /// What was typed behind a prompt; nil for a line without one.
    func withoutPrompt(_ line: Substring) -> Substring? {
        switch self {
        case .lethe:
            let digits = line.prefix { $0.isASCII && $0.isNumber }
            return digits.isEmpty ? nil : Self.rest(of: line.dropFirst(digits.count), behind: ">")
        case .python: return Self.rest(of: line, behind: ">>>")
        case .ipython:
            guard line.hasPrefix("In [") else { return nil }
            let rest = line.dropFirst(4).drop { $0.isASCII && $0.isNumber || $0 == " " || $0 == "*" }
            return Self.rest(of: rest, behind: "]:")
        case .julia: return Self.rest(of: line, behind: "julia>")
        case .octave:
            if line.hasPrefix("octave:") {
                return Self.rest(of: line.dropFirst(7).drop { $0.isASCII && $0.isNumber }, behind: ">")
            }
            return Self.rest(of: line, behind: ">>")
        case .r: return Self.rest(of: line, behind: ">")
        }
    }

    /// What was typed behind the mark of a second or later line; nil for a line without one.
    func continued(_ line: Substring) -> Substring? {
        switch self {
        case .lethe: return Self.rest(of: line, behind: "..")
        case .python: return Self.rest(of: line, behind: "...")
        case .ipython:
            let mark = line.drop { $0 == " " }
            return mark.count < line.count ? Self.rest(of: mark, behind: "...:") : nil
        case .r: return Self.rest(of: line, behind: "+")
        case .julia, .octave: return nil
        }
    }

    /// A mark is followed by a blank, or by nothing.
    private static func rest(of line: Substring, behind mark: String) -> Substring? {
        guard line.hasPrefix(mark) else { return nil }
        let rest = line.dropFirst(mark.count)
        if rest.isEmpty { return rest }
        return rest.first == " " ? rest.dropFirst() : nil
    }
}
