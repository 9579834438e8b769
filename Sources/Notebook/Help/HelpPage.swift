// One page of help: what the prompt shows for ?name and the reference manual prints, before it is laid out.
import Language

/// Everything that is said about one built-in, constant, command or topic of the language.
public struct HelpPage: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case function, constant, command, topic
    }

    /// A parameter, or whatever else a page lists.
    public struct Row: Sendable {
        public let name: String
        /// What is expected: "a model", "a whole number".
        public let expects: String
        public let defaultText: String?
        public let unit: String?
        public let help: String

        /// All but the name: `a whole number (default 60) [steps]: how many`.
        public var text: String {
            var text = expects
            if let defaultText { text += " (default \(defaultText))" }
            if let unit { text += " [\(unit)]" }
            return help.isEmpty ? text : text + (text.isEmpty ? "" : ": ") + help
        }
    }

    public let kind: Kind
    /// What it is looked up by: `train`, `pi`, `:who`, `for`.
    public let name: String
    /// Other words it is found by.
    public var aliases: [String] = []
    /// How it is written: `clip(x, low, high)`.
    public let signature: String
    /// The chapter it belongs to.
    public let family: String
    /// One paragraph; its first sentence stands alone in lists.
    public let summary: String
    public var rows: [Row] = []
    /// Programs whose `#>` lines are what they print.
    public var examples: [String] = []
    /// Whether an example runs by itself. One that begins with `# with …` needs what that line says.
    public static func runsAlone(_ example: String) -> Bool { !example.hasPrefix("# with ") }

    /// Names of related pages.
    public var seeAlso: [String] = []
    /// Text that is not shown and that a search finds it by.
    var hiddenText = ""

    /// The first sentence of the summary, without its full stop.
    public var sentence: String {
        var end = summary.startIndex
        while let stop = summary[end...].firstIndex(where: { ".:".contains($0) }) {
            let next = summary.index(after: stop)
            // A point inside a word or number ends no sentence. Nor does that of "Liu et al.", nor one in parentheses.
            let before = summary[..<stop]
            let isAbbreviation =
                ["et al", "e.g", "i.e"].contains { before.hasSuffix($0) } && next != summary.endIndex
            let isInside = before.count { $0 == "(" } > before.count { $0 == ")" }
            if !isAbbreviation, !isInside, next == summary.endIndex || summary[next] == " " || summary[next] == "\n" {
                return String(summary[..<stop])
            }
            end = next
        }
        return summary
    }

    init(_ builtin: Builtin) {
        kind = .function
        name = builtin.name
        signature = builtin.signature
        family = builtin.family
        summary = builtin.summary
        rows = builtin.parameters.map {
            Row(
                name: $0.name, expects: $0.expects, defaultText: $0.defaultText ?? $0.defaultValue?.display,
                unit: $0.unit,
                help: $0.help)
        }
        examples = builtin.examples
        seeAlso = builtin.seeAlso
    }

    init(_ constant: Registry.Constant) {
        kind = .constant
        name = constant.name
        signature = "\(constant.name) = \(constant.value.repr)"
        family = "constants"
        summary = constant.summary
        examples = constant.examples
    }

    init(_ command: SessionCommandDescription, _ more: CommandPages.Page?) {
        kind = .command
        name = ":" + command.name
        signature = command.arguments.isEmpty ? name : name + " " + command.arguments
        family = "commands"
        // Code stays as it is written.
        let isCode = command.help.contains(" = ")
        let sentence =
            (isCode ? String(command.help) : command.help.prefix(1).uppercased() + command.help.dropFirst()) + "."
        summary = more.map { $0.text.isEmpty ? sentence : sentence + " " + $0.text } ?? sentence
        examples = more?.examples ?? []
        seeAlso = more?.seeAlso ?? []
        // The tour's steps have no pages of their own.
        if command.name == "guide" {
            hiddenText = Guide.steps.map { "\($0.title) \($0.text) \($0.line)" }.joined(separator: "\n")
        }
    }

    /// Families of topics: pages about the language, and recipes for what people want to do.
    static let language = "language", howTo = "how to"

    init(_ topic: Topic, family: String = Self.language) {
        kind = .topic
        name = topic.name
        aliases = topic.aliases
        // Different ways to write it, a line each.
        signature = topic.form.replacing("   ", with: "\n")
        self.family = family
        summary = topic.text
        examples = topic.examples
        seeAlso = topic.seeAlso
    }
}
