// What completion wants to know of a function: its options, how many arguments it takes, what its options may be.
import Language
import Vocabulary

/// A function as the call around the cursor sees it.
struct Callee {
    /// One parameter and what its declaration says of the values it takes.
    struct Parameter {
        let name: String
        fileprivate let words: String
        fileprivate let expects: String

        /// The strings between quotes in its declaration: `"constant" or "linear"`.
        var choices: [String] {
            let pieces = words.split(separator: "\"", omittingEmptySubsequences: false)
            guard expects.hasPrefix("\"") || expects == "a string" else { return [] }
            return stride(from: 1, to: pieces.count - 1, by: 2).map { String(pieces[$0]) }
        }

        var truths: [String] { expects.contains("true or false") ? ["true", "false"] : [] }

        /// The family of built-ins that fit: losses where "a loss" is expected.
        var family: String? {
            ["a loss": "losses", "an optimizer": "optimizers", "a solver": "solvers"][expects]
        }
    }

    /// Names that can be given as `name=value`.
    let options: [String]
    /// Arguments it needs.
    let required: Int
    /// Arguments it takes by position.
    let positionals: Int
    /// A loss, an optimizer or a solver: mostly called with options only, to set them.
    let isRecipe: Bool
    private let function: Function

    init(_ function: Function) {
        self.function = function
        let set = Set(function.options.map(\.name))
        let parameters = function.parameters
        options = parameters.filter { $0.isOption || (function.builtin == nil && $0.defaultValue != nil) }.map(\.name)
        required = parameters.count { $0.defaultValue == nil && !$0.isRest && !set.contains($0.name) }
        positionals =
            parameters.contains(where: \.isRest)
            ? .max
            : function.builtin == nil ? required : parameters.count { !$0.isOption && !set.contains($0.name) }
        isRecipe = ["losses", "optimizers", "solvers"].contains(function.builtin?.family ?? "")
    }

    func parameter(_ name: String) -> Parameter? {
        if let parameter = function.builtin?.parameters.first(where: { $0.name == name }) {
            return Parameter(name: name, words: parameter.expects + " " + parameter.help, expects: parameter.expects)
        }
        return nil
    }

    /// Names that its first argument, a string, may be besides a path.
    var namedThings: [String] { function.builtin?.name == "load" ? Vocabulary.builtInModels : [] }
}
