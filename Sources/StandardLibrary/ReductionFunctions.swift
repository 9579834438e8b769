// Many numbers to one: sum, mean, max, min.
import Language

enum ReductionFunctions {
    static var builtins: [Builtin] {
        [sum, mean, extreme("max", largest: true), extreme("min", largest: false), any, all]
    }

    private static func values(_ name: String) -> [Parameter] {
        [
            .positional("values", .either(.list(of: .number), .described("a tensor")), "what is reduced"),
            .positional("axis", .count, default: .nothing, "for tensors: the axis that disappears"),
        ]
    }

    /// The arguments as they go to a foreign value.
    private static func arguments(_ call: Call) throws -> [Value] {
        let axis = try call.value("axis")
        return axis.isNothing ? [try call.value("values")] : [try call.value("values"), axis]
    }

    /// Refuses an axis that a list does not have.
    private static func checkListAxis(_ call: Call) throws {
        guard let axis = try call.optional("axis", { try $0.integer("axis") }), axis != 0, axis != -1 else { return }
        throw LanguageError("a list has one axis, 0; this is axis \(axis)", at: .argument("axis"))
    }

    /// The value itself where it is a single number: what a derivative sees as a tensor of one number is a plain number
    /// elsewhere, and the same function must do for both.
    private static func single(_ call: Call) throws -> Value? {
        guard case .number(let x) = try call.value("values") else { return nil }
        return .number(x)
    }

    private static var sum: Builtin {
        Builtin(
            "sum", family: "mathematics", values("sum"),
            summary: "The sum of the numbers of a list or tensor; a list may also hold tensors or directions.",
            examples: ["sum([1, 2, 3])\n#> 6", "sum([])\n#> 0"], seeAlso: ["mean"]
        ) { call in
            if let result = try call.applyForeign(try arguments(call)) { return result }
            try checkListAxis(call)
            return try single(call) ?? total(try call.sequence("values"), call)
        }
    }

    private static func total(_ list: List, _ call: Call) throws -> Value {
        var sum = 0.0, areNumbers = true
        for (index, item) in list.enumerated() {
            try call.interpreter.poll(index)
            guard let x = item.number else {
                areNumbers = false
                break
            }
            sum += x
        }
        if areNumbers { return .number(sum) }
        var result: Value = .number(0)
        for (index, item) in list.enumerated() {
            try call.interpreter.poll(index)
            switch item {
            case .number, .bool, .record, .foreign: break
            case .list, .string, .function, .nothing:
                throw LanguageError(
                    """
                    `\(call.builtin.name)` takes numbers, tensors or directions; an item of the list is \(item.phrase)
                    """,
                    note: item.list == nil
                        ? nil : "for a matrix write \(call.builtin.name)(tensor(…)); for its columns an axis too",
                    at: .argument("values"))
            }
            result = index == 0 && item.foreign != nil ? item : try call.interpreter.operate(.add, result, item)
        }
        return result
    }

    private static var mean: Builtin {
        Builtin(
            "mean", family: "mathematics", values("mean"),
            summary: "The mean of the numbers of a list or tensor; a list may also hold tensors or directions.",
            examples: ["mean([1, 2, 6])\n#> 3"], seeAlso: ["sum"]
        ) { call in
            if let result = try call.applyForeign(try arguments(call)) { return result }
            try checkListAxis(call)
            if let number = try single(call) { return number }
            let list = try call.sequence("values")
            guard !list.isEmpty else { throw LanguageError("`mean` of an empty list", at: .argument("values")) }
            return try call.interpreter.operate(.divide, try total(list, call), .number(list.count))
        }
    }

