// Strings: case, parts, joining, numbers out of them.
import Language

enum StringFunctions {
    static var builtins: [Builtin] {
        [
            plain("lower", "The string in lower case.", ["lower(\"Lethe\")\n#> \"lethe\""]) {
                try $0.lowercased(poll: $1)
            },
            plain("upper", "The string in upper case.", ["upper(\"Lethe\")\n#> \"LETHE\""]) {
                try $0.uppercased(poll: $1)
            },
            plain("trim", "The string without blanks and line breaks at its ends.", ["trim(\" a \")\n#> \"a\""]) {
                try $0.trimmed(poll: $1)
            },
            test("starts", "Whether a string starts with another.", ["starts(\"anna\", \"an\")\n#> true"]) {
                $0.starts(with: $1)
            },
            test("ends", "Whether a string ends with another.", ["ends(\"data.csv\", \".csv\")\n#> true"]) {
                $0.ends(with: $1)
            },
            contains, replace, words, join, number,
        ]
    }

    private static func plain(
        _ name: String, _ summary: String, _ examples: [String],
        _ function: @escaping (Text, (Int) throws -> Void) throws -> Text
    ) -> Builtin {
        Builtin(
            name, family: "strings", [.positional("text", .string, "the string")], summary: summary,
            examples: examples,
            // What takes time can be interrupted.
            ofValue: {
                guard case .string(let text) = $0, text.utf8Count <= 4096 else { return nil }
                return (try? function(text) { _ in }).map { .string($0) }
            }
        ) { .string(try function(try $0.text("text"), $0.interpreter.poll)) }
    }

    private static func test(
        _ name: String, _ summary: String, _ examples: [String], _ function: @escaping (Text, Text) -> Bool
    ) -> Builtin {
        Builtin(
            name, family: "strings",
            [.positional("text", .string, "the string"), .positional("part", .string, "what is looked for")],
            summary: summary, examples: examples, seeAlso: ["contains"],
            ofValues: {
                guard case .string(let text) = $0, case .string(let part) = $1 else { return nil }
                return .bool(function(text, part))
            }
        ) { .bool(function(try $0.text("text"), try $0.text("part"))) }
    }

    private static var contains: Builtin {
        Builtin(
            "contains", family: "strings",
            [
                .positional("container", .either(.string, .list), "where it is looked for"),
                .positional("part", .value, "what is looked for"),
            ],
            summary: "Whether a string holds another, or a list an item. The same as `part in container`.",
            examples: ["contains(\"Lisbon\", \"bon\")\n#> true", "contains([1, 2], 3)\n#> false"],
            seeAlso: ["starts", "ends", "find"],
            ofValues: {
                guard case .string(let text) = $0, case .string(let part) = $1, text.utf8Count <= 4096 else {
                    return nil
                }
                return .bool(text.contains(part) { _ in })
            }
        ) { call in
            let part = try call.value("part")
            if case .string(let text) = try call.value("container") {
                return .bool(try text.contains(try call.text("part"), poll: call.interpreter.poll))
            }
            let list = try call.interpreter.list(of: try call.value("container"))
            return .bool(try call.interpreter.position(of: part, in: list) != nil)
        }
    }

    private static var replace: Builtin {
        Builtin(
            "replace", family: "strings",
            [
                .positional("text", .string, "the string"), .positional("old", .string, "what is taken out"),
                .positional("new", .string, "what is put in its place"),
            ],
            summary: "The string with every occurrence of one part replaced by another.",
            examples: ["replace(\"a-b-c\", \"-\", \"+\")\n#> \"a+b+c\""]
        ) { call in
            let old = try call.text("old")
            guard !old.isEmpty else {
                throw call.wrong("old", .string(old), mustBe: "a string of at least one character")
            }
            return .string(
                try call.text("text").replacing(
                    old, with: try call.text("new"), poll: call.interpreter.poll,
                    room: call.interpreter.requireRoom(forBytes:), memory: call.interpreter.requireMemory))
        }
    }

