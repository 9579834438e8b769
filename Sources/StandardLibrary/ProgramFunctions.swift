// Leaving, and the time of day.
import Foundation
import Language

enum ProgramFunctions {
    static var builtins: [Builtin] { [exit, now] }

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

    private static var now: Builtin {
        Builtin(
            "now", family: "output",
            [.option("iso", .flag, default: false, "as text, 2026-05-17T09:30:00Z, in universal time")],
            summary: """
                The time: seconds since the beginning of 1970, or a text. For how long something takes, :time and \
                :bench \
                are better. It is another one at every run; where a script records it, `#> ...` stands for anything.
                """,
            examples: ["began = now()\nnow() - began < 60\n#> true", "len(now(iso=true))\n#> 20"]
        ) { call in
            let time = Date()
            guard try call.bool("iso") else { return .number(time.timeIntervalSince1970) }
            return .string(time.formatted(.iso8601))
        }
    }
}
