// What runs and models are called in tables and legends, so that each can be told from the others.
import Language
import Optimizers
import Unlearning
import Vocabulary

enum RunNames {
    /// What a name is for.
    struct Subject {
        /// nil for a model or a log.
        let run: Run?
        /// How the argument was written.
        let text: String?
    }

    /// Names of a call's option `names`; else optimizers', where they differ; else as arguments were written, where
    /// those are names; else optimizers' with what differs in their settings.
    static func names(_ subjects: [Subject], _ call: Call) throws -> [String] {
        if let given = try call.optional("names", { try $0.strings("names") }) {
            guard given.count == subjects.count else {
                throw LanguageError(
                    "`names` of `\(call.builtin.name)` has \(given.count) names for \(subjects.count) arguments",
                    at: .argument("names"))
            }
            return unique(given)
        }
        let written = subjects.map {
            PlotInput.path($0.text).map { $0.hasSuffix(".model") ? String($0.dropLast(6)) : $0 }
        }
        let rules = subjects.map { $0.run?.recipe.rule.name }
        let areDistinct = Set(rules.compactMap { $0 }).count == rules.count { $0 != nil }
        let areWritten = written.allSatisfy { $0 != nil }
        let names = subjects.indices.map { index -> String in
            guard let run = subjects[index].run, let rule = rules[index] else {
                return written[index] ?? "model \(index + 1)"
            }
            if areDistinct { return rule }
            if areWritten, let name = written[index] { return name }
            let twins = subjects.compactMap(\.run).filter { $0.recipe.rule.name == rule }
            return twins.count == 1 ? rule : ([rule] + differences(run, among: twins)).joined(separator: " ")
        }
        return unique(names)
    }

    /// Loss and settings of the optimizer in which runs differ: `lr=0.001`.
    private static func differences(_ run: Run, among all: [Run]) -> [String] {
        func settings(_ run: Run) -> [String] {
            guard let optimizer = run.recipe.rule as? any Optimizer else { return [run.recipe.lossName] }
            return [run.recipe.lossName]
                + optimizer.values.map { setting in
                    if case .number(let x) = setting.value { return "\(setting.name)=\(formatNumber(x, digits: 4))" }
                    return "\(setting.name)=\(setting.value)"
                }
        }
        return settings(run).filter { own in !all.allSatisfy { settings($0).contains(own) } }
    }

    static func unique(_ names: [String]) -> [String] {
        var result: [String] = []
        for name in names {
            var other = name, number = 1
            while result.contains(other) {
                number += 1
                other = "\(name) (\(number))"
            }
            result.append(other)
        }
        return result
    }
}
