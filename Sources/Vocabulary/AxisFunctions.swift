/// Functions along an axis: var, std, cumsum, stack, concat, softmax and its kin.
import Autodiff
import Language
import Tensors

enum AxisFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [spread("var", engine), spread("std", engine), cumsum(engine), concat(engine), stack(engine)]
            + softmaxes(engine)
    }

    private static let numbers = ParameterType.either(.list(of: .number), .tensor)

    // MARK: Spread

    private static func spread(_ name: String, _ engine: EngineContext) -> Builtin {
        let isRoot = name == "std"
        return .engine(
            name, family: "mathematics",
            [
                .positional("x", numbers, "the numbers"), NumbersArgument.axisOption(),
                .option(
                    "correction", .number(in: 0 ... .infinity), default: 1,
                    "divides by n - correction; 0 for a whole population"),
            ],
            isRoot
                ? """
                The standard deviation, the root of var, with n - 1 degrees of freedom unless correction says \
                otherwise. Of equal numbers it is 0, where its derivative counts as 0.
                """
                : """
                The variance: the sum of squared distances from the mean over n - correction; NaN for too few numbers.
                """,
            examples: [isRoot ? "std([1, 2, 3, 4])\n#> 1.291" : "var([1, 2, 3, 4])\n#> 1.667"],
            seeAlso: [isRoot ? "var" : "std", "mean", "quantile"], differentiable: true
        ) { call in
            let axis = try NumbersArgument.axis(call), correction = try call.number("correction")
            switch try NumbersArgument("x", call, engine) {
            case .list(let numbers):
                try NumbersArgument.check(axis: axis, ofListIn: call)
                let count = Double(numbers.count), mean = numbers.reduce(0, +) / count
                let sum = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let variance = sum / max(0, count - correction)
                return .number(isRoot ? variance.squareRoot() : variance)
            case .tensor(let x):
                let variance =
                    try axis.map { try x.variance(axis: $0, correction: correction) }
                    ?? x.reshaped([x.count]).variance(axis: 0, correction: correction)
                return .of(isRoot ? try variance.flatRoot() : variance)
            }
        }
    }

    private static func cumsum(_ engine: EngineContext) -> Builtin {
        .engine(
            "cumsum", family: "mathematics",
            [
                .positional("x", numbers, "the numbers"),
                .option(
                    "axis", .count, default: .nothing, shown: "the only one", "the axis along which they are added"),
            ],
            "The sums of the first number, of the first two, and so on, along an axis.",
            examples: [
                "cumsum([1, 2, 3])\n#> [1, 3, 6]",
                "cumsum(tensor([[1, 2], [3, 4]]), axis=0)[1]\n#> tensor [4, 6]",
            ], seeAlso: ["sum"], differentiable: true
        ) { call in
            let axis = try NumbersArgument.axis(call)
            switch try NumbersArgument("x", call, engine) {
            case .list(let numbers):
                try NumbersArgument.check(axis: axis, ofListIn: call)
                // The sums, and the list of them.
                if numbers.count >= 1 << 16 { try call.interpreter.requireMemory(24 * numbers.count) }
                var sum = 0.0
                return .list(
                    numbers.map { x in
                        sum += x
                        return sum
                    })
            case .tensor(let x):
                guard let axis = axis ?? (x.shape.count == 1 ? 0 : nil) else {
                    throw LanguageError(
                        "`cumsum` of a tensor \(x.shape) needs axis=, along which it adds", at: .argument("x"))
                }
                return .of(try x.cumulativeSum(axis: axis))
            }
        }
    }

    // MARK: Putting together

    private static func parts(_ call: Call, _ engine: EngineContext) throws -> [Variable] {
        let parts = try call.list("parts").map { value -> Variable in
            guard let part = try engine.variable(value) else {
                throw call.wrong("parts", value, mustBe: "a list of tensors")
            }
            return part
        }
        guard !parts.isEmpty else {
            throw LanguageError("`\(call.builtin.name)` of an empty list", at: .argument("parts"))
        }
        return parts
    }

    private static func concat(_ engine: EngineContext) -> Builtin {
        .engine(
            "concat", family: "tensors",
            [
                .positional("parts", .list(of: .tensor)),
                .option("axis", .count, default: 0, "along which they follow each other"),
            ],
            "Tensors one after the other along an axis, the first one unless axis= says another.",
            examples: [
                "concat([tensor([1]), tensor([2, 3])])\n#> tensor [1, 2, 3]",
                "concat([ones(2, 1), zeros(2, 2)], axis=1).shape\n#> [2, 3]",
            ], seeAlso: ["stack", "reshape"], differentiable: true
        ) { call in
            let parts = try parts(call, engine), axis = try call.integer("axis")
            if axis == 0 { return .of(try Variable.concatenated(parts)) }
            let place = try parts[0].axis(axis)
            guard parts.allSatisfy({ $0.shape.count == parts[0].shape.count }) else {
                throw LanguageError(
                    "tensors that follow each other have equally many axes; these have \(shapes(parts))",
                    at: .argument("parts"))
            }
            let whole = try Variable.concatenated(parts.map { try $0.withFirst(axis: place) })
            return .of(try whole.movingFirst(to: place))
        }
    }

    private static func shapes(_ parts: [Variable]) -> String { listed(parts.prefix(4).map { "\($0.shape)" }) }

    private static func stack(_ engine: EngineContext) -> Builtin {
        .engine(
            "stack", family: "tensors",
            [
                .positional("parts", .list(of: .tensor), "tensors, lists or numbers of one shape"),
                .option("axis", .count, default: 0, "where the new axis stands"),
            ],
            "Tensors of one shape side by side along a new axis.",
            examples: [
                "stack([tensor([1, 2]), tensor([3, 4])]).shape\n#> [2, 2]",
                "stack([tensor([1, 2]), tensor([3, 4])], axis=1)[0]\n#> tensor [1, 3]",
            ], seeAlso: ["concat", "tensor"], differentiable: true
        ) { call in
            let parts = try parts(call, engine)
            if let other = parts.first(where: { $0.shape != parts[0].shape }) {
                throw LanguageError(
                    "tensors that are stacked have one shape; these have \(parts[0].shape) and \(other.shape)",
                    note: "concat puts tensors of different lengths together", at: .argument("parts"))
            }
            let whole = try Variable.concatenated(parts.map { try $0.reshaped([1] + $0.shape) })
            return .of(try whole.movingFirst(to: call.integer("axis")))
        }
    }

    // MARK: Softmax

    private static func softmaxes(_ engine: EngineContext) -> [Builtin] {
        func function(
            _ name: String, _ summary: String, _ example: String, keepsAxis: Bool = true,
            _ body: @escaping (Variable) throws -> Variable
        ) -> Builtin {
            .engine(
                name, family: "tensors",
                [
                    .positional("x", .tensor, ""),
                    .option("axis", .count, default: -1, "the axis along which the exponentials are added"),
                ], summary, examples: [example], differentiable: true
            ) { call in
                let x = try TensorFunctions.variable("x", call, engine), axis = try call.integer("axis")
                guard axis != -1 else { return .of(try body(x)) }
                let place = try x.axis(axis), result = try body(x.withLast(axis: place))
                return .of(keepsAxis ? try result.movingLast(to: place) : result)
            }
        }
        return [
            function(
                "softmax", "exp(x) over its sum along an axis, the last one unless axis= says another.",
                "softmax(tensor([0, 0]))\n#> tensor [0.5, 0.5]"
            ) { try $0.logSoftmax().apply(.exp) },
            function(
                "log_softmax", "The logarithm of softmax, without loss of precision.",
                "exp(log_softmax(tensor([0, 0])))\n#> tensor [0.5, 0.5]"
            ) { try $0.logSoftmax() },
            function(
                "logsumexp",
                "log(sum(exp(x))) along an axis, the last one unless axis= says another, without overflow.",
                "logsumexp(tensor([1000, 1000]))\n#> 1001", keepsAxis: false
            ) { try $0.logSumExp().reshaped(Array($0.shape.dropLast())) },
        ]
    }
}
