/// Functions of the plane in the language: the test functions that come with it, and users' own.
import Autodiff
import Evaluation
import Language
import Tensors

enum PlaneFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any Landscape.Type]) -> [Builtin] {
        let names = all.map { $0.name }
        return all.map { builtin($0, engine, names) }
    }

    private static func builtin(
        _ type: any Landscape.Type, _ engine: EngineContext, _ names: [String]
    ) -> Builtin {
        let minimum = type.init().minima[0]
        let isQuadratic = type == Quadratic.self
        return .engine(
            type.name, family: RecipeFamily.landscapes.rawValue,
            [.positional("point", .point, "a list or tensor of two numbers")]
                + (isQuadratic
                    ? [
                        .option(
                            "cond", .number(in: 1...1e15), default: 10,
                            "the condition number: how much steeper y is than x")
                    ] : []),
            type.summary,
            examples: isQuadratic
                ? ["quadratic([1, 1], cond=9)\n#> 5", "grad(quadratic(cond=4), tensor([2, 1]))\n#> tensor [2, 4]"]
                : [
                    "\(type.name)([\(formatNumber(minimum.x, digits: 6)), \(formatNumber(minimum.y, digits: 6))])\n#> 0"
                ],
            seeAlso: names.filter { $0 != type.name } + ["grad"],
            check: { name, value in
                if name == "cond", try !(value.asNumber.map { $0 >= 1 && $0.isFinite } ?? false) {
                    throw wrongCondition(value)
                }
            }, differentiable: true
        ) { call in
            let landscape = try configured(type) { try call.value($0) }
            let value = try call.value("point")
            switch value {
            case .list(let list) where list.count == 2:
                if let x = list[0].number, let y = list[1].number { return .number(try landscape.value(x, y)) }
                guard let x = try engine.variable(list[0]), let y = try engine.variable(list[1]), x.value.count == 1,
                    y.value.count == 1
                else { break }
                return .of(try landscape.value(x.reshaped([]), y.reshaped([])))
            case .foreign(let tensor as TensorValue) where tensor.shape == [2]:
                return .of(try landscape.value(at: tensor.variable))
            default: break
            }
            throw call.wrong("point", value, mustBe: "a list or tensor of two numbers")
        }
    }

    /// The test function with the options that `option` gives by name.
    static func configured(
        _ type: any Landscape.Type, _ option: (String) throws -> Value
    ) throws -> any Landscape {
        guard type == Quadratic.self else { return type.init() }
        var quadratic = Quadratic()
        let value = try option("cond")
        guard let condition = try value.asNumber, condition >= 1, condition.isFinite else {
            throw wrongCondition(value)
        }
        quadratic.condition = condition
        return quadratic
    }

    private static func wrongCondition(_ value: Value) -> LanguageError {
        LanguageError(
            "`cond` of `quadratic` must be a number of at least 1; it is \(value.phrase)", at: .argument("cond"))
    }
}

extension Landscape {
    /// The value at a variable [2].
    func value(at point: Variable) throws -> Variable {
        try value(point.sliced([0..<1]).reshaped([]), point.sliced([1..<2]).reshaped([]))
    }
}

/// A function of the plane that a program gave: a test function, or one of the user's own, of a point or of x and y.
package struct PlaneFunction {
    /// The test function, where it is one.
    package let landscape: (any Landscape)?
    package let name: String
    /// Its name in a sentence.
    package var phrase: String { function?.name == nil && landscape == nil ? name : "`\(name)`" }
    /// nil for a test function.
    private let function: Function?
    private let interpreter: Interpreter
    private let engine: EngineContext
    /// How it is turned; nil for as it is.
    package var rotation: PlaneRotation?
    /// It takes x and y, not a point.
    private let takesTwo: Bool
    private let parameter: String

    /// A test function.
    package init(_ landscape: any Landscape, _ call: Call, _ engine: EngineContext) {
        (self.landscape, name, function) = (landscape, type(of: landscape).name, nil)
        (interpreter, self.engine, takesTwo, parameter) = (call.interpreter, engine, false, "on")
    }

    /// - Parameter parameter: the argument that holds it, for errors.
    package init(_ call: Call, _ parameter: String, _ engine: EngineContext) throws {
        let value = try call.value(parameter)
        guard case .function(let function) = value else {
            throw call.wrong(parameter, value, mustBe: "a function of a point [x, y], such as rosenbrock")
        }
        self.function = function
        (interpreter, self.engine, self.parameter) = (call.interpreter, engine, parameter)
        name = function.name ?? "the function"
        landscape = try engine.catalogue.landscape(of: function).map { type in
            try PlaneFunctions.configured(type) { function.option($0) ?? .nothing }
        }
        let needed = function.missing.filter { !$0.isOption }.count
        guard needed <= 2 else {
            throw LanguageError(
                """
                \(function.name.map { "`\($0)`" } ?? name) needs \(needed) arguments; a function of the plane takes a \
                point [x, y], or x and y
                """,
                at: .argument(parameter))
        }
        takesTwo = needed == 2
    }

    /// The value at a variable [2], as one number.
    package func value(at point: Variable) throws -> Variable {
        let point = try rotation?.undone(point) ?? point
        if let landscape { return try landscape.value(at: point) }
        guard let function else { return point }
        let arguments: [Value] =
            takesTwo
            ? [
                .foreign(TensorValue(try point.sliced([0..<1]).reshaped([]))),
                .foreign(TensorValue(try point.sliced([1..<2]).reshaped([]))),
            ]
            : [.foreign(TensorValue(point))]
        let result = try interpreter.call(function, arguments)
        guard let value = try engine.variable(result), value.value.count == 1 else { throw wrongResult(result) }
        return try value.reshaped([])
    }

    /// The value at a place.
    package func value(x: Double, y: Double) throws -> Double {
        let (x, y) = rotation?.undone((x, y)) ?? (x, y)
        if let landscape { return try landscape.value(x, y) }
        guard let function else { return .nan }
        let result =
            takesTwo
            ? try interpreter.call(function, [.number(x), .number(y)])
            : try interpreter.call(
                function,
                [
                    .foreign(
                        TensorValue(
                            try Tensor([Float(rounding: x), Float(rounding: y)], shape: [2], on: engine.device)))
                ])
        guard let value = try result.asNumber else { throw wrongResult(result) }
        return value
    }

    private func wrongResult(_ result: Value) -> LanguageError {
        LanguageError(
            "\(phrase) must return one number for a point of the plane; it returned \(result.phrase)",
            note: "take sum(…) of it",
            at: .argument(parameter))
    }
}
