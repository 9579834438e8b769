// Lists turned round or together with others: reverse, zip, enumerate, unique.
import Language

enum SequenceFunctions {
    static var builtins: [Builtin] { [SortFunction.builtin, reverse, zip, enumerate, unique, flatten, find] }

    private static var reverse: Builtin {
        Builtin(
            "reverse", family: "lists", [.positional("items", .either(.list, .string), "what is turned round")],
            summary: "The items in the opposite order.", examples: ["reverse([1, 2, 3])\n#> [3, 2, 1]"],
            seeAlso: ["sort"]
        ) { call in
            if case .string(let text) = try call.value("items") {
                return .string(try text.reversed(poll: call.interpreter.poll))
            }
            let value = try call.value("items")
            if let foreign = value.foreign, let count = foreign.count,
                let part = try foreign.selecting(Array((0..<count).reversed()))
            {
                return .foreign(part)
            }
            return .list(try call.interpreter.items(of: value).reversed())
        }
    }

    private static var zip: Builtin {
        Builtin(
            "zip", family: "lists", [.rest("lists", .list, "what is paired")],
            summary: "The list of what stands at the same place in several lists, as long as the shortest.",
            examples: ["zip([1, 2], [\"a\", \"b\"])\n#> [[1, \"a\"], [2, \"b\"]]"], seeAlso: ["enumerate", "map"]
        ) { call in
            let lists = try call.list("lists").map { try call.interpreter.list(of: $0) }
            let count = lists.map(\.count).min() ?? 0
            return .list(try call.interpreter.written(count) { position in .list(lists.map { $0[position] }) })
        }
    }

    private static var enumerate: Builtin {
        Builtin(
            "enumerate", family: "lists", [.positional("items", .list, "what is numbered")],
            summary: "The items with their positions from 0, as pairs.",
            examples: ["for i, word in enumerate([\"a\", \"b\"]) { print(i, word) }\n#> 0 a\n#> 1 b"], seeAlso: ["zip"]
        ) { call in
            let list = try call.interpreter.list(of: try call.value("items"))
            return .list(try call.interpreter.written(list.count) { .list([.number($0), list[$0]]) })
        }
    }

    private static var unique: Builtin {
        Builtin(
            "unique", family: "lists", [.positional("items", .list, "what may hold items twice")],
            summary: "The items without those that came before.", examples: ["unique([1, 2, 1])\n#> [1, 2]"]
        ) { call in
            .list(try call.interpreter.distinct(call.interpreter.list(of: try call.value("items"))))
        }
    }

    private static var flatten: Builtin {
        Builtin(
            "flatten", family: "lists", [.positional("lists", .list(of: .list), "what is joined")],
            summary: "The items of lists in a list, joined to one list.",
            examples: ["flatten([[1, 2], [3]])\n#> [1, 2, 3]"], seeAlso: ["zip"]
        ) { call in
            var result: [Value] = []
            for item in try call.interpreter.list(of: try call.value("lists")) {
                if case .list(let list) = item {
                    try call.interpreter.requireRoom(forItems: result.count + list.count)
                    result += try call.interpreter.items(of: item)
                } else {
                    try call.interpreter.add(item, to: &result)
                }
                try call.interpreter.pollNow()
            }
            return .list(result)
        }
    }

    private static var find: Builtin {
        Builtin(
            "find", family: "lists",
            [
                .positional("items", .either(.list, .string), "where it is looked for"),
                .positional("x", .value, "what is looked for"),
            ],
            summary: "The first position of an item in a list, or of a string in a string; nothing when there is none.",
            examples: ["find([5, 6], 6)\n#> 1", "find(\"Lethe\", \"the\")\n#> 2"], seeAlso: ["contains"]
        ) { call in
            let x = try call.value("x")
            if case .string(let text) = try call.value("items"), case .string(let part) = x {
                try call.interpreter.checkMeasuring(text, at: .argument("items"))
                try call.interpreter.checkMeasuring(part, at: .argument("x"))
                return try text.position(of: part, poll: call.interpreter.poll).map { .number($0) } ?? .nothing
            }
            let list = try call.interpreter.list(of: try call.value("items"))
            return try call.interpreter.position(of: x, in: list).map { .number($0) } ?? .nothing
        }
    }
}
