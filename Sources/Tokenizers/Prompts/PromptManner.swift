// What the forms that are found in models' own programs have beyond those that have names.

/// Whose blanks at the sides a form leaves out.
public enum PromptTrimming: String, Sendable, CaseIterable {
    case none = ""
    case questions, answers
    case all = "trimmed"

    var questions: Bool { self == .questions || self == .all }
    public var answers: Bool { self == .answers || self == .all }
}

/// Where a form puts what a plain row of turns has no place for.
public struct PromptManner: Sendable, Equatable {
    /// Before which question a system prompt stands, where it stands within one.
    public enum SystemPlace: String, Sendable {
        case first, last
        /// The form knows no system prompt.
        case none
    }

    public var systemPlace = SystemPlace.first
    /// Stands before everything.
    public var opening = ""
    /// The turn that is asked, with `{question}` and `{answer}`, where those before it are written otherwise: Qwen 3
    /// marks that nothing was thought in the last one alone.
    public var asked: String?
    /// Blanks before an answer that the model writes itself, where they are more than a space.
    public var gap = ""

    public init(
        systemPlace: SystemPlace = .first, opening: String = "", asked: String? = nil, gap: String = ""
    ) {
        (self.systemPlace, self.opening, self.asked, self.gap) = (systemPlace, opening, asked, gap)
    }

    /// All that it is; nothing for a plain row of turns.
    var parts: [String] {
        self == PromptManner() ? [] : ["manner", systemPlace.rawValue, opening, asked ?? "", gap]
    }
}
