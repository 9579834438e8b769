/// What `tune` tries: settings of optimizers and of the loss, as many combinations for each optimizer.
import Language
import Optimizers
import Tensors

/// One optimizer with everything set, and the loss with it.
struct TuneTry {
    /// Which of the optimizers.
    let optimizer: Int
    let name: String
    let settings: [(name: String, value: Value)]
    let optimizerFunction: Function
    let lossFunction: Function?

    /// `adamw lr=0.001`.
    var label: String {
        ([name] + settings.map { "\($0.name)=\(StudyGrid.word(for: $0.value))" }).joined(separator: " ")
    }
}

struct TuneSpace {
    let optimizers: [Function]
    let names: [String]
    /// nil in a session without losses.
    let loss: Function?
    /// Names of settings with the values to try.
    let axes: [(name: String, value: Value)]
    private let call: Call
    private let engine: EngineContext

    init(_ call: Call, _ engine: EngineContext) throws {
        self.call = call
        self.engine = engine
        let given = try call.value("optimizer")
        let items: [Value]
        if case .list(let list) = given { items = try list.written() } else { items = [given] }
        let optimizers = try items.map { item -> Function in
            guard case .function(let function) = item else {
                throw call.wrong("optimizer", item, mustBe: "an optimizer, or a list of optimizers")
            }
            return function
        }
        self.optimizers = optimizers
        guard !optimizers.isEmpty else {
            throw LanguageError("`optimizer` of `tune` is empty", at: .argument("optimizer"))
        }
        let plain = optimizers.enumerated().map { $1.name ?? "optimizer \($0 + 1)" }
        names = StudyGrid.unique(
            plain.enumerated().map { index, name in
                plain.count { $0 == name } > 1 ? StudyGrid.word(for: .function(optimizers[index])) : name
            })
        loss = try call.optional("loss") { try $0.function("loss") } ?? call.interpreter.builtin("graddiff")
        var axes: [(name: String, value: Value)] = []
        for name in ["lr", "rho", "retain_weight"] {
            let value = try call.value(name)
            if !value.isNothing { axes.append((name, value)) }
        }
        if let over = try call.optional("over", { try $0.record("over") }) {
            for (name, value) in over.fields {
                if axes.contains(where: { $0.name == name }) {
                    throw LanguageError("`\(name)` is given twice, the second time in `over`", at: .argument("over"))
                }
                axes.append((name, value))
            }
        }
        self.axes = axes
        for (name, _) in axes {
            guard !TuneValue.ownFields.contains(name) else {
                throw LanguageError(
                    "`over` gives `\(name)`, which a try tells by itself", advice: ["call the setting otherwise"],
                    at: .argument("over"))
            }
            let isKnown = optimizers.contains { takes($0, name) } || loss.map { takes($0, name) } ?? false
            guard isKnown else {
                let place = ["lr", "rho", "retain_weight"].contains(name) ? name : "over"
                throw LanguageError(
                    "none of the optimizers has a setting `\(name)`, nor has the loss",
                    at: .argument(place))
            }
        }
    }

    /// Whether a function has an option of that name.
    private func hasOption(_ function: Function, _ name: String) -> Bool {
        function.parameters.contains { $0.name == name && ($0.isOption || $0.defaultValue != nil) }
    }

    /// The optimizers that one is made of, by the names of their places.
    private func parts(_ function: Function) -> [(slot: String, function: Function)] {
        guard let type = engine.catalogue.optimizer(of: function) as? any OptimizerWrapper.Type else { return [] }
        return type.slots.compactMap { slot in
            if case .function(let given)? = function.option(slot.name) { return (slot.name, given) }
            return call.interpreter.builtin(slot.standard).map { (slot.name, $0) }
        }
    }

    /// Whether a function, or an optimizer within it, has an option of that name.
    private func takes(_ function: Function, _ name: String) -> Bool {
        hasOption(function, name) || parts(function).contains { takes($0.function, name) }
    }

