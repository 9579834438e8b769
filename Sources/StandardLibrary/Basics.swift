// The built-ins that need nothing but the language: output, mathematics, lists, strings, records, errors.
import Language

/// Functions on numbers, strings, lists, records and functions. Those of mathematics also work on tensors and the like,
/// through ``Foreign/apply(_:_:)``.
public enum Basics {
    /// All of them, one line a family.
    public static var builtins: [Builtin] {
        OutputFunctions.builtins + MathFunctions.builtins + ReductionFunctions.builtins + ListFunctions.builtins
            + SequenceFunctions.builtins + StringFunctions.builtins + RecordFunctions.builtins + TableFunctions.builtins
            + ErrorFunctions.builtins + ProgramFunctions.builtins
    }

    /// Numbers with names.
    public static var constants: [Registry.Constant] {
        [
            .init(
                "pi", .number(.pi), summary: "The circumference of a circle by its diameter.",
                examples: ["round(100 * pi) / 100\n#> 3.14", "sin(pi / 2)\n#> 1"]),
            .init(
                "inf", .number(.infinity), summary: "Infinity: larger than every number.",
                examples: ["min([inf, 3])\n#> 3", "-inf < 0\n#> true"]),
            .init(
                "nan", .number(.nan), summary: "Not a number: what 0 / 0 gives. It equals nothing, not even itself.",
                examples: ["nan == nan\n#> false"]),
        ]
    }
}

extension Call {
    /// Asks the first foreign value among some arguments for a function of all of them; nil when there is none.
    /// A foreign value that does not know the function is an error.
    /// - Parameter name: what the function is called there; the built-in's own name unless it says another.
    func applyForeign(_ arguments: [Value], as name: String? = nil) throws -> Value? {
        guard let foreign = arguments.lazy.compactMap(\.foreign).first else { return nil }
        if let result = try foreign.apply(name ?? builtin.name, arguments) { return result }
        throw LanguageError("`\(builtin.name)` has no meaning for \(foreign.phrase)")
    }
}
