/// What derivatives are taken with respect to: numbers, tensors, models, directions, and records and lists of them.
import Autodiff
import Language
import LanguageModels
import Tensors

/// A value taken apart into variables, and the way to put one like it together again.
struct Point {
    let variables: [Variable]
    /// Rebuilds a value of the same build, as a point (a model stays a model).
    let rebuild: ([Variable]) throws -> Value
    /// Rebuilds it as a direction (a model becomes a direction).
    let rebuildDirection: ([Variable]) throws -> Value

    /// - Throws: `LanguageError` when the value holds something that has no derivative.
    /// - Parameter isResult: it is what a function returned, not where a derivative is taken.
    init(_ value: Value, _ engine: EngineContext, isResult: Bool = false) throws {
        try value.requireEnd("a point of it")
        try self.init(of: value, engine, isResult: isResult)
    }

    private init(of value: Value, _ engine: EngineContext, isResult: Bool) throws {
        switch value {
        case .number(let x):
            self.init([Variable(try Tensor(scalar: Float(rounding: x), on: engine.device))]) { .of($0[0]) }
        case .bool(let flag) where isResult:
            self.init([Variable(try Tensor(scalar: flag ? 1 : 0, on: engine.device))]) { .of($0[0]) }
        case .foreign(let tensor as TensorValue):
            self.init([tensor.variable]) { .of($0[0]) }
        case .foreign(let direction as DirectionValue):
            let layout = direction.direction.layout
            self.init([direction.direction.values]) { .foreign(DirectionValue(try Direction(layout, $0[0]))) }
        case .foreign(let model as ModelValue):
            let point = model.model, log = model.log
            if !isResult { try point.checkMoves() }
            self.init(
                [point.weights], { .foreign(ModelValue(try point.with(weights: $0[0]), log: log)) },
                { .foreign(DirectionValue(try Direction(point.layout, $0[0]))) })
        case .list(let list):
            let parts = try Point.parts(list, engine, isResult: isResult)
            self.init(
                parts.flatMap(\.variables), { .list(try Point.rebuilt(parts, $0, \.rebuild)) },
                { .list(try Point.rebuilt(parts, $0, \.rebuildDirection)) })
        case .record(let record):
            let parts = try Point.parts(List(record.values), engine, isResult: isResult), keys = record.keys
            self.init(
                parts.flatMap(\.variables),
                { .record(Array(zip(keys, try Point.rebuilt(parts, $0, \.rebuild)))) },
                { .record(Array(zip(keys, try Point.rebuilt(parts, $0, \.rebuildDirection)))) })
        default:
            if isResult {
                throw LanguageError(
                    """
                    there is no derivative of \(value.phrase); the function must return numbers, tensors, directions, \
                    or records and lists of them
                    """,
                    at: .result("f"))
            }
            throw LanguageError(
                """
                there is no derivative with respect to \(value.phrase); give a number, a tensor, a model, or records \
                and lists of them
                """
            )
        }
    }

    private static func parts(_ list: List, _ engine: EngineContext, isResult: Bool) throws -> [Point] {
        // Each number is a tensor of its own, and a way to put it back.
        try engine.device.require(bytes: 512 * list.writable().count)
        return try list.enumerated().map { index, item in
            if index & 0x3FF == 0 { try engine.device.cancellation.check() }
            return try Point(of: item, engine, isResult: isResult)
        }
    }

    private init(
        _ variables: [Variable], _ rebuild: @escaping ([Variable]) throws -> Value,
        _ rebuildDirection: (([Variable]) throws -> Value)? = nil
    ) {
        self.variables = variables
        self.rebuild = rebuild
        self.rebuildDirection = rebuildDirection ?? rebuild
    }

    private static func rebuilt(
        _ parts: [Point], _ variables: [Variable], _ way: KeyPath<Point, ([Variable]) throws -> Value>
    ) throws -> [Value] {
        var start = 0
        return try parts.map { part in
            defer { start += part.variables.count }
            return try part[keyPath: way](Array(variables[start..<(start + part.variables.count)]))
        }
    }
}
