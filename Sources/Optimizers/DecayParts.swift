/// Which elements weight decay applies to: a list of ranges, which costs neither the memory nor the reading of a mask.

struct DecayParts {
    /// Where decay begins and ends, in turn, ascending; `nil` if it applies everywhere.
    private let borders: [Int]?

    /// - Throws: when the ranges are not ascending, or reach beyond `count` elements.
    init(_ decaying: [Range<Int>]?, of count: Int) throws {
        guard let decaying else {
            borders = nil
            return
        }
        let all = decaying.filter { !$0.isEmpty }.flatMap { [$0.lowerBound, $0.upperBound] }
        guard zip(all, all.dropFirst()).allSatisfy({ $0 <= $1 }), all.first ?? 0 >= 0, all.last ?? 0 <= count else {
            throw OptimizerError.state("weight decay is meant for elements \(decaying) of parameters with \(count)")
        }
        borders = all
    }

    /// The sum of `body(part, whether it decays)` over the parts of `range`.
    func total(_ range: Range<Int>, _ body: (Range<Int>, Bool) -> UpdateOutcome) -> UpdateOutcome {
        guard let borders else { return body(range, true) }
        // The first border after the start.
        var low = 0, high = borders.count
        while low < high {
            let middle = (low + high) / 2
            if borders[middle] <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        var sum = UpdateOutcome.nothing, start = range.lowerBound
        while start < range.upperBound {
            let end = low < borders.count ? min(borders[low], range.upperBound) : range.upperBound
            // After an odd number of borders decay is on.
            if end > start { sum = sum + body(start..<end, low % 2 == 1) }
            start = end
            low += 1
        }
        return sum
    }
}
