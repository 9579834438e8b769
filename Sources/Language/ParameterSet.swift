// A set of a function's parameters, by index.

/// Which parameters were given. Functions of up to 64 parameters, which is nearly all, need no memory for it.
struct ParameterSet {
    private var low: UInt64 = 0
    /// The parameters from 64 on.
    private var high: Set<Int> = []

    func contains(_ index: Int) -> Bool { index < 64 ? low & (1 << UInt64(index)) != 0 : high.contains(index) }

    mutating func insert(_ index: Int) {
        if index < 64 { low |= 1 << UInt64(index) } else { high.insert(index) }
    }

    /// The first `count` parameters.
    init(first count: Int = 0) {
        low = count >= 64 ? .max : 1 << UInt64(count) - 1
        if count > 64 { high = Set(64..<count) }
    }
}
