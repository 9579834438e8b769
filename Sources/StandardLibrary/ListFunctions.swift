// Lists: making them, their length, one made from another with a function.
import Language

enum ListFunctions {
    static var builtins: [Builtin] { [len, range, toList, map, filter, fold] }

    private static var len: Builtin {
        Builtin(
            "len", family: "lists",
            [.positional("x", .either(.list, .string, .record, .described("a data set")), "what is counted")],
            summary: """
                The number of items of a list, characters of a string, fields of a record, rows of a data set or tensor.
                """,
            examples: ["len([4, 5])\n#> 2", "len(\"Lethe\")\n#> 5"],
            ofValue: {
                switch $0 {
                case .list(let list): .number(list.count)
                case .string(let text): text.isTracked ? nil : .number(text.count)
                case .record(let record): .number(record.count)
                default: nil
                }
            }
        ) { call in
            let value = try call.value("x")
            switch value {
            case .list(let list): return .number(list.count)
            case .string(let text):
                try call.interpreter.checkMeasuring(text, at: .argument("x"))
                return .number(text.count)
            case .record(let record): return .number(record.count)
            case .foreign(let foreign):
                if let count = foreign.count { return .number(count) }
            default: break
            }
            throw call.wrong("x", value, mustBe: "a list, a string or a record")
        }
    }

    private static var range: Builtin {
        Builtin(
            "range", family: "lists",
            [
                .positional("start", .number, "the first number; the end when it is the only argument"),
                .positional("stop", .number, default: .nothing, "the end, which is not part of the list"),
                .positional("step", .number, default: 1, "the distance between two numbers"),
            ],
            summary:
                "The numbers from start (0) up to but without stop. They take no memory until the list is changed.",
            examples: ["range(4)\n#> [0, 1, 2, 3]", "range(2, 8, 2)\n#> [2, 4, 6]", "range(3, 0, -1)\n#> [3, 2, 1]"],
            seeAlso: ["map", "len"]
        ) { call in
            let only = try call.value("stop").isNothing
            let start = only ? 0 : try call.number("start")
            let stop = only ? try call.number("start") : try call.number("stop")
            let step = try call.number("step")
            guard step != 0, step.isFinite else {
                throw call.wrong("step", .number(step), mustBe: "a finite number other than 0")
            }
            guard start.isFinite else { throw call.wrong("start", .number(start), mustBe: "a finite number") }
            let count = ((stop - start) / step).rounded(.up)
            guard count < 1e15 else {
                throw LanguageError(
                    """
                    a range from \(Value.number(start).display) to \(Value.number(stop).display) \
                    \(count.isFinite ? "has more than the 1e15 numbers that a range may have" : "has no end")
                    """)
            }
            // Beyond 2^53 not every whole number has a place of its own.
            guard count <= 1 || max(abs(start), abs(start + (count - 1) * step)) <= 0x1p53 || abs(step) >= 0x1p53 else {
                throw LanguageError(
                    "a range beyond 9007199254740992 would skip numbers and repeat others", at: .argument("start"))
            }
            return .list(List(from: start, by: step, count: count > 0 ? Int(count) : 0))
        }
    }

    private static var toList: Builtin {
        Builtin(
            "to_list", family: "lists",
            [.positional("x", .either(.list, .string, .record, .described("a tensor")), "what has items")],
            summary: "The items of anything a loop can go through, as a list.",
            examples: ["to_list(\"abc\")\n#> [\"a\", \"b\", \"c\"]"]
        ) { .list(try $0.interpreter.items(of: try $0.value("x"))) }
    }

    /// The function and the items of `map(f, xs)` and the like; `xs |> map(f)` puts them the other way round. As a loop
    /// does, a function is given the names of a record's fields, and one of two arguments their values too.
    static func functionAndItems(_ call: Call) throws -> (function: Function, items: List, values: [Value]?) {
        var function = try call.value("f")
        var items = try call.value("items")
        if case .function = items { swap(&function, &items) }
        guard case .function(let f) = function else { throw call.wrong("f", function, mustBe: "a function") }
        if case .record(let record) = items, f.missing.count == 2 {
            return (f, List(record.keys.map { .string($0) }), record.values)
        }
        return (f, try call.interpreter.list(of: items).writable(), nil)
    }

    private static var map: Builtin {
        Builtin(
            "map", family: "lists",
            [
                .positional("f", .function, "called with each item"),
                .positional("items", .list, "what it is called with; a record's names"),
            ],
            summary: """
                The list of what a function gives for each item. Of a record the items are the names of its fields; a \
                function of two arguments is given name and value. The two arguments may be swapped, for |>.
                """,
            examples: [
                "map(x -> x^2, range(4))\n#> [0, 1, 4, 9]", "[1, 2] |> map(x -> x + 1)\n#> [2, 3]",
                "map((name, value) -> \"{name} is {value}\", (a=1, b=2))\n#> [\"a is 1\", \"b is 2\"]",
            ],
            seeAlso: ["filter", "zip"]
        ) { call in
            let (function, items, values) = try functionAndItems(call)
            if let values {
                return .list(
                    try call.interpreter.written(items.count) { try call.call(function, [items[$0], values[$0]]) })
            }
            var apply = call.interpreter.repeated(function)
            return .list(try call.interpreter.written(items.count) { try apply(items[$0]) })
        }
    }

    private static var filter: Builtin {
        Builtin(
            "filter", family: "lists",
            [
                .positional("f", .function, "says whether an item stays"),
                .positional("items", .list, "what is chosen from; a record's names"),
            ],
            summary: """
                The items for which a function gives true; of a table the rows, as a table. Of a record the items are \
                the names of its fields; a function of two arguments is given name and value. The two arguments may be \
                swapped, for |>.
                """,
            examples: [
                "filter(x -> x % 2 == 0, range(6))\n#> [0, 2, 4]",
                "filter((name, value) -> value > 1, (a=1, b=2))\n#> [\"b\"]",
                "filter(table(rate=[1, 2], loss=[5, 4]), r -> r.loss < 5).rate\n#> [2]",
            ], seeAlso: ["map"]
        ) { call in
            let (function, items, values) = try functionAndItems(call)
            var keeps = call.interpreter.repeated(function), places: [Int] = []
            for (index, item) in items.enumerated() {
                let answer = try values.map { try call.call(function, [item, $0[index]]) } ?? keeps(item)
                guard try call.interpreter.truth(of: answer) else { continue }
                if places.count == places.capacity { try call.interpreter.requireRoom(forItems: places.count) }
                places.append(index)
            }
            // Some rows of a table are a table.
            for case .foreign(let foreign) in [try call.value("items"), try call.value("f")] {
                if let part = try foreign.selecting(places) { return .foreign(part) }
            }
            return .list(try call.interpreter.written(places.count) { items[places[$0]] })
        }
    }

    private static var fold: Builtin {
        Builtin(
            "fold", family: "lists",
            [
                .positional("f", .function, "takes what has come together so far and the next item"),
                .positional("start", .value, "what it begins with"),
                .positional("items", .list, "what is gone through"),
            ],
            summary: "Goes through a list and keeps one value: f(f(f(start, a), b), c).",
            examples: ["fold((total, x) -> total + x, 0, [1, 2, 3])\n#> 6"], seeAlso: ["sum"]
        ) { call in
            let function = try call.function("f")
            var combine = call.interpreter.repeated(function, argumentCount: 2)
            var result = try call.value("start")
            for item in try call.interpreter.list(of: try call.value("items")) {
                result = try combine(giving: &result, item)
            }
            return result
        }
    }
}
