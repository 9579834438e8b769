/// What happened at each step so far. Logs of one run's states share their beginning, so that keeping many costs
/// little.

public struct StepLog: RandomAccessCollection, ExpressibleByArrayLiteral {
    /// Only ever grows; a log is its first `count` entries.
    private final class Entries {
        var all: [StepRecord]
        init(_ all: [StepRecord]) { self.all = all }
    }

    private var entries: Entries
    public private(set) var count: Int

    public init(_ records: some Sequence<StepRecord> = []) {
        entries = Entries(Array(records))
        count = entries.all.count
    }
    public init(arrayLiteral elements: StepRecord...) { self.init(elements) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(position: Int) -> StepRecord { entries.all[position] }

    mutating func append(_ record: StepRecord) {
        if entries.all.count > count {
            // Another log has gone on from here: with the same step, when that was computed again.
            if entries.all[count] != record { entries = Entries(entries.all.prefix(count) + [record]) }
        } else {
            entries.all.append(record)
        }
        count += 1
    }
}

extension StepLog: Equatable {
    public static func == (a: StepLog, b: StepLog) -> Bool {
        a.count == b.count && (a.entries === b.entries || a.elementsEqual(b))
    }
}
