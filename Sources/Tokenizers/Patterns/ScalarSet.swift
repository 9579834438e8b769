// Sets of Unicode scalars, as the classes of a pattern have them.

/// A set of code points as disjoint ranges in order.
struct ScalarSet: Sendable, Hashable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    static let last: UInt32 = 0x10FFFF

    static let empty = ScalarSet()
    static let all = ScalarSet(0...last)

    init() {}
    init(_ range: ClosedRange<UInt32>) { ranges = [range] }
    init(_ scalar: Unicode.Scalar) { self.init(scalar.value...scalar.value) }
    init(scalars: some Sequence<Unicode.Scalar>) { self.init(unsorted: scalars.map { $0.value...$0.value }) }

    init(unsorted: [ClosedRange<UInt32>]) {
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = ranges.last, range.lowerBound <= before.upperBound &+ 1 {
                ranges[ranges.count - 1] = before.lowerBound...max(before.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    func contains(_ value: UInt32) -> Bool {
        var low = 0, high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value)
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(unsorted: ranges + other.ranges) }

    var inverted: ScalarSet {
        var result = ScalarSet()
        var next: UInt32 = 0
        for range in ranges {
            if next < range.lowerBound { result.ranges.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= ScalarSet.last { result.ranges.append(next...ScalarSet.last) }
        return result
    }

    func intersection(_ other: ScalarSet) -> ScalarSet { inverted.union(other.inverted).inverted }

    /// How many scalars it has.
    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// The only scalar, where there is one.
    var single: UInt32? { ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil }
}
