/// A metric that a program gave: a built-in one with its options, or a function (model, data) of the user's own.
import Evaluation
import Language
import LanguageModels

package struct MetricCall {
    private let function: Function
    private let metric: (any Metric.Type)?
    private let position: Int
    private let call: Call
    private let engine: EngineContext

    init(_ function: Function, at position: Int, _ call: Call, _ engine: EngineContext) {
        (self.function, self.position, self.call, self.engine) = (function, position, call, engine)
        metric = engine.catalogue.metric(of: function)
    }

    var name: String { function.name ?? "metric \(position + 1)" }

    /// Names by which all can be told apart: options are added where names alone do not.
    static func names(_ all: [MetricCall]) -> [String] {
        var names = all.map { one -> String in
            guard all.filter({ $0.name == one.name }).count > 1 else { return one.name }
            return ([one.name] + one.function.options.map { "\($0.name) \($0.value.display)" }).joined(separator: " ")
        }
        for (index, name) in names.enumerated() {
            var other = 1
            while names[..<index].contains(names[index]) {
                other += 1
                names[index] = "\(name) (\(other))"
            }
        }
        return names
    }

    /// Whether it is a figure of the weights that move.
    var followsWeights: Bool { metric?.followsWeights ?? false }
    /// What it is called without its options.
    package var family: String { function.name ?? "" }
    /// Options that were set to numbers.
    package var numbers: [(name: String, value: Double)] {
        function.options.compactMap { option in
            if case .number(let number) = option.value { (option.name, number) } else { nil }
        }
    }

    func value(_ subject: MetricSubject, isOracle: Bool, _ data: Value) throws -> Double? {
        try result(subject, isOracle: isOracle, data)?.value
    }

    /// What it finds of one model; nil where the oracle would be compared with itself. A model that is not finite has
    /// no figure: not a number.
    /// - Parameter data: what a user's function is given beside the model.
    func result(_ subject: MetricSubject, isOracle: Bool, _ data: Value) throws -> MetricValue? {
        guard let metric else {
            let result = try call.call(
                function, Self.arguments(function, .foreign(ModelValue(subject.model))) { data })
            guard let number = try result.asNumber else {
                throw LanguageError(
                    "`\(name)` must give one number for a model; it gave \(result.phrase)", at: .argument("metrics"))
            }
            return MetricValue(number)
        }
        if isOracle, metric.needs.contains(.oracle) { return nil }
        let subject = try own(subject)
        do {
            return try metric.configured(by: function).value(of: subject)
        } catch let error as MetricError {
            if subject.isBroken { return MetricValue(.nan) }
            throw LanguageError("\(error)")
        } catch {
            return try worded { throw error }
        }
    }

    /// The subject with the models and examples that the function has set as options of its own.
    private func own(_ subject: MetricSubject) throws -> MetricSubject {
        func set(_ need: MetricNeed) -> Foreign? { function.option(need.rawValue)?.foreign }
        let oracle = (set(.oracle) as? ModelValue)?.model, reference = (set(.reference) as? ModelValue)?.model
        let holdout = try function.option("holdout").flatMap { try call.examples(in: $0, "holdout") }
        guard oracle != nil || reference != nil || holdout != nil else { return subject }
        return try subject.with(
            oracle: oracle, reference: reference, holdout: holdout.map { try $0.metricExamples("holdout", call) })
    }

    /// The metrics or attacks of a list.
    static func reading(_ list: List, _ parameter: String, _ call: Call, _ engine: EngineContext) throws -> [MetricCall]
    {
        guard !list.isEmpty else {
            throw LanguageError(
                "`\(parameter)` of `\(call.builtin.name)` is empty",
                advice: [
                    parameter == "attacks"
                        ? "write attacks=[relearned, few_shot]" : "write \(parameter)=[forget_quality, model_utility]"
                ], at: .argument(parameter))
        }
        return try list.enumerated().map { index, value in
            guard case .function(let function) = value else {
                throw LanguageError(
                    """
                    `\(parameter)` of `\(call.builtin.name)` must be \(parameter) or functions (model, data); number \
                    \(index + 1) is \(value.phrase)
                    """, note: value.string.flatMap { engine.catalogue.metricNote($0, parameter) },
                    at: .argument(parameter))
            }
            // A function of strings or lists would fail later with an error about a parameter that nobody wrote.
            if let builtin = function.builtin, builtin.parameters.first?.type.takesOnlyPlainValues ?? true,
                engine.catalogue.metric(of: function) == nil
            {
                throw LanguageError(
                    "`\(builtin.name)` is not one of the \(parameter), and not a function of a model either",
                    note: engine.catalogue.metricNote(builtin.name, parameter), at: .argument(parameter))
            }
            return MetricCall(function, at: index, call, engine)
        }
    }

    // MARK: Membership

    /// What a membership attack makes of each example to forget and of each held-out one, low for what was taught: a
    /// built-in attack's scores, or the number that a function (model, example) gives.
    package static func membershipScores(
        _ function: Function, _ model: LanguageModel, _ data: Value, _ call: Call, _ engine: EngineContext
    ) throws -> (forget: [Double], holdout: [Double]) {
        let own = MetricCall(function, at: 0, call, engine)
        let subject = try own.own(
            MetricSubject(
                model, on: MetricData.reading(data, "data", call),
                progress: EvaluationFunctions.progress(call, call.builtin.name, unit: "examples")))
        if let metric = own.metric {
            let details = try metric.configured(by: function).value(of: subject).details
            func scores(_ name: String) -> [Double]? { details.first { $0.name == name }?.values }
            guard let forget = scores("forget"), let holdout = scores("holdout") else {
                throw LanguageError(
                    "`\(own.name)` does not score single examples",
                    advice: ["give a membership attack such as mia_loss or mia_min_k(k=0.2)"], at: .argument("attack"))
            }
            return (forget, holdout)
        }
        func scores(_ role: MetricRole) throws -> [Double] {
            let examples: ExamplesValue
            switch try subject.examples(role, for: own.name) {
            case .questions(let set): examples = ExamplesValue(.questions(set))
            case .texts(let set): examples = ExamplesValue(.texts(set))
            case .tokens(let batch): examples = ExamplesValue(.tokens(batch))
            }
            return try (0..<examples.size).map { index in
                let single = Value.foreign(try examples.chosen([index]))
                return try own.value(subject, isOracle: false, single) ?? .nan
            }
        }
        return (try scores(.forget), try scores(.holdout))
    }

    // MARK: One figure an example

    /// What metrics say of each example, by name.
    static func byExample(
        _ list: List, _ subject: MetricSubject, _ data: Value, _ call: Call, _ engine: EngineContext
    ) throws -> [(name: String, values: [Double])] {
        guard let examples = try call.examples(in: data, "data") else { return [] }
        let calls = try reading(list, "metrics", call, engine)
        // Fields are named as those of tables are.
        let fields = names(calls).map { name in
            String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
        }
        return try zip(fields, calls).map { name, one in
            guard let metric = one.metric else {
                return (
                    name,
                    try (0..<examples.size).map { index in
                        let single = Value.foreign(try examples.chosen([index]))
                        return try one.value(subject, isOracle: false, single) ?? .nan
                    }
                )
            }
            let result = try metric.configured(by: one.function).value(of: one.own(subject))
            guard let values = result.byExample, values.count == examples.size else {
                throw LanguageError(
                    "`\(name)` is a figure of all questions together, and none of each",
                    advice: ["ask compare(…, metrics=[\(name)]) for it"], at: .argument("metrics"))
            }
            return (name, values)
        }
    }

    // MARK: Arguments of functions of (model) or (model, data)

    /// What a function is called with that measures a model: the model, and the data if it takes such.
    package static func arguments(
        _ function: Function, _ model: Value, _ data: () throws -> Value
    ) rethrows -> [Value] {
        function.missing.filter { !$0.isOption }.count >= 2 ? [model, try data()] : [model]
    }

    /// The data of a training or an unlearning as metrics take them.
    static func data(forget: Value, retain: Value?) -> Value {
        guard let retain, !retain.isNothing else { return forget }
        return .record([("forget", forget), ("retain", retain)])
    }

    /// The same of a run; nil where its call named none.
    package static func data(of run: RunValue) -> Value? {
        func argument(_ name: String) -> Value? { run.source.arguments.first { $0.name == name }?.value }
        return (argument("forget") ?? argument("data")).map { data(forget: $0, retain: argument("retain")) }
    }
}