    private static var words: Builtin {
        Builtin(
            "split_words", family: "strings",
            [
                .positional("text", .string, "the string"),
                .positional(
                    "separator", .string, default: .nothing, shown: "blanks", "what stands between the parts"),
            ],
            summary: "The parts of a string between blanks, or between another separator.",
            examples: [
                "split_words(\"to be or\")\n#> [\"to\", \"be\", \"or\"]",
                "split_words(\"a,b\", \",\")\n#> [\"a\", \"b\"]",
            ],
            seeAlso: ["join"]
        ) { call in
            let text = try call.text("text")
            try call.interpreter.checkMeasuring(text, at: .argument("text"))
            guard let separator = try call.optional("separator", { try $0.text("separator") }), !separator.isEmpty
            else {
                return .list(
                    try text.words(poll: call.interpreter.poll, room: call.interpreter.requireRoom(forItems:)))
            }
            return .list(
                try text.split(
                    at: separator, poll: call.interpreter.poll, room: call.interpreter.requireRoom(forItems:)))
        }
    }

    private static var join: Builtin {
        Builtin(
            "join", family: "strings",
            [
                .positional("items", .list, "what is joined"),
                .positional("separator", .string, default: "", "what stands between"),
            ],
            summary: "The items of a list as one string.",
            examples: ["join([\"a\", \"b\"], \", \")\n#> \"a, b\"", "join([1, 2])\n#> \"12\""], seeAlso: ["split_words"]
        ) { call in
            let digits = call.host.digits
            let separator = try call.text("separator")
            let list = try call.interpreter.list(of: try call.value("items")).writable()
            let joined = try Text.joined(
                list.written(), separator: separator, poll: call.interpreter.poll,
                room: call.interpreter.requireRoom(forBytes:))
            if let joined { return .string(joined) }
            var text = "", isFirst = true, isTracked = separator.isTracked, looked = 0
            let isLong = separator.utf8Count > 1_000_000
            func add(_ piece: String) throws {
                if !isFirst {
                    if isLong {
                        try call.interpreter.pollNow()
                        try call.interpreter.requireRoom(forBytes: text.utf8.count + separator.utf8Count)
                    }
                    text += separator.string
                }
                isFirst = false
                text += piece
            }
            for (index, item) in try list.written().enumerated() {
                // What has no end is cut, and takes its time even so.
                if index & 0x3FF == 0 || text.utf8.count - looked > 1 << 16 {
                    looked = text.utf8.count
                    try call.interpreter.pollNow()
                    try call.interpreter.requireRoom(forBytes: text.utf8.count)
                }
                if case .string(let part) = item {
                    if part.utf8Count > 1_000_000 {
                        try call.interpreter.requireRoom(forBytes: text.utf8.count + part.utf8Count)
                    }
                    if part.isTracked { isTracked = true }
                    try add(part.string)
                } else {
                    if call.interpreter.noteText(of: item) { isTracked = true }
                    try add(item.plain(width: 100_000, digits: digits))
                }
            }
            try call.interpreter.requireRoom(forBytes: text.utf8.count)
            return .string(Text(text).tracked(isTracked))
        }
    }

    private static var number: Builtin {
        Builtin(
            "to_number", family: "strings", [.positional("x", .either(.string, .number), "what is read")],
            summary: "The number that a string spells, or that a truth value or a tensor of one element is.",
            examples: ["to_number(\"2.5\") + 1\n#> 3.5", "to_number(true)\n#> 1"], seeAlso: ["str"]
        ) { call in
            let value = try call.value("x")
            if let x = try value.asNumber { return .number(x) }
            if case .bool(let flag) = value { return .number(flag ? 1 : 0) }
            guard case .string(let text) = value else { throw call.wrong("x", value, mustBe: "a string or a number") }
            try call.interpreter.checkMeasuring(text, at: .argument("x"))
            try call.interpreter.checkReading(ofString: "x")
            let trimmed = try text.trimmed(poll: call.interpreter.poll)
            // Reading digits by the million cannot be interrupted, and nobody writes a number so.
            guard trimmed.utf8Count <= 1 << 20 else {
                throw LanguageError(
                    "a string of \(trimmed.utf8Count) bytes spells no number that is read", at: .argument("x"))
            }
            let spelled = trimmed.string
            guard let x = Double(spelled) else {
                throw LanguageError("\(value.phrase) spells no number", at: .argument("x"))
            }
            if let loss = lossOfNumber(spelled, as: x) {
                throw LanguageError(
                    "\(value.phrase) spells a number that \(loss)", advice: ["keep it as a string"],
                    at: .argument("x"))
            }
            return .number(x)
        }
    }
}
