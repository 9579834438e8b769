/// What the order of numbers tells: argmax, argmin, topk, quantile, median.
import Autodiff
import Language
import Tensors

enum OrderFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [
            place("argmax", largest: true, engine), place("argmin", largest: false, engine), topK(engine),
            quantile(engine), median(engine),
        ]
    }

    private static let numbers = ParameterType.either(.list(of: .number), .tensor)

    // MARK: Places

    private static func place(_ name: String, largest: Bool, _ engine: EngineContext) -> Builtin {
        let word = largest ? "largest" : "smallest"
        return .engine(
            name, family: "mathematics",
            [.positional("x", numbers, "where it is looked for"), NumbersArgument.axisOption()],
            """
            The position of the \(word) number, the first of several; along an axis a tensor of positions, which x[…] \
            takes. NaN counts as the \(word). Derivatives end here: a position has none.
            """,
            examples: [
                "\(name)([3, 1, 2])\n#> \(largest ? 0 : 1)",
                "\(name)(tensor([[1, 5], [7, 2]]), axis=1)\n#> tensor \(largest ? "[1, 0]" : "[0, 1]")",
            ], seeAlso: [largest ? "argmin" : "argmax", "topk", largest ? "max" : "min", "slices"], differentiable: true
        ) { call in
            let axis = try NumbersArgument.axis(call)
            switch try NumbersArgument("x", call, engine) {
            case .list(let numbers):
                try NumbersArgument.check(axis: axis, ofListIn: call)
                guard !numbers.isEmpty else { throw LanguageError("`\(name)` of an empty list", at: .argument("x")) }
                return .number(best(numbers.count, largest) { numbers[$0] })
            case .tensor(let x):
                guard x.count > 0 else { throw LanguageError("`\(name)` of an empty tensor", at: .argument("x")) }
                guard let axis else {
                    return .number(
                        x.value.withElements { elements in
                            best(elements.count, largest) { Double(elements[$0]) }
                        })
                }
                let rows = try Variable(x.value).withLast(axis: axis), size = rows.shape.last ?? 1
                let shape = Array(rows.shape.dropLast())
                let places = rows.value.withElements { elements in
                    (0..<(elements.count / size)).map { row in
                        Float(best(size, largest) { Double(elements[row * size + $0]) })
                    }
                }
                let result = Variable(try Tensor(places, shape: shape, on: engine.device))
                return shape.isEmpty ? .of(result) : .foreign(TensorValue(result, meaning: .places))
            }
        }
    }

    private static func best(_ count: Int, _ largest: Bool, _ number: (Int) -> Double) -> Int {
        var best = 0
        for place in 1..<max(1, count) {
            let (x, y) = (number(place), number(best))
            if y.isNaN { break }
            if x.isNaN || (largest ? x > y : x < y) { best = place }
        }
        return best
    }

    /// Positions in order, equal ones as they came; NaN counts as the largest.
    /// - Parameter call: hears how it goes on, and stops it when the user asks to.
    static func order(
        _ count: Int, descending: Bool, _ call: Call, _ number: (Int) -> Double
    ) throws -> [Int] {
        if count >= 1 << 20 { try call.interpreter.requireMemory(24 * count) }
        let numbers = (0..<count).map(number)
        var turn = 0
        return try numbers.indices.sorted { a, b in
            turn &+= 1
            try call.interpreter.poll(turn)
            let (x, y) = descending ? (numbers[b], numbers[a]) : (numbers[a], numbers[b])
            if x < y || (y.isNaN && !x.isNaN) { return true }
            if y < x || (x.isNaN && !y.isNaN) { return false }
            return a < b
        }
    }

    private static func topK(_ engine: EngineContext) -> Builtin {
        .engine(
            "topk", family: "mathematics",
            [
                .positional("x", numbers, "what is chosen from"), .positional("k", .count(min: 0), "how many"),
                .option("axis", .count, default: -1, "the axis along which they are chosen"),
                .option("largest", .flag, default: true, "false: the smallest ones"),
            ],
            """
            The k largest numbers, the largest first, and where they stand: (values=, indices=). Of equal ones the \
            first comes first; NaN counts as the largest. Derivatives follow the values.
            """,
            examples: [
                "topk([3, 1, 4, 1, 5], 2)\n#> (values=[5, 4], indices=[4, 2])",
                "topk(tensor([[1, 5, 3], [7, 2, 9]]), 1).values[:, 0]\n#> tensor [5, 9]",
            ], seeAlso: ["argmax", "sort", "quantile"], differentiable: true
        ) { call in
            let k = try call.integer("k"), axis = try call.integer("axis"), largest = try call.bool("largest")
            func tooMany(_ size: Int) -> LanguageError {
                LanguageError("there are only \(size) to choose \(k) from", at: .argument("k"))
            }
            switch try NumbersArgument("x", call, engine) {
            case .list(let numbers):
                try NumbersArgument.check(axis: axis, ofListIn: call)
                guard k <= numbers.count else { throw tooMany(numbers.count) }
                let places = try order(numbers.count, descending: largest, call) { numbers[$0] }.prefix(k)
                return .record([
                    ("values", .list(places.map { numbers[$0] })), ("indices", .list(places.map(Double.init))),
                ])
            case .tensor(let x):
                let axis = try x.axis(axis), rows = try x.withLast(axis: axis), size = rows.shape.last ?? 1
                guard k <= size else { throw tooMany(size) }
                let places = try sortedPlaces(rows.value, descending: largest, call).map { Array($0.prefix(k)) }
                let shape = Array(rows.shape.dropLast()) + [k]
                let values = try gathered(rows, places).reshaped(shape).movingLast(to: axis)
                let indices = Variable(
                    try Tensor(places.flatMap { $0.map(Float.init) }, shape: shape, on: engine.device))
                return .record([
                    ("values", .foreign(TensorValue(values))),
                    ("indices", .foreign(TensorValue(try indices.movingLast(to: axis), meaning: .places))),
                ])
            }
        }
    }

    /// For each row of the last axis the positions of its numbers in order.
    private static func sortedPlaces(_ rows: Tensor, descending: Bool, _ call: Call) throws -> [[Int]] {
        let size = rows.shape.last ?? 1
        guard size > 0 else { return [] }
        return try rows.withElements { elements in
            try (0..<(elements.count / size)).map { row in
                try call.interpreter.poll(row)
                return try order(size, descending: descending, call) { Double(elements[row * size + $0]) }
            }
        }
    }

    /// Of each row the numbers at some places, one after the other.
    private static func gathered(_ rows: Variable, _ places: [[Int]]) throws -> Variable {
        guard rows.count <= Int(Int32.max) else {
            throw LanguageError("a tensor of \(rows.count) elements is too large to be sorted", at: .argument("x"))
        }
        let size = rows.shape.last ?? 1
        return try rows.reshaped([rows.count]).gather(
            places.enumerated().flatMap { row, places in places.map { Int32(row * size + $0) } })
    }

    // MARK: Quantiles

    private static func quantile(_ engine: EngineContext) -> Builtin {
        .engine(
            "quantile", family: "mathematics",
            [
                .positional("x", numbers, "the numbers"),
                .positional(
                    "q", .either(.number(in: 0...1), .list(of: .number)), "which part lies below; or a list of them"),
                NumbersArgument.axisOption(),
            ],
            """
            The number below which a part q of the numbers lies, interpolated between the two next to it (as \
            torch.quantile and R do). For a list of parts a list, or a tensor with one more axis in front. NaN \
            anywhere gives NaN.
            """,
            examples: [
                "quantile([1, 2, 3, 4], 0.5)\n#> 2.5", "quantile(range(101), [0.025, 0.975])\n#> [2.5, 97.5]",
            ], seeAlso: ["median", "std", "sort"], differentiable: true
        ) { call in
            if case .list(let list) = try call.value("q") {
                let parts = try list.map { try part($0, call) }
                let results = try parts.map { try quantile($0, call, engine) }
                if let numbers = try List(results).numbers { return .list(numbers) }
                let tensors = try results.map { value -> Variable in
                    guard let x = try engine.variable(value) else { throw call.wrong("x", value, mustBe: "numbers") }
                    return try x.reshaped([1] + x.shape)
                }
                return .of(try Variable.concatenated(tensors))
            }
            return try quantile(part(call.value("q"), call), call, engine)
        }
    }

    private static func median(_ engine: EngineContext) -> Builtin {
        .engine(
            "median", family: "mathematics",
            [.positional("x", numbers, "the numbers"), NumbersArgument.axisOption()],
            """
            The number in the middle; of an even count the mean of the two in the middle, as NumPy and R have it \
            (torch.median takes the lower one). NaN anywhere gives NaN.
            """,
            examples: ["median([5, 1, 3])\n#> 3", "median([4, 1, 2, 3])\n#> 2.5"], seeAlso: ["quantile", "mean"],
            differentiable: true
        ) { try quantile(0.5, $0, engine) }
    }

    private static func part(_ value: Value, _ call: Call) throws -> Double {
        guard let q = try value.asNumber, q >= 0, q <= 1 else {
            throw call.wrong("q", value, mustBe: "a number from 0 to 1")
        }
        return q
    }

    private static func quantile(_ q: Double, _ call: Call, _ engine: EngineContext) throws -> Value {
        let axis = try NumbersArgument.axis(call), name = call.builtin.name
        /// The places of the two next to it, and the weight of the upper one.
        func neighbours(_ count: Int) -> (low: Int, high: Int, weight: Double) {
            let place = q * Double(count - 1), low = Int(place.rounded(.down))
            return (low, min(low + 1, count - 1), place - Double(low))
        }
        switch try NumbersArgument("x", call, engine) {
        case .list(let numbers):
            try NumbersArgument.check(axis: axis, ofListIn: call)
            guard !numbers.isEmpty else { throw LanguageError("`\(name)` of an empty list", at: .argument("x")) }
            if numbers.contains(where: \.isNaN) { return .number(.nan) }
            let sorted = numbers.sorted(), (low, high, weight) = neighbours(numbers.count)
            return .number(weight == 0 ? sorted[low] : (1 - weight) * sorted[low] + weight * sorted[high])
        case .tensor(let x):
            let rows = try axis.map { try x.withLast(axis: $0) } ?? x.reshaped([x.count])
            guard let size = rows.shape.last, size > 0 else {
                throw LanguageError("`\(name)` of an empty tensor", at: .argument("x"))
            }
            let (low, high, weight) = neighbours(size)
            let places = try sortedPlaces(rows.value, descending: false, call).enumerated().map { row, places in
                // NaN stands last, and goes into the result.
                let hasNaN = rows.value.number(at: row * size + places[size - 1]).isNaN
                return hasNaN ? [places[size - 1], places[size - 1]] : [places[low], places[high]]
            }
            let shape = Array(rows.shape.dropLast())
            func numbers(_ which: Int) throws -> Variable { try gathered(rows, places.map { [$0[which]] }) }
            let lower = try numbers(0)
            if weight == 0 { return .of(try lower.reshaped(shape)) }
            return .of(try (Float(1 - weight) * lower + Float(weight) * numbers(1)).reshaped(shape))
        }
    }
}