    /// `max` and `min`: of a list, or of the arguments, element by element where one is a tensor.
    private static func extreme(_ name: String, largest: Bool) -> Builtin {
        let word = largest ? "largest" : "smallest"
        return Builtin(
            name, family: "mathematics",
            [
                .rest("values", .described("numbers, or one list or tensor"), "what is compared"),
                .option("axis", .count, default: .nothing, shown: "none", "for one tensor: the axis that disappears"),
                .option(
                    "key", .function, default: .nothing, shown: "none",
                    "gives what items are compared by; the first of equal ones comes out"),
            ],
            summary: """
                The \(word) of its arguments, or of the items of one list or tensor; element by element for several \
                tensors. Equal ones share the derivative.
                """,
            examples: [
                "\(name)(3, 1, 2)\n#> \(largest ? 3 : 1)", "\(name)([3, 1, 2])\n#> \(largest ? 3 : 1)",
                "\(name)([\"bb\", \"a\", \"ccc\"], key=len)\n#> \"\(largest ? "ccc" : "a")\"",
            ],
            seeAlso: [largest ? "min" : "max", "clip", "sort"]
        ) { call in
            var values = try call.list("values")
            if try !call.value("key").isNothing { return try best(of: values, largest: largest, call) }
            if try !call.value("axis").isNothing {
                guard values.count == 1, values[0].foreign != nil,
                    let result = try call.applyForeign([values[0], try call.value("axis")], as: "\(name) along")
                else { throw LanguageError("`axis` is for one tensor", at: .argument("axis")) }
                return result
            }
            guard !values.isEmpty else { throw LanguageError("`\(name)` needs numbers; it was given nothing") }
            if values.contains(where: { $0.foreign != nil }) {
                return try values.count == 1 ? call.applyForeign(values.written()) ?? .nothing : pairwise(values, call)
            }
            if values.count == 1, case .list(let list) = values[0] {
                guard !list.isEmpty else { throw LanguageError("`\(name)` of an empty list") }
                values = list
            }
            if let first = values.first, first.foreign != nil { return try pairwise(values, call) }
            var best = values[0]
            if case .number(let x) = best, x.isNaN { return best }
            for (index, value) in values.enumerated().dropFirst() {
                try call.interpreter.poll(index)
                if value.foreign != nil { return try pairwise(values, call) }
                if case .number(let x) = value, case .number(let y) = best, !x.isNaN {
                    if largest ? x > y : x < y { best = value }
                    continue
                }
                if case .number(let x) = value, x.isNaN { return value }
                let isBetter = try call.interpreter.operate(largest ? .greater : .less, value, best)
                if try call.interpreter.truth(of: isBetter) { best = value }
            }
            return best
        }
    }

    /// The first item for which `key` gives the largest or smallest.
    private static func best(of values: List, largest: Bool, _ call: Call) throws -> Value {
        guard try call.value("axis").isNothing else {
            throw LanguageError("`key` and `axis` do not go together", at: .argument("key"))
        }
        var items = values
        if values.count == 1, values[0].list != nil || values[0].foreign?.count != nil {
            items = try call.interpreter.list(of: values[0])
        }
        guard !items.isEmpty else { throw LanguageError("`\(call.builtin.name)` of an empty list") }
        var key = call.interpreter.repeated(try call.function("key"))
        var best = items[0], bestKey = try key(best)
        for item in items.dropFirst() {
            let itsKey = try key(item)
            guard try call.interpreter.truth(of: call.interpreter.operate(largest ? .greater : .less, itsKey, bestKey))
            else { continue }
            (best, bestKey) = (item, itsKey)
        }
        return best
    }

    private static func pairwise(_ values: List, _ call: Call) throws -> Value {
        // All at once, so that a derivative is shared by all that are equal.
        if values.allSatisfy({ $0.number != nil || $0.foreign != nil }),
            let result = try call.applyForeign(values.written())
        {
            return result
        }
        return try values.dropFirst().reduce(values[0]) { best, value in
            if let result = try call.applyForeign([best, value]) { return result }
            guard let x = try best.asNumber, let y = try value.asNumber else {
                throw LanguageError("`\(call.builtin.name)` compares numbers and tensors; this is \(value.phrase)")
            }
            return .number(call.builtin.name == "max" ? Swift.max(x, y) : Swift.min(x, y))
        }
    }

    private static var conditions: [Parameter] {
        [
            .positional("values", .either(.list, .described("a mask")), "conditions"),
            .option("axis", .count, default: .nothing, shown: "none", "for masks: the axis that disappears"),
        ]
    }

    /// What a tensor says itself; nil for what is gone through item by item.
    private static func ofMask(_ call: Call) throws -> Value? {
        guard case .foreign(let foreign) = try call.value("values") else {
            try checkListAxis(call)
            return nil
        }
        let arguments = try arguments(call)
        if let result = try foreign.apply(call.builtin.name, arguments) { return result }
        guard arguments.count == 1 else { throw LanguageError("`axis` is for tensors", at: .argument("axis")) }
        return nil
    }

    /// The first position of a condition that is as wanted.
    private static func firstTurn(_ call: Call, _ isWanted: (Bool) -> Bool) throws -> Int? {
        let list = try call.interpreter.list(of: try call.value("values"))
        for (index, item) in list.enumerated() {
            try call.interpreter.poll(index)
            if isWanted(try call.interpreter.truth(of: item)) { return index }
        }
        return nil
    }

    private static var any: Builtin {
        Builtin(
            "any", family: "mathematics", conditions,
            summary: "Whether some item of a list or mask is true.",
            examples: ["any(map(x -> x > 2, [1, 3]))\n#> true"],
            seeAlso: ["all"]
        ) { call in
            if let result = try ofMask(call) { return result }
            return .bool(try firstTurn(call) { $0 } != nil)
        }
    }

    private static var all: Builtin {
        Builtin(
            "all", family: "mathematics", conditions,
            summary: "Whether every item of a list or mask is true.", examples: ["all([true, 1 < 2])\n#> true"],
            seeAlso: ["any"]
        ) { call in
            if let result = try ofMask(call) { return result }
            return .bool(try firstTurn(call) { !$0 } == nil)
        }
    }
}
