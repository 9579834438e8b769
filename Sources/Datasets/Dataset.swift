// What a data set is for a session: a name, what it needs to be read, and how it is read.

/// Questions to forget and to retain that a session knows by name. Adding one is a file that conforms and a line in
/// ``DatasetList/all``; the function of the language, its help and its checks follow.
public protocol Dataset: Sendable {
    /// The function that gives it: `tofu`.
    static var name: String { get }
    /// One paragraph of help; its first sentence stands alone.
    static var summary: String { get }
    /// What it is told, in order; a folder or file first, if there is one.
    static var parameters: [DatasetParameter] { get }
    /// Runnable examples of the language with what they print behind `#>`.
    static var examples: [String] { get }
    /// The questions.
    /// - Parameter argument: the value of the parameter of that name.
    static func split(_ argument: (String) throws -> String) throws -> QuestionSplit
}

extension Dataset {
    public static var parameters: [DatasetParameter] { [] }
}

/// What a data set is told.
public struct DatasetParameter: Sendable {
    public let name: String
    /// Taken when none is given; nil for a path, which must be given.
    public let defaultValue: String?
    /// One line of help.
    public let summary: String

    /// Where its files are.
    public static func path(_ name: String, _ summary: String) -> DatasetParameter {
        DatasetParameter(name: name, defaultValue: nil, summary: summary)
    }

    /// A choice with a usual value.
    public static func text(_ name: String, _ defaultValue: String, _ summary: String) -> DatasetParameter {
        DatasetParameter(name: name, defaultValue: defaultValue, summary: summary)
    }
}

/// The data sets that come with Lethe.
public enum DatasetList {
    public static let all: [any Dataset.Type] = [Authors.self, TOFU.self]
}
