// Mathematics on numbers, and element by element on lists, tensors and directions.
import Foundation
import Language

enum MathFunctions {
    static var builtins: [Builtin] {
        [
            elementwise("exp", "e to the power of x.", ["exp(0)\n#> 1"], exp),
            elementwise("log", "The natural logarithm of x.", ["log(1)\n#> 0", "log([1, exp(2)])\n#> [0, 2]"], log),
            elementwise("sqrt", "The square root of x.", ["sqrt(2)\n#> 1.414"]) { $0.squareRoot() },
            elementwise("abs", "x without its sign.", ["abs(-3)\n#> 3"]) { Swift.abs($0) },
            elementwise("sin", "The sine of x in radians.", ["sin(pi / 2)\n#> 1"], sin),
            elementwise("cos", "The cosine of x in radians.", ["cos(0)\n#> 1"], cos),
            elementwise("tanh", "The hyperbolic tangent of x.", ["tanh(0.5)\n#> 0.4621"], tanh),
            elementwise("sigmoid", "1 / (1 + e^-x), the logistic function.", ["sigmoid(0)\n#> 0.5"]) {
                1 / (1 + exp(-$0))
            },
            elementwise("softplus", "log(1 + e^x), a smooth relu.", ["softplus(0)\n#> 0.6931"]) {
                max($0, 0) + log1p(exp(-Swift.abs($0)))
            },
            elementwise("relu", "x where it is positive, else 0.", ["relu([-1, 2])\n#> [0, 2]"]) {
                $0.isNaN ? $0 : max($0, 0)
            },
            elementwise("gelu", "The Gaussian error linear unit, in its tanh form.", ["gelu(1)\n#> 0.8412"]) {
                0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
            },
            elementwise("silu", "x · sigmoid(x).", ["silu(1)\n#> 0.7311"]) { $0 / (1 + exp(-$0)) },
            elementwise("sign", "-1, 0 or 1.", ["sign(-3)\n#> -1"]) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
            elementwise("floor", "The next whole number at or below x.", ["floor(7 / 2)\n#> 3"]) { $0.rounded(.down) },
            elementwise("ceil", "The next whole number at or above x.", ["ceil(7 / 2)\n#> 4"]) { $0.rounded(.up) },
            elementwise("isnan", "Whether x is not a number, as 1 or 0.", ["isnan(nan)\n#> 1"]) { $0.isNaN ? 1 : 0 },
            round, clip,
        ]
    }

    /// A function of one number, applied to every element of what has several.
    private static func elementwise(
        _ name: String, _ summary: String, _ examples: [String], _ function: @escaping (Double) -> Double
    ) -> Builtin {
        Builtin(
            name, family: "mathematics",
            [.positional("x", .either(.number, .list(of: .number), .described("a tensor")), "where it is computed")],
            summary: summary + " Works element by element on lists, tensors and directions.", examples: examples,
            ofNumber: function
        ) { try map(try $0.value("x"), $0, function) }
    }

    /// A function of every number of a value.
    private static func map(_ value: Value, _ call: Call, _ function: (Double) -> Double) throws -> Value {
        try value.requireEnd("`\(call.builtin.name)` of it")
        return try each(value, call, function)
    }

    private static func each(_ value: Value, _ call: Call, _ function: (Double) -> Double) throws -> Value {
        switch value {
        case .number(let x): return .number(function(x))
        case .bool(let flag): return .number(function(flag ? 1 : 0))
        case .list(let list):
            return .list(
                try call.interpreter.written(list.count) { index in
                    if case .number(let x) = list[index] { return .number(function(x)) }
                    return try each(list[index], call, function)
                })
        default:
            if let result = try call.applyForeign([value]) { return result }
            throw call.wrong("x", value, mustBe: "a number, a list of numbers or a tensor")
        }
    }

    private static var round: Builtin {
        Builtin(
            "round", family: "mathematics",
            [
                .positional("x", .either(.number, .list(of: .number), .described("a tensor")), "what is rounded"),
                .positional("digits", .count(min: -15, max: 15), default: 0, "digits kept after the point"),
            ],
            summary: "x rounded to the nearest number with so many digits; halves go to the even neighbour.",
            examples: ["round(2.567)\n#> 3", "round(2.567, 1)\n#> 2.6"], seeAlso: ["floor", "ceil"]
        ) { call in
            let x = try call.value("x")
            guard call.isGiven("digits") else {
                return try map(x, call) { $0.rounded(.toNearestOrEven) }
            }
            let scale = pow(10, Double(try call.integer("digits")))
            if x.foreign != nil {
                let whole =
                    try call.applyForeign([try call.interpreter.operate(.multiply, x, .number(scale))]) ?? .nothing
                return try call.interpreter.operate(.divide, whole, .number(scale))
            }
            return try map(x, call) { ($0 * scale).rounded(.toNearestOrEven) / scale }
        }
    }

    private static var clip: Builtin {
        Builtin(
            "clip", family: "mathematics",
            [
                .positional("x", .either(.number, .list(of: .number), .described("a tensor")), "what is limited"),
                .positional("low", .number, "the least value"),
                .positional("high", .number, "the greatest value"),
            ],
            summary:
                "x limited to the range from low to high. Works element by element on lists, tensors and directions.",
            examples: ["clip(3, -1, 1)\n#> 1", "clip([-5, 0.5], -1, 1)\n#> [-1, 0.5]"], seeAlso: ["max", "min"]
        ) { call in
            let arguments = [try call.value("x"), try call.value("low"), try call.value("high")]
            if let result = try call.applyForeign(arguments) { return result }
            let low = try call.number("low")
            let high = try call.number("high")
            return try map(arguments[0], call) { $0.isNaN ? $0 : min(max($0, low), high) }
        }
    }
}
