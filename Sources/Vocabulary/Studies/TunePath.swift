/// Where a try of `tune` went: forgetting and retaining along its steps, and what these cost.
import Files
import Language

struct TunePath {
    var steps = 0
    /// Gradients taken, those of curvature estimates included; Hessian products; both in gradients.
    var gradients = 0
    var products = 0
    var cost = 0
    /// Losses where it was measured, the start first.
    var forget: [Double] = []
    var retain: [Double] = []
    /// The step at which it stopped being a number.
    var divergedAt: Int?

    init() {}

    /// As it goes between processes.
    var value: Value {
        .record([
            ("steps", .number(steps)), ("gradients", .number(gradients)), ("products", .number(products)),
            ("cost", .number(cost)), ("forget", .list(forget)), ("retain", .list(retain)),
            ("diverged_at", divergedAt.map { .number($0) } ?? .nothing),
        ])
    }

    init(_ json: JSON) {
        func whole(_ name: String) -> Int { json[name]?.integer ?? 0 }
        (steps, gradients, products, cost) = (whole("steps"), whole("gradients"), whole("products"), whole("cost"))
        forget = json["forget"]?.array?.compactMap(\.number) ?? []
        retain = json["retain"]?.array?.compactMap(\.number) ?? []
        divergedAt = json["diverged_at"]?.integer
    }

    /// The most that was forgotten while the retained loss had risen by no more than `limit`; between measured points
    /// on a straight line.
    func best(limit: Double) -> (forget: Double, retain: Double)? {
        guard let start = retain.first, var best = forget.first.map({ ($0, start) }) else { return nil }
        let allowed = start + limit
        for index in forget.indices.dropFirst() {
            var place = (forget[index], retain[index])
            let isBeyond = place.1 > allowed
            if isBeyond {
                let rise = retain[index] - retain[index - 1]
                let share = rise > 0 ? (allowed - retain[index - 1]) / rise : 0
                place = (forget[index - 1] + share * (forget[index] - forget[index - 1]), allowed)
            }
            if place.0 > best.0 { best = place }
            if isBeyond { break }
        }
        return (best.0, best.1)
    }
}
