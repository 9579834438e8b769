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
        if let s = e.signal { facts.append("signal to noise \(n(s))") }
        facts.append("update \(n(e.updateNorm))")
        if let alpha = e.alpha { facts.append("alpha \(n(alpha))") }
        if let c = e.clipped { facts.append("clipped \(n(100 * c)) %") }
        if let q = e.curvature, q.count == 3 {
            facts.append("curvature median \(n(q[1])) (10 % \(n(q[0])), 90 % \(n(q[2])))")
        }
        if e.trainable < 1 { facts.append("trainable \(n(100 * e.trainable)) % of the weights") }
        for (before, after) in zip(e.lossState, e.nextLossState) {
            facts.append("\(before.name) \(n(before.value)) → \(n(after.value))")
        }
        return facts
    }

    /// Blocks in which forgetting and retaining are most at odds.
    private var conflicts: String? {
        let worst = explanation.conflicts.prefix(3)
        guard explanation.conflicts.count > 1 else { return nil }
        return "conflict by block  "
            + worst.map { "\(Self.shortened($0.block)) \(formatNumber($0.cosine, digits: 2))" }
            .joined(separator: " · ")
    }

    /// `transformer.h.0` → `h.0`, `transformer.wte` → `wte`.
    private static func shortened(_ block: String) -> String {
        let parts = block.split(separator: ".")
        let isNumbered = parts.last?.allSatisfy(\.isNumber) ?? false
        return parts.suffix(isNumbered ? 2 : 1).joined(separator: ".")
    }

    /// The losses' changes as a small table, its heads first: over the step, then over longer ones.
    private var rows: [[String]] {
        let e = explanation
        func signed(_ x: Double) -> String { (x < 0 ? "" : "+") + formatNumber(x, digits: 3) }
        func row(_ name: String, _ change: PredictedChange?) -> [[String]] {
            change.map { [[name, signed($0.predicted), signed($0.first), signed($0.second), signed($0.actual)]] } ?? []
        }
        func long(_ name: String, _ change: PredictedChange?) -> [[String]] {
            change.map { [[name, signed($0.predicted), "", "", signed($0.actual)]] } ?? []
        }
        return [["step \(e.step)", "predicted", "first order", "curvature", "in fact"]]
            + row("forget", e.forget) + row("retain", e.retain) + row("loss", e.loss)
            + e.longer.flatMap { longer in
                let times = formatNumber(longer.times, digits: 3)
                return long("\(times) × forget", longer.forget) + long("\(times) × retain", longer.retain)
            }
    }

    /// What happens if it goes on like this, where that is more than it may be.
    private var warning: String? {
        guard let outlook = explanation.outlook, let share = outlook.share else { return nil }
        func n(_ x: Double) -> String { formatNumber(x, digits: 2) }
        let cure = outlook.learningRate.map { "lr=\(n($0))" } ?? "a step \(n(share)) times as long"
        return """
            warning: \(outlook.steps) such steps would raise the retain loss by more than \(n(outlook.limit)) \
            (\(n(outlook.predicted)) predicted, \(n(outlook.measured)) in fact); \(cure) would not
            """
    }

    private var advice: String? {
        explanation.suggestedRho.map { rho in
            guard let share = explanation.autoUnclipped else {
                return "rho=\(formatNumber(rho, digits: 2)) would leave half of the weights unclipped"
            }
            return "rho=\(formatNumber(rho, digits: 2)) (auto) leaves \(formatNumber(100 * share, digits: 3)) % of the "
                + "weights that move unclipped"
        }
    }

    override func table(digits: Int) -> [[String]]? {
        [[facts.joined(separator: " · ")]] + (conflicts.map { [[$0]] } ?? []) + rows + (advice.map { [[$0]] } ?? [])
            + (warning.map { [[$0]] } ?? [])
    }

    override func describe(width: Int, digits: Int) -> String {
        var lines = wrapped(facts, separator: " · ", to: width - 2) + (conflicts.map { [$0] } ?? [])
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        lines += rows.map { row in
            row[0].padding(to: widths[0])
                + (1..<5).map { "  " + String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }.joined()
        }
        if let advice { lines.append(advice) }
        if let warning { lines += wrapped(warning, to: width - 2) }
        return lines.map { "  " + clipped($0, to: width - 2) }.joined(separator: "\n")
    }

    override var fieldNames: [String] {
        [
            "step", "forget_gradient", "retain_gradient", "cosine", "signal", "conflicts", "update", "alpha", "clipped",
            "curvature", "forget", "retain", "loss", "longer", "outlook", "rho", "trainable", "loss_state",
            "next_loss_state",
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
        case "signal": optional(e.signal)
        case "conflicts": .record(e.conflicts.map { ($0.block, .number($0.cosine)) })
        case "update": .number(e.updateNorm)
        case "alpha": optional(e.alpha)
        case "clipped": optional(e.clipped)
        case "curvature": e.curvature.map { .list($0) } ?? .nothing
        case "forget": change(e.forget)
        case "retain": change(e.retain)
        case "loss": change(e.loss)
        case "longer":
            .list(
                e.longer.map {
                    .record([
                        ("times", .number($0.times)), ("forget", change($0.forget)), ("retain", change($0.retain)),
                    ])
                })
        case "outlook":
            e.outlook.map { outlook in
                .record([
                    ("steps", .number(outlook.steps)), ("predicted", .number(outlook.predicted)),
                    ("measured", .number(outlook.measured)), ("limit", .number(outlook.limit)),
                    ("share", optional(outlook.share)), ("lr", optional(outlook.learningRate)),
                ])
            } ?? .nothing
        case "rho": optional(e.suggestedRho)
        case "trainable": .number(e.trainable)
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
