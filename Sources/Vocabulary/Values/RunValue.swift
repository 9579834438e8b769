/// Runs in the language: a model on its way, and what has happened to it.
import StandardLibrary
import Language
import LanguageModels
import Unlearning

public final class RunValue: Foreign {
    public let run: Run
    /// The call that it was read from.
    let source: RunSource

    init(_ run: Run, from source: RunSource) {
        self.run = run
        self.source = source
        super.init()
    }

    /// The same run at another step.
    func at(_ run: Run) -> RunValue { RunValue(run, from: source) }

    public override var kind: String { "run" }
    public override var summary: String {
        var words = "run of \(run.recipe.lossName) with \(run.recipe.rule.name)"
        if let trainable = run.recipe.trainable {
            words += ", \(grouped(trainable.count)) of \(grouped(trainable.total)) weights trainable"
        }
        return words + ", \(run.step) \(run.step == 1 ? "step" : "steps")"
    }
    public override var byteCount: Int? { run.state.bytes }

    public override func describe(width: Int, digits: Int) -> String {
        described(run.log.suffix(3), width: width, digits: digits)
    }
    public override func describeAll(width: Int, digits: Int) -> String {
        described(run.log[...], width: width, digits: digits)
    }

    private func described(_ steps: StepLog.SubSequence, width: Int, digits: Int) -> String {
        guard let table = table(of: steps) else { return clipped(summary, to: width) }
        return clipped(summary, to: width) + "\n" + table.describe(width: width, digits: digits)
    }

    public override func table(digits: Int) -> [[String]]? {
        table(of: run.log.suffix(3))?.table(digits: digits).map { [[summary]] + $0 }
    }

    /// What happened in some steps; nil for none.
    private func table(of last: StepLog.SubSequence) -> TableValue? {
        guard !last.isEmpty else { return nil }
        var columns: [(String, (StepRecord) -> Double?)] = [("step", { Double($0.step) }), ("loss", \.loss)]
        if last.contains(where: { $0.forget != nil }) { columns.append(("forget", \.forget)) }
        if last.contains(where: { $0.retain != nil }) { columns.append(("retain", \.retain)) }
        columns.append(("gradient", \.gradientNorm))
        if last.contains(where: { $0.clipped > 0 }) { columns.append(("clipped", \.clipped)) }
        return TableValue(
            rows: last.map { _ in "" }, columns: columns.map(\.0),
            cells: last.map { record in columns.map { $0.1(record) } },
            readsColumns: true)
    }

    public override var fieldNames: [String] { ["model", "base", "step", "log", "seed", "loss_state", "trainable"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "model": try worded { .foreign(ModelValue(try run.model, log: RunLog.record(run))) }
        case "base": .foreign(ModelValue(run.recipe.base))
        case "step": .number(run.step)
        case "log": .record(RunLog.record(run))
        case "seed": .number(Double(run.recipe.seed))
        case "trainable": .number(run.recipe.trainable?.share ?? 1)
        case "loss_state":
            if case .custom(let memory as LossMemory) = run.state.loss {
                memory.value
            } else {
                .of(run.state.loss.numbers)
            }
        default: nil
        }
    }

    /// What it does next and where it is: functions that a run holds read what they read when it began.
    public override func identify(in parts: inout IdentityParts) throws {
        try parts.add(source)
        try parts.add(.foreign(ModelValue(run.recipe.base)))
        parts.add(run.step)
        parts.add(run.state.weights)
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? RunValue, other.run.step == run.step else { return false }
        guard other.run.state.weights.hasSameElements(as: run.state.weights) else { return false }
        return (try? source.isSame(as: other.source)) ?? false
    }
}

/// A run's log as a record of lists, for printing and plotting.
package enum RunLog {
    package static func record(_ run: Run) -> Record {
        let log = run.log
        func list(_ value: (StepRecord) -> Double?) -> Value { .list(log.map { value($0) ?? .nan }) }
        var fields: [(String, Value)] = [("steps", .number(run.step)), ("loss", list(\.loss))]
        if log.contains(where: { $0.forget != nil }) { fields.append(("forget", list(\.forget))) }
        if log.contains(where: { $0.retain != nil }) { fields.append(("retain", list(\.retain))) }
        fields += [("gradient", list(\.gradientNorm)), ("clipped", list(\.clipped))]
        return Record(fields)
    }
}
