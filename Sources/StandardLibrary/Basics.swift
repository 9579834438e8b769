// The built-ins that need nothing but the language: output, mathematics, lists, strings, records, errors.
import Language

/// Functions on numbers, strings, lists, records and functions. Those of mathematics also work on tensors and the like,
/// through ``Foreign/apply(_:_:)``.
public enum Basics {
    /// All of them, one line a family.
    public static var builtins: [Builtin] {
        OutputFunctions.builtins + MathFunctions.builtins + ReductionFunctions.builtins + ListFunctions.builtins
            + SequenceFunctions.builtins + StringFunctions.builtins + RecordFunctions.builtins + ErrorFunctions.builtins
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
    func applyForeign(_ arguments: [Value]) throws -> Value? {
        guard let foreign = arguments.lazy.compactMap(\.foreign).first else { return nil }
        if let result = try foreign.apply(builtin.name, arguments) { return result }
        throw LanguageError("`\(builtin.name)` has no meaning for \(foreign.phrase)")
    }
}
