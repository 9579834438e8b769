// What completion wants to know of a function: its options, how many arguments it takes, what its options may be.
import Language
import Vocabulary

/// A function as the call around the cursor sees it.
struct Callee {
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
        // A test function is mostly called with a point.
        let family = function.builtin.flatMap { RecipeFamily(of: $0) }
        isRecipe = family != nil && family != .landscapes
    }

    /// What an option takes; nil where its function is the user's own.
    func type(of option: String) -> ParameterType? {
        function.builtin?.parameters.first { $0.name == option }?.type
    }

    /// What the argument at that position takes.
    func type(at position: Int) -> ParameterType? {
        let parameters = function.builtin?.parameters.filter { $0.role != .option } ?? []
        return position < parameters.count
            ? parameters[position].type : parameters.last.flatMap { $0.role == .rest ? $0.type : nil }
    }
}
