/// What `tune` found: all tries, and each optimizer's best.
import Language
import StandardLibrary

public final class TuneValue: Foreign {
    let tries: [TuneTry]
    let paths: [TunePath?]
    let failures: [Int: String]
    /// The optimizers'.
    let names: [String]
    let limit: Double
    let budget: Int

    init(
        tries: [TuneTry], paths: [TunePath?], failures: [Int: String], names: [String], limit: Double, budget: Int
    ) {
        (self.tries, self.paths, self.failures, self.names) = (tries, paths, failures, names)
        (self.limit, self.budget) = (limit, budget)
        super.init()
    }

    public override var kind: String { "tuning" }
    public override var summary: String { "tuning of \(listed(names)), \(tries.count) tries" }

    /// The tries of an optimizer, the best first; those that came to nothing last.
    private func ranked(_ optimizer: Int) -> [Int] {
        func score(_ index: Int) -> Double { paths[index]?.best(limit: limit)?.forget ?? -.infinity }
        return tries.indices.filter { tries[$0].optimizer == optimizer }.sorted {
            (score($0), $1) > (score($1), $0)
        }
    }

    /// An optimizer's best try; nil where none came to anything.
    private func best(_ optimizer: Int) -> Int? {
        ranked(optimizer).first { paths[$0]?.best(limit: limit) != nil }
    }

    private var figures: TableValue {
        let order = names.indices.flatMap(ranked)
        return TableValue(
            rows: order.map { tries[$0].label },
            columns: ["forgotten", "retain", "last forget", "last retain", "steps", "gradients", "products"],
            cells: order.map { index in
                let path = paths[index], best = path?.best(limit: limit)
                return [
                    best?.forget, best?.retain, path?.forget.last, path?.retain.last,
                    path.map { Double($0.steps) }, path.map { Double($0.gradients) }, path.map { Double($0.products) },
                ]
            }, readsColumns: false, notes: notes)
    }

    private var notes: [String] {
        var notes = names.indices.compactMap { optimizer -> String? in
            guard let index = best(optimizer), let place = paths[index]?.best(limit: limit) else {
                return "\(names[optimizer]): no try came to anything"
            }
            return
                "best: \(tries[index].label) forgets to \(formatNumber(place.forget, digits: 4)) at retain \(formatNumber(place.retain, digits: 4))"
        }
        let each = "\(tries.count / max(1, names.count)) tries each"
        let start = paths.lazy.compactMap { $0 }.first
        notes.append(
            """
            \(each), \(budget) gradients a try; forgotten is the forget loss (NLL) where the retain loss had risen by \
            \(formatNumber(limit, digits: 3))\(start.map {
                " from \(formatNumber($0.retain.first ?? .nan, digits: 3))"
            } ?? ""), or the most before
            """)
        for index in tries.indices {
            if let step = paths[index]?.divergedAt { notes.append("\(tries[index].label) diverged at step \(step)") }
            if let failure = failures[index] { notes.append("\(tries[index].label) failed: \(visibleLine(failure))") }
        }
        return notes
    }

    public override func describe(width: Int, digits: Int) -> String { figures.describe(width: width, digits: digits) }
    public override func table(digits: Int) -> [[String]]? { figures.table(digits: digits) }

    public override var fieldNames: [String] { ["best", "tries", "table"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "best":
            .record(
                names.indices.compactMap { optimizer in best(optimizer).map { (names[optimizer], record($0)) } })
        case "tries": .list(tries.indices.map(record))
        case "table": .foreign(figures)
        default: nil
        }
    }

    public override var count: Int? { tries.count }

    /// What a try tells beside its settings.
    static let ownFields = [
        "name", "optimizer", "loss", "forgotten", "retained", "steps", "gradients", "products", "forget", "retain",
        "diverged_at", "error",
    ]

    private func record(_ index: Int) -> Value {
        let one = tries[index], path = paths[index], place = path?.best(limit: limit)
        func number(_ x: Double?) -> Value { x.map { .number($0) } ?? .nothing }
        var fields: [(String, Value)] = [("name", .string(one.name))]
        fields += one.settings.map { ($0.name, $0.value) }
        fields += [
            ("optimizer", .function(one.optimizerFunction)),
            ("loss", one.lossFunction.map { .function($0) } ?? .nothing),
            ("forgotten", number(place?.forget)), ("retained", number(place?.retain)),
            ("steps", number(path.map { Double($0.steps) })), ("gradients", number(path.map { Double($0.gradients) })),
            ("products", number(path.map { Double($0.products) })),
            ("forget", path.map { .list($0.forget) } ?? .nothing),
            ("retain", path.map { .list($0.retain) } ?? .nothing),
            ("diverged_at", number(path?.divergedAt.map(Double.init))),
            ("error", failures[index].map { .string($0) } ?? .nothing),
        ]
        return .record(fields)
    }

    public override var innerValues: [Value] {
        tries.flatMap { [.function($0.optimizerFunction)] + ($0.lossFunction.map { [.function($0)] } ?? []) }
    }

    public override func identify(in parts: inout IdentityParts) throws {
        for index in tries.indices { try parts.add(record(index)) }
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TuneValue, other.tries.count == tries.count else { return false }
        return tries.indices.allSatisfy { index in
            tries[index].label == other.tries[index].label
                && paths[index]?.forget == other.paths[index]?.forget
                && paths[index]?.retain == other.paths[index]?.retain
        }
    }
}
