// Writing values, and values as text.
import Language

enum OutputFunctions {
    static var builtins: [Builtin] { [print, show, repr, str, type, source] }

    private static var print: Builtin {
        Builtin(
            "print", family: "output",
            [.rest("values", .value, "what is written, with blanks between")],
            summary: """
                Writes values on one line, strings without quotes. Long values are cut to the window; show writes all.
                """,
            examples: [
                "print(\"loss\", 0.123456)\n#> loss 0.1235",
                "x = 2\nprint(\"{x} squared is {x^2}\")\n#> 2 squared is 4",
            ],
            seeAlso: ["show", "repr"]
        ) { call in
            let host = call.host, values = try call.list("values")
            try host.eachLayout { width, readers in
                var line = ""
                for (index, value) in values.enumerated() {
                    if index > 0 { line += " " }
                    guard case .string(let text) = value, text.utf8Count > 1 << 20 else {
                        line += value.plain(width: width, digits: host.digits)
                        continue
                    }
                    // A long text goes out piece by piece: as a whole it could not be interrupted.
                    host.write(line, to: readers)
                    line = ""
                    try text.pieces(poll: call.interpreter.poll) { host.write($0.string, to: readers) }
                }
                host.write(line + "\n", to: readers)
            }
            return .nothing
        }
    }

    private static var show: Builtin {
        Builtin(
            "show", family: "output", [.positional("value", .value, "what is written")],
            summary: "Writes all of a value, however long it is.",
            examples: ["show(range(5))\n#> [0, 1, 2, 3, 4]"], seeAlso: ["print", "repr"]
        ) { call in
            let value = try call.value("value"), host = call.host
            try call.interpreter.requireRoom(toWrite: value)
            try host.eachLayout { width, readers in
                if case .string(let text) = value, text.utf8Count > 1 << 16 {
                    let lines = try text.quotedLines(
                        width: width, poll: call.interpreter.poll, room: call.interpreter.requireRoom(forBytes:))
                    return host.write(lines.joined(separator: "\n") + "\n", to: readers)
                }
                guard case .list(let list) = value, list.count > 10_000 else {
                    return host.write(value.describeAll(width: width, digits: host.digits) + "\n", to: readers)
                }
                // As a whole it could not be interrupted.
                var turn = 0
                try list.eachFilledLine(width: width, digits: host.digits) { pieces, _ in
                    host.write(pieces.joined(separator: " ") + "\n", to: readers)
                    turn += 1
                    if turn & 0xFF == 0 { try call.interpreter.pollNow() }
                    return true
                }
            }
            return .nothing
        }
    }

    private static var repr: Builtin {
        Builtin(
            "repr", family: "output", [.positional("value", .value, "any value")],
            summary: "The value as a string with every digit, as the language reads it back.",
            examples: ["print(repr(1 / 3))\n#> 0.3333333333333333", "print(repr([1, \"a\"]))\n#> [1, \"a\"]"],
            seeAlso: ["str", "print"]
        ) { call in
            let value = try call.value("value")
            try call.interpreter.requireRoom(toWrite: value)
            let isTracked = call.interpreter.noteText(of: value)
            if case .string(let text) = value {
                let quoted = try text.quoted(
                    doublesBraces: true, poll: call.interpreter.poll, room: call.interpreter.requireRoom(forBytes:))
                return .string(Text(quoted).tracked(isTracked))
            }
            guard case .list(let list) = value, list.count > 1000 else {
                return .string(Text(value.repr).tracked(isTracked))
            }
            // As a whole it could not be interrupted.
            var text = "["
            for (index, item) in list.enumerated() {
                try call.interpreter.poll(index)
                text += (index > 0 ? ", " : "") + item.repr
                try call.interpreter.requireRoom(forBytes: text.utf8.count)
            }
            return .string(Text(text + "]").tracked(isTracked))
        }
    }

    private static var str: Builtin {
        Builtin(
            "str", family: "output", [.positional("value", .value, "any value")],
            summary: "The value as a string, as print writes it.",
            examples: ["str(2.50)\n#> \"2.5\"", "str([1, 2]) + \"!\"\n#> \"[1, 2]!\""], seeAlso: ["repr", "to_number"]
        ) { call in
            let value = try call.value("value")
            let isTracked = call.interpreter.noteText(of: value)
            return .string(Text(value.plain(width: 100_000, digits: call.host.digits)).tracked(isTracked))
        }
    }

    private static var type: Builtin {
        Builtin(
            "type", family: "output", [.positional("value", .value, "any value")],
            summary: "The kind of a value as a string.",
            examples: ["type(2)\n#> \"number\"", "type(x -> x)\n#> \"function\"", "type((a=1))\n#> \"record\""]
        ) { .string(try $0.value("value").kind) }
    }

    private static var source: Builtin {
        Builtin(
            "source", family: "output", [.positional("f", .function, "a function written in the language")],
            summary: "The text of a function as it was written.",
            examples: ["def f(x) = x + 1\nprint(source(f))\n#> def f(x) = x + 1"]
        ) { call in
            let function = try call.function("f")
            guard let text = function.sourceText else {
                throw LanguageError(
                    "`\(function.name ?? "")` is built in; its text is not in the language", at: .argument("f"))
            }
            return .string(text)
        }
    }
}
