// Stopping with a message.
import Language

enum ErrorFunctions {
    static var builtins: [Builtin] { [error, assert] }

    /// Characters of a message that are kept.
    private static let longest = 1 << 16

    private static var error: Builtin {
        Builtin(
            "error", family: "errors", [.positional("message", .string, "what is said")],
            summary: "Stops the program with a message.",
            examples: ["def half(n) = if n % 2 == 0 { n / 2 } else { error(\"{n} is odd\") }\nhalf(4)\n#> 2"],
            seeAlso: ["assert"]
        ) { throw LanguageError(try $0.text("message").prefix(longest).string) }
    }

    private static var assert: Builtin {
        Builtin(
            "assert", family: "errors",
            [
                .positional("condition", .flag, "what must hold"),
                .positional("message", .string, default: .nothing, "what is said when it does not"),
            ],
            summary: "Stops the program unless a condition holds.",
            examples: ["assert(1 + 1 == 2)\nassert(len([1]) == 1, \"one item\")"],
            seeAlso: ["error"]
        ) { call in
            if try call.interpreter.truth(of: try call.value("condition")) { return .nothing }
            let message = try call.optional("message") { try $0.text("message").prefix(longest).string }
            throw LanguageError(
                message ?? "this does not hold: \(call.text(of: "condition") ?? "the condition")",
                at: .argument("condition"))
        }
    }
}
