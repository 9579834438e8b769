// The words an editor colours, out of the registrations.
import Language

/// What there is to colour, each list sorted.
public struct EditorWords: Sendable {
    let functions: [String]
    let constants: [String]
    /// Options of any function, as they stand before `=`.
    let options: [String]
    let commands: [String]
    /// `if`, `for`, …
    let control: [String]
    /// `and`, `or`, `not`, `in`
    let operators: [String]
    /// `true`, `nothing`, …
    let values: [String]

    public init(_ registry: Registry) {
        functions = registry.builtins.map(\.name).sorted()
        constants = registry.constants.map(\.name).sorted()
        options = Set(registry.builtins.flatMap { $0.parameters.filter { $0.role == .option }.map(\.name) }).sorted()
        commands = SessionCommands.all.map(\.name).sorted()
        let values: Set = ["true", "false", "nothing", "none"], operators: Set = ["and", "or", "not", "in"]
        let keywords = Keyword.allCases.map(\.rawValue)
        self.values = keywords.filter(values.contains).sorted()
        self.operators = keywords.filter(operators.contains).sorted()
        control = keywords.filter { !values.contains($0) && !operators.contains($0) && $0 != "def" }.sorted()
    }
}

extension Session {
    /// The words of what this session knows.
    public var editorWords: EditorWords { EditorWords(configuration.registry) }
}
