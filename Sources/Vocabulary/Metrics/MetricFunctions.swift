/// Metrics as functions of (model, data): one built-in for each in the list of the engine.
import Datasets
import Evaluation
import Language
import LanguageModels

enum MetricFunctions {
    static func builtins(_ metrics: [any Metric.Type], _ attacks: [any Attack.Type]) -> [Builtin] {
        metrics.map { builtin($0, .metrics) } + attacks.map { builtin($0, .attacks) }
    }

    private static func builtin<M: Metric>(_ type: M.Type, _ family: RecipeFamily) -> Builtin {
        var parameters: [Parameter] = [
            .positional("model", .model),
            .positional(
                "data", .described("examples, a suite, or a record of sets"),
                "a suite or a record (forget=…, retain=…) is judged by its parts"),
        ]
        parameters += M.describedSettings.map(\.option)
        for need in MetricNeed.allCases where M.needs.contains(need) && need.isArgument {
            parameters.append(option(need))
        }
        parameters.append(
            .option(
                "details", .flag, default: false,
                "gives a record: the value, one figure an example where there is such, and what it was made of"))
        return .engine(
            M.name, family: family.rawValue, parameters,
            "\(M.summary) Unit: \(M.unit); \(M.better.phrase).", examples: [example(M.self)],
            seeAlso: [family == .attacks ? "attack" : "compare", "scores"], check: { try M.check($0, $1) }
        ) { call in
            let metric = try M.configured(by: call)
            let model = try call.foreign("model", as: ModelValue.self).model
            var data = try MetricData.reading(call.value("data"), "data", call)
            if M.needs.contains(.holdout), let given = try call.optional("holdout", { try $0.examples("holdout") }) {
                data = data.with(holdout: try given.metricExamples("holdout", call))
            }
            let progress = EvaluationFunctions.progress(call, M.name, unit: "examples")
            func other(_ need: MetricNeed) throws -> MetricSubject? {
                guard M.needs.contains(need) else { return nil }
                return try call.optional(need.rawValue) {
                    try MetricSubject(
                        $0.foreign(need.rawValue, as: ModelValue.self).model, on: data, progress: progress)
                }
            }
            let subject = try MetricSubject(
                model, on: data, oracle: other(.oracle), reference: other(.reference), progress: progress)
            let result = try metric.value(of: subject)
            return try call.bool("details") ? record(result) : .number(result.value)
        }
    }

    private static func option(_ need: MetricNeed) -> Parameter {
        switch need {
        case .holdout:
            .option(
                "holdout", .examples, default: .nothing, shown: "the data's field holdout",
                "examples like those to forget that no model was taught")
        case .reference:
            .option("reference", .model, default: .nothing, shown: "needed", "the model that this one is held against")
        default:
            .option(
                "oracle", .model, default: .nothing, shown: "needed", "retrained without what is to be forgotten")
        }
    }

    private static func example<M: Metric>(_ type: M.Type) -> String {
        let few: (String) -> String = { "\($0)=qa.\($0)[0:2]" }
        let needsSuite = M.needs.contains(.retain)
        let data =
            needsSuite
            ? "(\(["forget", "retain", "real_authors", "world_facts"].map(few).joined(separator: ", ")))"
            : "qa.forget[0:2]"
        var arguments = ["load(\"authors\")", data]
        if M.needs.contains(.holdout) { arguments.append(few("holdout")) }
        if M.needs.contains(.oracle) { arguments.append("oracle=load(\"authors-retain\")") }
        if M.needs.contains(.reference) { arguments.append("reference=load(\"authors-retain\")") }
        if !M.exampleSettings.isEmpty { arguments.append(M.exampleSettings) }
        return "qa = authors()\n\(M.name)(\(arguments.joined(separator: ", "))) \(M.exampleCondition)\n#> true"
    }

    private static func record(_ result: MetricValue) -> Value {
        var fields: [(String, Value)] = [("value", .number(result.value))]
        if let each = result.byExample { fields.append(("by_example", .list(each))) }
        fields += result.details.map { name, values in
            (name, values.count == 1 ? .number(values[0]) : .list(values))
        }
        return .record(fields)
    }
}

extension MetricData {
    /// Data that metrics take: examples, a suite, or a record of them by the names of a suite's fields.
    static func reading(_ value: Value, _ name: String, _ call: Call) throws -> MetricData {
        if case .foreign(let suite as SuiteValue) = value { return MetricData(suite.split) }
        if let examples = try call.examples(in: value, name) {
            return MetricData(try examples.metricExamples(name, call))
        }
        guard case .record(let record) = value else {
            throw call.wrong(
                name, value, mustBe: "examples, a suite such as authors(), or a record of sets of examples")
        }
        var sets: [MetricRole: MetricExamples] = [:], others: [MetricExamples] = []
        for (field, value) in record.fields.map({ ($0.name, $0.value) }) {
            guard let examples = try call.examples(in: value, name) else { continue }
            if let role = MetricRole(rawValue: field) {
                sets[role] = try examples.metricExamples(name, call)
            } else {
                others.append(try examples.metricExamples(name, call))
            }
        }
        if sets.isEmpty, others.count == 1 { return MetricData(others[0]) }
        guard !sets.isEmpty else {
            throw LanguageError(
                "the record given as `\(name)` has no set that metrics know",
                advice: ["write \(name)=(forget=f, retain=r, holdout=h)"], at: .argument(name))
        }
        return MetricData(sets)
    }
}

extension ExamplesValue {
    func metricExamples(_ name: String, _ call: Call) throws -> MetricExamples {
        switch content {
        case .questions(let set): return .questions(set)
        case .texts(let set): return .texts(set)
        case .tokens(let batch?): return .tokens(batch)
        case .tokens(nil):
            throw LanguageError("`\(name)` of `\(call.builtin.name)` has no examples", at: .argument(name))
        }
    }
}
