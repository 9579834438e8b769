// Small stand-ins for what other modules bring: a tensor that knows its shape, a model, training, derivatives.
import Language

/// A value with a shape and nothing else; `@` checks shapes as a tensor's does.
final class Shaped: Foreign {
    let shape: [Int]
    init(_ shape: [Int]) { self.shape = shape }
    override var kind: String { "tensor" }
    override var phrase: String { "a tensor \(shape)" }
    override var summary: String { "tensor \(shape)" }
    override var fieldNames: [String] { ["shape", "size"] }
    override func field(_ name: String) throws -> Value? {
        switch name {
        case "shape": .list(shape.map(Double.init))
        case "size": .number(shape.reduce(1, *))
        default: nil
        }
    }
    override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        guard op == .matrixProduct, case .foreign(let foreign) = other, let right = foreign as? Shaped else {
            return nil
        }
        guard shape[1] == right.shape[0] else {
            throw LanguageError(
                "shapes do not fit: \(shape) @ \(right.shape)",
                advice: ["{left} has \(shape[1]) columns, {right} has \(right.shape[0]) rows; they must agree"],
                tellsOrigins: true)
        }
        return .foreign(Shaped([shape[0], right.shape[1]]))
    }
    /// `x[1:3, :]` tells what it was asked.
    override func index(_ indices: [Index]) throws -> Value? {
        .string(
            indices.map { index in
                switch index {
                case .position(let value): value.display
                case .slice(let slice):
                    "\(slice.start.map(String.init) ?? ""):\(slice.stop.map(String.init) ?? "")"
                        + (slice.step == 1 ? "" : ":\(slice.step)")
                }
            }.joined(separator: ", "))
    }
    override func apply(_ function: String, _ arguments: [Value]) throws -> Value? {
        function == "exp" ? .foreign(self) : nil
    }
}

/// A point with one weight; it has a field that can be set.
final class Toy: Foreign {
    let weight: Double
    init(_ weight: Double) { self.weight = weight }
    override var kind: String { "model" }
    override var summary: String { "model \(formatNumber(weight, digits: 4))" }
    override var fieldNames: [String] { ["weight"] }
    override func field(_ name: String) throws -> Value? { name == "weight" ? .number(weight) : nil }
    override func settingField(_ name: String, to value: Value) throws -> Foreign? {
        guard name == "weight", let x = value.number else { return nil }
        return Toy(x)
    }
}

enum StandIns {
    static var builtins: [Builtin] {
        [
            Builtin("shaped", family: "test", [.rest("sides", .described("numbers"))], summary: "A tensor of a shape.")
            { call in
                .foreign(Shaped(try call.list("sides").map { Int($0.number ?? 0) }))
            },
            Builtin("toy", family: "test", [.positional("weight", .number, default: 1)], summary: "A model.") {
                call in
                .foreign(Toy(try call.number("weight")))
            },
            Builtin(
                "train", family: "test",
                [
                    .positional("model", .described("a model")), .positional("data", .described("a data set")),
                    .option("steps", .count(min: 1), default: 100), .option("batch", .count, default: 16),
                    .option("loss", .kind("a loss", "losses") { $0.function != nil }, default: .nothing),
                    .option("optimizer", .kind("an optimizer", "optimizers") { $0.function != nil }, default: .nothing),
                    .option("state", .described("a state"), default: .nothing),
                    .option("seed", .count, default: .nothing),
                    .option("every", .count, default: 10), .option("watch", .function, default: .nothing),
                ], summary: "Trains."
            ) { call in
                _ = try call.integer("steps")
                return try call.value("model")
            },
            Builtin(
                "sophia", family: "test",
                [
                    .positional("model", .described("a model")), .positional("gradient", .described("a gradient")),
                    .positional("state", .described("a state"), default: .nothing),
                    .option("lr", .number, default: 1e-3),
                ], summary: "An optimizer."
            ) { call in .list([try call.value("model"), try call.value("lr")]) },
            Builtin("losses", family: "test", [.positional("model", .described("a model"))], summary: "Many numbers.") {
                _ in
                .foreign(Shaped([32]))
            },
            Builtin(
                "grad", family: "test", [.positional("f", .function), .positional("x", .described("a model"))],
                summary: "A gradient."
            ) { call in
                let result = try call.call(try call.function("f"), [try call.value("x")])
                guard result.number != nil else {
                    throw LanguageError(
                        "`grad` needs a function that returns one number; this one returned \(result.phrase)",
                        note: "take mean(…) or sum(…) of it", at: .result("f"))
                }
                return result
            },
            unlearn,
        ]
    }

    /// Finds its loss NaN at once, and where that came from.
    private static var unlearn: Builtin {
        Builtin(
            "unlearn", family: "test",
            [
                .positional("model", .described("a model")),
                .option("optimizer", .kind("an optimizer", "optimizers") { $0.function != nil }, default: .nothing),
                .option("steps", .count(min: 1), default: 60),
            ], summary: "Unlearns."
        ) { call in
            let optimizer = try call.function("optimizer")
            let origin = try call.interpreter.traceNaN {
                _ = try call.call(optimizer, [try call.value("model"), .number(1)])
            }
            throw LanguageError(
                "the loss became NaN at step 37 of \(try call.integer("steps"))",
                advice: [
                    origin?.text,
                    "\(call.assignedName ?? "the result") was not assigned; `ans` holds the weights after step 36",
                ]
                .compactMap { $0 },
                at: .callee)
        }
    }
}
