/// `where`: examples, items and rows for which something holds, and a choice between two values item by item.
import Autodiff
import Language
import Tensors

enum WhereFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "where", family: "data",
            [
                .positional(
                    "data", .described("examples, a list or a table; or a condition: true or false, a list, a mask"),
                    "what is chosen from, or what decides"),
                .positional(
                    "keep", .value, default: .nothing,
                    "a function of one item, true keeps it; or what is taken where the condition holds"),
                .positional("other", .value, default: .nothing, "what is taken where it does not"),
            ],
            """
            The examples, items or rows for which a function is true. Or, where(condition, a, b): of a where a \
            condition holds and of b elsewhere, item by item, with derivatives that go to what was taken; with the \
            condition alone the positions where it holds.
            """,
            examples: [
                "where([1, 2, 3], x -> x > 1)\n#> [2, 3]",
                "x = tensor([-1, 2, -3])\nwhere(x > 0, x, 0)\n#> tensor [0, 2, 0]",
                "where([true, false], [\"a\", \"b\"], \"–\")\n#> [\"a\", \"–\"]",
                "where([false, true, true])\n#> [1, 2]",
            ], seeAlso: ["without", "split", "filter", "clip", "slices"], differentiable: true
        ) { call in
            let data = try call.value("data"), keep = try call.value("keep")
            if call.isGiven("other") { return try chosen(data, keep, try call.value("other"), call, engine) }
            if call.isGiven("keep") { return try kept(data, call) }
            return try places(data, call)
        }
    }

    /// What a function keeps.
    private static func kept(_ data: Value, _ call: Call) throws -> Value {
        let keep = try call.function("keep")
        func isKept(_ value: Value) throws -> Bool {
            guard case .bool(let flag) = try call.call(keep, [value]) else {
                throw LanguageError("`where` needs a function that returns true or false", at: .result("keep"))
            }
            return flag
        }
        if case .list(let list) = data { return .list(try list.filter(isKept)) }
        if case .foreign(let foreign) = data, let count = foreign.count, try foreign.selecting([]) != nil {
            let places = try (0..<count).filter {
                try isKept(foreign.index([.position(.number($0))]) ?? .nothing)
            }
            if let part = try foreign.selecting(places) { return .foreign(part) }
        }
        let examples = try call.examples("data")
        let indices = try (0..<examples.size).filter {
            try isKept(examples.index([.position(.number($0))]) ?? .nothing)
        }
        return .foreign(try examples.chosen(indices))
    }

    /// Of two values what a condition says, item by item.
    private static func chosen(
        _ condition: Value, _ a: Value, _ b: Value, _ call: Call, _ engine: EngineContext
    ) throws -> Value {
        if [condition, a, b].contains(where: { $0.foreign is TensorValue }) {
            let mask = try mask(condition, call, engine)
            guard let first = try engine.variable(a) else {
                throw call.wrong("keep", a, mustBe: "numbers or a tensor, where another is a tensor")
            }
            guard let second = try engine.variable(b) else {
                throw call.wrong("other", b, mustBe: "numbers or a tensor, where another is a tensor")
            }
            return .of(try first.selected(where: mask, else: second))
        }
        guard case .list(let flags) = condition else { return try call.interpreter.truth(of: condition) ? a : b }
        for (name, value) in [("keep", a), ("other", b)] {
            guard let list = value.list, list.count != flags.count else { continue }
            throw LanguageError(
                "`\(name)` of `where` has \(list.count) items, the condition \(flags.count)", at: .argument(name))
        }
        return .list(
            try call.interpreter.written(flags.count) { place in
                let value = try call.interpreter.truth(of: flags[place]) ? a : b
                return value.list.map { $0[place] } ?? value
            })
    }

    /// A condition as a tensor of 0 and 1, or of numbers that are not 0 where it holds.
    private static func mask(_ condition: Value, _ call: Call, _ engine: EngineContext) throws -> Tensor {
        switch condition {
        case .foreign(let tensor as TensorValue): return tensor.variable.value
        case .list(let list):
            if let numbers = NumbersArgument.numbers(try list.writable()) {
                return try Tensor(numbers.map { $0 == 0 ? 0 : 1 }, shape: [numbers.count], on: engine.device)
            }
        case .bool, .number:
            return try Tensor(scalar: call.interpreter.truth(of: condition) ? 1 : 0, on: engine.device)
        default: break
        }
        throw call.wrong("data", condition, mustBe: "true or false, a list of them, or a mask")
    }

    /// The positions where a condition holds.
    private static func places(_ condition: Value, _ call: Call) throws -> Value {
        if case .foreign(let tensor as TensorValue) = condition {
            guard tensor.shape.count == 1 else {
                throw LanguageError(
                    "`where` gives positions along one axis; this condition has shape \(tensor.shape)",
                    note: "x[mask] takes what it chooses", at: .argument("data"))
            }
            let elements = tensor.variable.value.elements
            return .list(elements.indices.filter { elements[$0] != 0 }.map(Double.init))
        }
        guard case .list(let flags) = condition else {
            throw call.wrong("data", condition, mustBe: "a list of true and false, or a mask")
        }
        var places: [Value] = []
        for (place, flag) in flags.enumerated() {
            try call.interpreter.poll(place)
            if try call.interpreter.truth(of: flag) { try call.interpreter.add(.number(place), to: &places) }
        }
        return .list(places)
    }
}
