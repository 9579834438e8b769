/// Making tensors, and what is done with whole tensors and directions.
import Autodiff
import Language
import LanguageModels
import StandardLibrary
import Tensors

enum TensorFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { making(engine) + using(engine) }

    private static func making(_ engine: EngineContext) -> [Builtin] {
        let sides = Parameter.rest("sides", .count, "the length of each axis")
        func filled(_ name: String, _ value: Float, _ summary: String) -> Builtin {
            .engine(
                name, family: "tensors", [sides], summary,
                examples: ["\(name)(2)\n#> tensor [\(Int(value)), \(Int(value))]"], seeAlso: ["tensor"]
            ) { call in
                .of(Variable(try Tensor(repeating: value, shape: shape(call), on: engine.device)))
            }
        }
        func drawn(
            _ name: String, _ summary: String, _ draw: @escaping ([Int], inout RandomGenerator) throws -> Tensor
        ) -> Builtin {
            .engine(
                name, family: "tensors", [sides, seedOption], summary,
                examples: ["\(name)(2, 3, seed=1).shape\n#> [2, 3]"], seeAlso: ["seed", "randn_like"]
            ) { call in
                let shape = try shape(call)
                return .of(Variable(try engine.drawing(call) { try draw(shape, &$0) }))
            }
        }
        let device = engine.device
        return [
            .engine(
                "tensor", family: "tensors",
                [
                    .positional(
                        "values", .described("a number, or a list of numbers, lists or tensors"),
                        "the elements, nested as rows")
                ],
                "A float32 tensor from numbers in (nested) lists; one beyond float32's range is refused with its place.",
                examples: ["tensor([[1, 2], [3, 4]]).shape\n#> [2, 2]", "tensor([1, 2]) * 3\n#> tensor [3, 6]"],
                seeAlso: ["zeros", "reshape"], differentiable: true
            ) { call in
                let value = try call.value("values")
                guard let result = try engine.variable(value) else {
                    throw call.wrong("values", value, mustBe: "numbers, lists of numbers of one length, or tensors")
                }
                return .foreign(TensorValue(result))
            },
            filled("zeros", 0, "A tensor of zeros."), filled("ones", 1, "A tensor of ones."),
            drawn(
                "randn", "A tensor of numbers drawn from the standard normal distribution; without sides, one number."
            ) {
                try .normal($0, from: &$1, on: device)
            },
            drawn("rand", "A tensor of numbers drawn uniformly from [0, 1); without sides, one number.") {
                try .uniform($0, from: &$1, on: device)
            },
            .engine(
                "randn_like", family: "tensors",
                [.positional("x", .either(.tensor, .model, .direction), "what the result is like"), seedOption],
                "Standard normal numbers of a tensor's shape, or a random direction in a model's space of weights.",
                examples: ["randn_like(zeros(2, 2), seed=3).shape\n#> [2, 2]"], seeAlso: ["randn"], differentiable: true
            ) { call in
                let point = try Point(call.value("x"), engine)
                return try point.rebuildDirection(
                    engine.drawing(call) { generator in
                        try point.variables.map { Variable(try Tensor.normal($0.shape, from: &generator, on: device)) }
                    })
            },
            .engine(
                "seed", family: "tensors",
                [
                    .positional("n", .count(min: 0), "the new seed"),
                    .option(
                        "drawn", .count(min: 0), default: 0, unit: "draws",
                        "goes on as if so many 64-bit words had been drawn since"),
                ],
                "Starts the session's random numbers anew from a seed. Everything drawn later depends on it alone.",
                examples: ["seed(7)\na = rand()\nseed(7)\na == rand()\n#> true"], seeAlso: ["rand"]
            ) { call in
                engine.generator = RandomGenerator(
                    seed: UInt64(try call.integer("n")), position: UInt64(try call.integer("drawn")))
                return .nothing
            },
        ]
    }

    private static func using(_ engine: EngineContext) -> [Builtin] {
        let x = Parameter.positional("x", .tensor, "")
        let several = ParameterType.described("a number, a tensor, a direction, or records and lists of them")
        return [
            .engine(
                "reshape", family: "tensors",
                [x, .rest("sides", .count, "the new axes; -1 for one that follows from the rest")],
                "The same elements under another shape.",
                examples: ["reshape(tensor([1, 2, 3, 4]), 2, -1).shape\n#> [2, 2]"], differentiable: true
            ) { call in
                let x = try variable("x", call, engine)
                var shape = try integers(call.list("sides"), "sides", call)
                if let open = shape.firstIndex(of: -1) {
                    var rest = 1
                    for (axis, side) in shape.enumerated() where axis != open {
                        rest = side > 0 ? rest.multipliedReportingOverflow(by: side).overflow ? 0 : rest * side : 0
                    }
                    guard rest > 0, x.value.count % rest == 0 else {
                        throw LanguageError(
                            "\(x.value.count) elements cannot be reshaped to \(shape)", at: .argument("sides"))
                    }
                    shape[open] = x.value.count / rest
                }
                return .of(try x.reshaped(shape))
            },
            .engine(
                "dot", family: "tensors",
                [.positional("a", several), .positional("b", several)],
                "The sum of products of two tensors or directions of one build, added in float64.",
                examples: ["dot(tensor([1, 2]), tensor([3, 4]))\n#> 11"], seeAlso: ["norm"], differentiable: true
            ) { call in
                let (a, b) = (
                    try Point(call.value("a"), engine).variables, try Point(call.value("b"), engine).variables
                )
                guard a.count == b.count else { throw LanguageError("`a` and `b` of `dot` have different builds") }
                var sum = Variable(try Tensor(scalar: 0, on: engine.device))
                for (a, b) in zip(a, b) { sum = try sum + a.dot(b) }
                return .of(sum)
            },
            .engine(
                "norm", family: "tensors",
                [
                    .positional("x", several),
                    .option("axis", .count, default: .nothing, shown: "none", "for tensors: the axis that disappears"),
                ],
                """
                The length of a tensor or direction: the square root of its dot product with itself. At 0, where it \
                has no derivative, its gradient is 0 and its second derivative NaN; dot(x, x) has both.
                """,
                examples: [
                    "norm(tensor([3, 4]))\n#> 5", "norm(tensor([[3, 4], [6, 8]]), axis=1)\n#> tensor [5, 10]",
                ], seeAlso: ["dot"], differentiable: true
            ) { call in
                if let axis = try NumbersArgument.axis(call) {
                    let x = try variable("x", call, engine)
                    return .of(try (x * x).reduced("sum", axis: axis).flatRoot())
                }
                let parts = try Point(call.value("x"), engine).variables
                return .of(
                    parts.isEmpty ? Variable(try Tensor(scalar: 0, on: engine.device)) : try Variable.norm(parts))
            },
            .engine(
                "detach", family: "derivatives",
                [.positional("x", .value, "a tensor, a model, a direction, or what holds some")],
                "The same value as a constant: derivatives do not follow it.",
                examples: ["grad(x -> x * detach(x), 3)\n#> 3"], seeAlso: ["grad"], differentiable: true
            ) { call in
                try detached(call.value("x"))
            },
        ]
    }

    /// A value whose tensors, models and directions no derivative follows.
    static func detached(_ value: Value) throws -> Value {
        guard value.holdsTracked else { return value }
        switch value {
        case .foreign(let tensor as TensorValue): return .of(tensor.variable.detached)
        case .foreign(let model as ModelValue): return .foreign(ModelValue(model.model.detached))
        case .foreign(let direction as DirectionValue):
            return .foreign(
                DirectionValue(try Direction(direction.direction.layout, direction.direction.values.detached)))
        case .foreign(let table as TableValue): return .foreign(try table.mapping { try detached($0) })
        case .string(let text): return .string(text.tracked(false))
        case .list(let list): return .list(try list.map { try detached($0) })
        case .record(let record): return .record(try record.fields.map { ($0.name, try detached($0.value)) })
        default: return value
        }
    }

    /// A shape from the `sides` of a call.
    static func shape(_ call: Call) throws -> [Int] {
        let sides = try integers(call.list("sides"), "sides", call)
        if let wrong = sides.first(where: { $0 < 0 }) {
            throw LanguageError("a tensor cannot have a side of \(wrong)", at: .argument("sides"))
        }
        return sides
    }

    /// Whole numbers, given one by one or as one list.
    static func integers(_ list: List, _ name: String, _ call: Call) throws -> [Int] {
        if list.count == 1, case .list(let inner) = list[0] { return try integers(inner.writable(), name, call) }
        return try list.map { value in
            guard let x = try value.asNumber, let whole = Int(exactly: x) else {
                throw call.wrong(name, value, mustBe: "whole numbers")
            }
            return whole
        }
    }

    static func variable(_ name: String, _ call: Call, _ engine: EngineContext) throws -> Variable {
        let value = try call.value(name)
        if let result = try engine.variable(value) { return result }
        throw call.wrong(name, value, mustBe: "a tensor")
    }
}
