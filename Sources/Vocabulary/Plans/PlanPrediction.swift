/// What a recipe would cost on some machines: arithmetic from what a trial found.
import Tensors

struct PlanPrediction {
    /// Something that happens again and again.
    struct Part {
        let name: String
        var seconds = 0.0
        /// What a rank sends for it.
        var bytes = 0.0
    }

    /// In the order in which they first came; what no rank takes off another, then the exchanges.
    private(set) var parts: [Part] = []
    private(set) var bytes = 0.0
    private(set) var exchanges = 0.0
    private(set) var seconds = 0.0
    /// Ends of the interval in which it is likely to be; the upper is infinite where its end was not seen.
    private(set) var low = 0.0, high = 0.0
    /// The most bytes of tensors at once on a rank.
    private(set) var memory = 0.0

    static let exchange = "exchange"

    /// - Parameter rest: what to call what is not shared out.
    init(_ measure: PlanMeasure, on machines: PlanMachines, rest: String) {
        var own = Part(name: rest), atMost = 0.0
        for stretch in measure.stretches {
            var alone = stretch.seconds
            if stretch.isAtMost { atMost += stretch.weight * stretch.seconds(on: machines.ranks) }
            for work in stretch.works {
                let cost = work.cost(on: machines.ranks), weight = stretch.weight
                alone -= work.seconds
                let at = parts.firstIndex { $0.name == work.place } ?? parts.count
                if at == parts.count { parts.append(Part(name: work.place)) }
                parts[at].seconds += weight * cost.seconds
                parts[at].bytes += weight * Double(cost.bytes)
                exchanges += weight * Double(cost.exchanges)
            }
            own.seconds += stretch.weight * alone
        }
        for index in parts.indices {
            (parts[index].seconds, parts[index].bytes) = (max(0, parts[index].seconds), max(0, parts[index].bytes))
        }
        own.seconds = max(0, own.seconds)
        parts.append(own)
        bytes = parts.reduce(0) { $0 + $1.bytes }
        exchanges = max(0, exchanges)
        let computing = parts.reduce(0) { $0 + $1.seconds }
        var carrying = 0.0
        if machines.ranks > 1 {
            carrying = machines.network.seconds(bytes, exchanges)
            parts.append(Part(name: Self.exchange, seconds: carrying))
        }
        seconds = computing + carrying
        // A network that nobody measured may be half or twice as fast.
        let unsure = machines.assumesNetwork ? 1.0 : 0.2
        low = (1 - min(0.9, measure.spread)) * max(0, computing - atMost)
        if atMost == 0 { low += carrying * (1 - unsure / 2) }
        high = measure.isLowerBound ? .infinity : (1 + measure.spread) * computing + carrying * (1 + unsure)
        let peak = measure.peaks.reduce(0) { $0 + $1.weight * $1.bytes(on: machines.ranks) }
        memory = max(0, peak - measure.surplus) + measure.kept
    }

    /// What takes most of the time.
    var largest: Part { parts.max { $0.seconds < $1.seconds } ?? Part(name: "") }
}
