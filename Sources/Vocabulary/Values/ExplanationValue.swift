/// What `explain` tells of the next step, in the language.
import Language
import Unlearning

/// What `explain` gives: printed as a line of facts and a table of changes, read as fields.
final class ExplanationValue: Foreign {
    let explanation: Explanation
    init(_ explanation: Explanation) {
        self.explanation = explanation
        super.init()
    }

    override var kind: String { "explanation" }
    override var summary: String { "explanation of step \(explanation.step)" }

    /// What the step is made of, a few words each.
    private var facts: [String] {
        let e = explanation
        func n(_ x: Double) -> String { formatNumber(x, digits: 3) }
        var facts: [String] = []
        if let f = e.forgetGradient { facts.append("forget gradient \(n(f))") }
        if let r = e.retainGradient { facts.append("retain gradient \(n(r))") }
        if let c = e.cosine { facts.append("cosine \(n(c))") }
        facts.append("update \(n(e.updateNorm))")
        if let c = e.clipped { facts.append("clipped \(n(100 * c)) %") }
        if let q = e.curvature, q.count == 3 {
            facts.append("curvature median \(n(q[1])) (10 % \(n(q[0])), 90 % \(n(q[2])))")
        }
        for (before, after) in zip(e.lossState, e.nextLossState) {
            facts.append("\(before.name) \(n(before.value)) → \(n(after.value))")
        }
        return facts
    }

    /// The losses' changes as a small table, its heads first.
    private var rows: [[String]] {
        let e = explanation
        func signed(_ x: Double) -> String { (x < 0 ? "" : "+") + formatNumber(x, digits: 3) }
        let changes = [("forget", e.forget)] + (e.retain.map { [("retain", $0)] } ?? [])
        return [["step \(e.step)", "predicted", "first order", "curvature", "in fact"]]
            + changes.map { [$0, signed($1.predicted), signed($1.first), signed($1.second), signed($1.actual)] }
    }

    private var advice: String? {
        explanation.suggestedRho.map { "rho=\(formatNumber($0, digits: 2)) would leave half of the weights unclipped" }
    }

    override func table(digits: Int) -> [[String]]? {
        [[facts.joined(separator: " · ")]] + rows + (advice.map { [[$0]] } ?? [])
    }

    override func describe(width: Int, digits: Int) -> String {
        var lines = wrapped(facts, separator: " · ", to: width - 2)
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        lines += rows.map { row in
            row[0].padding(to: widths[0])
                + (1..<5).map { "  " + String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }.joined()
        }
        if let advice { lines.append(advice) }
        return lines.map { "  " + clipped($0, to: width - 2) }.joined(separator: "\n")
    }

    override var fieldNames: [String] {
        [
            "step", "forget_gradient", "retain_gradient", "cosine", "update", "clipped", "curvature", "forget",
            "retain", "rho", "loss_state", "next_loss_state",
        ]
    }
    override func field(_ name: String) throws -> Value? {
        let e = explanation
        func optional(_ x: Double?) -> Value { x.map { .number($0) } ?? .nothing }
        func change(_ c: PredictedChange?) -> Value {
            guard let c else { return .nothing }
            return .record([
                ("predicted", .number(c.predicted)), ("first", .number(c.first)), ("second", .number(c.second)),
                ("actual", .number(c.actual)),
            ])
        }
        return switch name {
        case "step": .number(e.step)
        case "forget_gradient": optional(e.forgetGradient)
        case "retain_gradient": optional(e.retainGradient)
        case "cosine": optional(e.cosine)
        case "update": .number(e.updateNorm)
        case "clipped": optional(e.clipped)
        case "curvature": e.curvature.map { .list($0) } ?? .nothing
        case "forget": change(e.forget)
        case "retain": change(e.retain)
        case "rho": optional(e.suggestedRho)
        case "loss_state": .of(e.lossState)
        case "next_loss_state": .of(e.nextLossState)
        default: nil
        }
    }
}

extension Value {
    /// Numbers that a loss remembers, as a record.
    static func of(_ numbers: [NamedNumber]) -> Value { .record(numbers.map { ($0.name, .number($0.value)) }) }
}
