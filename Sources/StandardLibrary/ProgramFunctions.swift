// Leaving.
import Language

enum ProgramFunctions {
    static var builtins: [Builtin] { [exit] }

    private static var exit: Builtin {
        Builtin(
            "exit", family: "output",
            [.positional("status", .count(min: 0, max: 255), default: 0, "what the caller is told; 0 for success")],
            summary: """
                Leaves Lethe at once, from a script, a function or the prompt, with an exit status from 0 to 255. No \
                `try` holds it up; what was printed is out, and the prompt keeps its history.
                """,
            examples: ["# if bad { exit(3) }"], seeAlso: ["error"]
        ) { call in
            try call.host.leave(status: Int32(call.integer("status")))
            throw Interruption("left")
        }
    }
}