    /// As many tries for each optimizer: `count`, or all combinations where one of them has fewer, which is said where
    /// another has more. They are drawn so that each value of a setting comes about equally often.
    func tries(_ count: Int, generator: RandomGenerator) throws -> [TuneTry] {
        let spaces = try optimizers.indices.map { index in
            try axes.filter { axis in
                takes(optimizers[index], axis.name) || loss.map { takes($0, axis.name) } ?? false
            }.map { (name: $0.name, values: try values($0.name, $0.value, for: index)) }
        }
        let sizes = spaces.map { $0.reduce(1) { min(1 << 40, $0 * $1.values.count) } }
        let each = min(count, sizes.min() ?? 1)
        if let most = sizes.max(), each < min(count, most), let fewest = sizes.firstIndex(of: each) {
            call.host.warn(
                """
                each optimizer gets \(each) \(each == 1 ? "try" : "tries"), not \(min(count, most)): \
                \(names[fewest]) has no more combinations of the values given, and equal budgets are what a comparison \
                rests on; give it more values, such as over=(…=[…]), or tune it by itself
                """)
        }
        return try optimizers.indices.flatMap { index -> [TuneTry] in
            let own = spaces[index]
            var draws = generator.stream(UInt64(index))
            return try Self.points(own.map(\.values.count), each, &draws).map { point in
                let settings = zip(own, point).map { (name: $0.name, value: $0.values[$1]) }
                return TuneTry(
                    optimizer: index, name: names[index], settings: settings,
                    optimizerFunction: try configured(optimizers[index], settings),
                    lossFunction: try loss.map { try configured($0, settings) })
            }
        }
    }

    /// The values of a setting: a list, one value, or a record of these by the optimizers' names.
    private func values(_ name: String, _ value: Value, for optimizer: Int) throws -> [Value] {
        switch value {
        case .list(let list):
            guard !list.isEmpty else {
                throw LanguageError("`\(name)` has no values to try", at: .argument(name))
            }
            return try list.written()
        case .record(let record):
            let plain = optimizers[optimizer].name ?? names[optimizer]
            guard let own = record[names[optimizer]] ?? record[plain] else {
                throw LanguageError(
                    "`\(name)` says nothing of \(plain)", advice: ["write \(name)=(\(plain)=[…], …)"],
                    at: .argument(name))
            }
            return try values(name, own, for: optimizer)
        default: return [value]
        }
    }

    private func configured(_ function: Function, _ settings: [(name: String, value: Value)]) throws -> Function {
        var own = settings.filter { hasOption(function, $0.name) }
        // What is no setting of its own is one of those it is made of.
        let inner = settings.filter { !hasOption(function, $0.name) }
        for part in parts(function) where inner.contains(where: { takes(part.function, $0.name) }) {
            own.append((part.slot, .function(try configured(part.function, inner))))
        }
        guard !own.isEmpty else { return function }
        // As the call would that gives only options, which looks at the values.
        guard function.missing.isEmpty else {
            if case .function(let result) = try call.call(function, [], named: own.map { ($0.name, $0.value) }) {
                return result
            }
            return function
        }
        return try function.setting(own)
    }

    /// Index tuples: all, or `count` different ones.
    private static func points(_ sizes: [Int], _ count: Int, _ draws: inout RandomGenerator) -> [[Int]] {
        let all = sizes.reduce(1) { min(1 << 40, $0 * $1) }
        if all <= count {
            return sizes.reduce([[]]) { points, size in points.flatMap { point in (0..<size).map { point + [$0] } } }
        }
        var points: [[Int]] = [], seen: Set<[Int]> = []
        while points.count < count {
            // Every value once, in an order of its own for each setting, and again.
            let orders = sizes.map { size in
                (0..<max(1, (count + size - 1) / size)).flatMap { _ in draws.permutation(size) }
            }
            for index in 0..<count where points.count < count {
                let point = orders.map { $0[index] }
                if seen.insert(point).inserted { points.append(point) }
            }
        }
        return points
    }
}
