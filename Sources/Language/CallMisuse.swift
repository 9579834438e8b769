// The words for arguments that a function does not take, whether they are found when a call runs or before it does.

extension LanguageError {
    /// "`adamw` has no option `rate`"
    /// - Parameters:
    ///   - function: its name; nil for `x -> …`.
    ///   - parameters: what can be given by name.
    ///   - options: those of them that have a default.
    ///   - takesAny: whether it takes any argument at all.
    package static func unknownOption(
        _ name: String, of function: String?, parameters: [String], options: [String], takesAny: Bool, at index: Int
    ) -> LanguageError {
        let near = suggestion(for: name, among: options + parameters)
        let advice =
            options.isEmpty
            ? (parameters.isEmpty
                ? (takesAny ? "it takes no options" : "it takes no arguments")
                : "it takes \(parameters.joined(separator: ", "))")
            : "options: " + options.joined(separator: ", ")
        return LanguageError(
            "\(title(function)) has no option `\(name)`", note: near.map { "did you mean `\($0)`?" }, advice: [advice],
            at: .givenName(index))
    }

    /// "`exp` takes 1 argument; it was given 2"
    /// - Parameters:
    ///   - parameters: what can be given by position.
    ///   - options: what can only be given by name.
    package static func tooManyArguments(
        _ count: Int, for function: String?, parameters: [String], options: [String], at index: Int
    ) -> LanguageError {
        let takes =
            parameters.isEmpty ? "no arguments" : "\(parameters.count) argument\(parameters.count == 1 ? "" : "s")"
        let byName = options.prefix(4).map { "\($0)=" }.joined(separator: ", ")
        return LanguageError(
            "\(title(function)) takes \(takes); it was given \(count)",
            note: options.isEmpty ? nil : "options are given by name: \(byName)",
            advice: parameters.isEmpty ? [] : ["it takes \(parameters.joined(separator: ", "))"],
            at: .given(index))
    }

    /// "`lr` of `adamw` must be a number of at least 0; it is \"fast\""
    package static func misfit(
        _ value: Value, _ parameter: Parameter, of function: String, mustBe words: String
    ) -> LanguageError {
        LanguageError(
            "`\(parameter.name)` of `\(function)` must be \(words); it is \(value.phrase)",
            note: value.string.flatMap { suggestion(for: $0, among: parameter.type.choices) }.map {
                "did you mean \"\($0)\"?"
            },
            at: .argument(parameter.name))
    }

    private static func title(_ function: String?) -> String { function.map { "`\($0)`" } ?? "this function" }
}
