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
    public static var constants: [(name: String, value: Value)] {
        [("pi", .number(.pi)), ("inf", .number(.infinity)), ("nan", .number(.nan))]
    }
}

extension Call {
    /// Asks the first foreign value among some arguments for a function of all of them; nil when there is none.
    /// A foreign value that does not know the function is a complaint.
    func applyForeign(_ arguments: [Value]) throws -> Value? {
        guard let foreign = arguments.lazy.compactMap(\.foreign).first else { return nil }
        if let result = try foreign.apply(builtin.name, arguments) { return result }
        throw Complaint("`\(builtin.name)` has no meaning for \(foreign.phrase)")
    }
}
