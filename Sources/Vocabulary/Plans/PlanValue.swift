/// What `plan` gives: a table of what takes how long, read as fields.
import Language
import StandardLibrary

final class PlanValue: Foreign, MeasuredValue {
    private let measure: PlanMeasure
    private let machines: PlanMachines
    private let prediction: PlanPrediction
    /// The time on twice as many ranks, as a share of this; nil where the work was not cut.
    private let doubled: Double?
    private let isProcessor: Bool

    /// - Parameters:
    ///   - isCut: whether the work was cut as ranks share it out.
    ///   - isRun: whether it is a run's steps.
    init(_ measure: PlanMeasure, _ machines: PlanMachines, isCut: Bool, isRun: Bool, isProcessor: Bool) {
        let rest = isRun ? "optimizer and the rest" : "the rest"
        let prediction = PlanPrediction(measure, on: machines, rest: rest)
        let twice = isCut ? PlanPrediction(measure, on: machines.with(ranks: 2 * machines.ranks), rest: rest) : nil
        doubled = prediction.seconds > 0 ? twice.map { $0.seconds / prediction.seconds } : nil
        (self.measure, self.machines, self.prediction, self.isProcessor) = (measure, machines, prediction, isProcessor)
        super.init()
    }

    override var kind: String { "plan" }
    override var summary: String {
        let p = prediction
        return "plan: \(Self.time(p.seconds))\(p.high.isFinite ? "" : " or more") on \(machines.words)"
    }

    // MARK: In words

    /// Seconds in the unit that suits them.
    private static func time(_ seconds: Double) -> String {
        func n(_ x: Double) -> String { formatNumber(x, digits: 3) }
        return switch seconds {
        case 0: "0 s"
        case ..<1: "\(n(1000 * seconds)) ms"
        case ..<120: "\(n(seconds)) s"
        case ..<7200: "\(n(seconds / 60)) min"
        case ..<172_800: "\(n(seconds / 3600)) h"
        default: "\(n(seconds / 86_400)) days"
        }
    }

    static func size(_ bytes: Double) -> String {
        func n(_ x: Double) -> String { formatNumber(x, digits: 3) }
        return switch bytes {
        case ..<1e3: "\(n(bytes.rounded())) B"
        case ..<1e6: "\(n(bytes / 1e3)) kB"
        case ..<1e9: "\(n(bytes / 1e6)) MB"
        default: "\(n(bytes / 1e9)) GB"
        }
    }

    private func share(_ seconds: Double) -> Double { prediction.seconds > 0 ? seconds / prediction.seconds : 0 }
    private var fits: Bool { prediction.memory <= machines.memory }

    private var head: String {
        let p = prediction, seconds = "\(Self.time(p.seconds))\(isProcessor ? " of the processors" : "")"
        return "\(measure.what) on \(machines.words): "
            + "\(seconds) (\(Self.time(p.low)) \(p.high.isFinite ? "to \(Self.time(p.high))" : "or more"))"
    }

    private var rows: [[String]] {
        let sends = machines.ranks > 1
        func row(_ name: String, _ seconds: Double, _ bytes: Double) -> [String] {
            [name, formatNumber(seconds, digits: 3), "\(Int((100 * share(seconds)).rounded())) %"]
                + (sends ? [bytes > 0 ? Self.size(bytes) : ""] : [])
        }
        return [["", "seconds", "share"] + (sends ? ["sent"] : [])]
            + prediction.parts.map { row($0.name, $0.seconds, $0.bytes) }
            + [row("total", prediction.seconds, prediction.bytes)]
    }

    private var notes: [String] {
        var notes = ["memory: at most \(Self.size(prediction.memory)) of tensors on a rank"]
        if measure.kept > 0 { notes[0] += ", \(Self.size(measure.kept)) of them earlier states that the run keeps" }
        if !fits {
            notes.append(
                """
                it does not fit: a rank has \(Self.size(machines.memory)); accumulate=, recompute=true, lora(…) or \
                weights in 8 bits take less
                """)
        }
        if machines.ranks > 1 {
            let network = machines.network
            let each = measure.units > 1 ? " (\(Self.size(prediction.bytes / measure.units)) a step)" : ""
            notes.append(
                """
                traffic: a rank sends \(Self.size(prediction.bytes))\(each), by a network of \
                \(Self.size(network.bandwidth))/s and \(Self.time(network.latency))\
                \(machines.assumesNetwork ? ", which is assumed" : "")
                """)
        }
        if let fixed = measure.fixed, let each = measure.perExample {
            notes.append("one rank alone: \(Self.time(fixed)) whatever the size, and \(Self.time(each)) for each of it")
        }
        notes += measure.notes
        let largest = prediction.largest
        var last = "\(largest.name) dominates: \(Int((100 * share(largest.seconds)).rounded())) % of the time"
        if let doubled {
            last +=
                doubled > 0.97
                ? "; more ranks would not help"
                : "; twice as many ranks would take \(Int((100 * doubled).rounded())) % of it"
        }
        return notes + [last]
    }

    override func table(digits: Int) -> [[String]]? { [[head]] + rows + notes.map { [$0] } }

    override func describe(width: Int, digits: Int) -> String {
        let columns = rows[0].indices
        let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = columns.dropFirst().map {
                "  " + String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0]
            }
            return (row[0].padding(to: widths[0]) + cells.joined()).trimmingSuffix { $0 == " " }
        }
        return
            (wrapped(head, to: width) + lines.map { clipped($0, to: width) }
            + notes.flatMap { wrapped($0, to: width) }).joined(separator: "\n")
    }

    // MARK: Fields

    override var fieldNames: [String] {
        [
            "seconds", "low", "high", "parts", "memory", "fits", "traffic", "step_traffic", "exchanges", "dominates",
            "doubled", "fixed", "each", "ranks", "cores", "bandwidth", "latency", "notes",
        ]
    }

    override func field(_ name: String) throws -> Value? {
        let p = prediction
        func optional(_ x: Double?) -> Value { x.map { .number($0) } ?? .nothing }
        return switch name {
        case "seconds": .number(p.seconds)
        case "low": .number(p.low)
        case "high": .number(p.high)
        case "parts": .foreign(parts)
        case "memory": .number(p.memory)
        case "fits": .bool(fits)
        case "traffic": .number(p.bytes)
        case "step_traffic": .number(p.bytes / max(1, measure.units))
        case "exchanges": .number(p.exchanges)
        case "dominates": .string(p.largest.name)
        case "doubled": optional(doubled)
        case "fixed": optional(measure.fixed)
        case "each": optional(measure.perExample)
        case "ranks": .number(machines.ranks)
        case "cores": .number(machines.cores)
        case "bandwidth": .number(machines.network.bandwidth)
        case "latency": .number(machines.network.latency)
        case "notes": .list(notes.map { .string($0) })
        default: nil
        }
    }

    private var parts: TableValue {
        TableValue(
            rows: prediction.parts.map(\.name), columns: ["seconds", "share", "bytes"],
            cells: prediction.parts.map { [$0.seconds, share($0.seconds), $0.bytes] }, readsColumns: true,
            heading: "part")
    }

    override var plain: Value? {
        .record(fieldNames.compactMap { name in (try? field(name)).flatMap { $0 }.map { (name, $0) } })
    }
}

extension String {
    /// Without the characters at its end that are so.
    fileprivate func trimmingSuffix(_ isSuch: (Character) -> Bool) -> String {
        guard let last = lastIndex(where: { !isSuch($0) }) else { return "" }
        return String(self[...last])
    }
}
