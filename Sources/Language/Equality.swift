// Equality of values, which may share parts: what two values share with others is compared once.

/// One comparison of two values.
struct Equality {
    /// Is asked now and then whether to go on.
    let poll: () throws -> Void
    private var turns = 0
    /// Pairs of lists and records found equal, or being compared further out; filled once a comparison takes long,
    /// since it is slower than comparing what is short.
    private var known: Set<Pair> = []

    private struct Pair: Hashable {
        let left: ObjectIdentifier
        let right: ObjectIdentifier
    }

    /// Comparisons before pairs are remembered.
    private static let patience = 256

    init(poll: @escaping () throws -> Void) { self.poll = poll }

    /// Whether two values are equal; values of different kinds are not.
    mutating func holds(_ left: Value, _ right: Value) throws -> Bool {
        switch (left, right) {
        case (.number(let a), .number(let b)): return a == b
        case (.bool(let a), .bool(let b)): return a == b
        case (.number, .bool), (.bool, .number): return left.plainNumber == right.plainNumber
        case (.nothing, .nothing): return true
        case (.string(let a), .string(let b)): return a == b
        case (.list(let a), .list(let b)): return try lists(a, b)
        case (.record(let a), .record(let b)): return try records(a, b)
        case (.function(let a), .function(let b)): return try functions(a, b)
        case (.foreign(let a), .foreign(let b)): return a.isEqual(to: b)
        // A number that a derivative follows, or a tensor of one: as `==` has it.
        case (.foreign(let a), .number), (.foreign(let a), .bool): return isOne(a, right)
        case (.number, .foreign(let b)), (.bool, .foreign(let b)): return isOne(b, left)
        default: return false
        }
    }

    private func isOne(_ foreign: Foreign, _ number: Value) -> Bool {
        guard foreign.numberCount == 1, case .bool(true)? = try? foreign.binary(.equal, number, isReversed: false)
        else { return false }
        return true
    }

    private mutating func turn() throws {
        turns &+= 1
        if turns & 0x1FFF == 0 { try poll() }
    }

    /// Whether a pair needs no comparison since it has had one.
    private mutating func isKnown(_ left: AnyObject, _ right: AnyObject) throws -> Bool {
        try turn()
        if left === right { return true }
        return turns > Self.patience
            && !known.insert(Pair(left: ObjectIdentifier(left), right: ObjectIdentifier(right))).inserted
    }

    private mutating func lists(_ a: List, _ b: List) throws -> Bool {
        guard a.count == b.count else { return false }
        if try isKnown(a.storage, b.storage) { return true }
        if let x = a.storage.progression, let y = b.storage.progression {
            return x.count == 0 || x.start == y.start && (x.count == 1 || x.step == y.step)
        }
        for index in a.indices {
            if index & 0x1FFF == 0x1FFF { try poll() }
            guard try holds(a[index], b[index]) else { return false }
        }
        return true
    }

    private mutating func records(_ a: Record, _ b: Record) throws -> Bool {
        guard a.count == b.count else { return false }
        if try isKnown(a.storage, b.storage) { return true }
        for (index, name) in a.storage.keys.names.enumerated() {
            var guess = index
            guard let position = b.position(of: name, guess: &guess) else { return false }
            guard try holds(a.storage.values[index], b.storage.values[position]) else { return false }
        }
        return true
    }

    /// A function is equal to itself however it was reached, with equal captures, defaults and options.
    private mutating func functions(_ a: Function, _ b: Function) throws -> Bool {
        if try isKnown(a, b) { return true }
        switch (a.body, b.body) {
        case (.builtin(let x), .builtin(let y)): guard x === y else { return false }
        case (.user(let x, _), .user(let y, _)):
            guard x === y, let own = a.parts, let other = b.parts else { return false }
            for (first, second) in zip(own.captures + own.defaults, other.captures + other.defaults) {
                switch (first, second) {
                case (nil, nil): break
                case (let first?, let second?): guard try holds(first, second) else { return false }
                default: return false
                }
            }
        default: return false
        }
        guard a.options.count == b.options.count else { return false }
        for (left, right) in zip(a.options, b.options) {
            guard left.name == right.name, try holds(left.value, right.value) else { return false }
        }
        return true
    }
}

extension Value {
    /// Whether two values are equal, as items of lists are.
    public func hasSameContents(as other: Value) -> Bool {
        var equality = Equality(poll: {})
        return (try? equality.holds(self, other)) ?? false
    }

    /// A number that equal values share; where telling all apart would take long, different ones may share it too.
    public var hash: Int {
        switch self {
        case .string(let text): return Int(truncatingIfNeeded: text.withBytes(QuickHash.hash))
        // `true` equals 1, 0 equals -0, and so does a tensor of one number, which is known to a few digits less.
        case .number, .bool:
            return Int(truncatingIfNeeded: QuickHash.hash(UInt64((Float(plainNumber ?? 0) + 0).bitPattern)))
        case .foreign(let foreign) where foreign.numberCount == 1:
            return Int(truncatingIfNeeded: QuickHash.hash(UInt64((Float(foreign.number(at: 0)) + 0).bitPattern)))
        default: break
        }
        var hasher = Hasher()
        var budget = 64
        hash(into: &hasher, &budget)
        return hasher.finalize()
    }

    private func hash(into hasher: inout Hasher, _ budget: inout Int) {
        budget -= 1
        guard budget > 0 else { return }
        switch self {
        case .nothing: hasher.combine(0)
        // `true` equals 1, and so does a tensor of one number, which is known to a few digits less.
        case .number, .bool: hasher.combine(Float(plainNumber ?? 0))
        case .string(let text): hasher.combine(text)
        case .list(let list):
            hasher.combine(list.count)
            for index in 0..<min(list.count, budget) { list[index].hash(into: &hasher, &budget) }
        case .record(let record):
            // Equal records may hold their fields in another order.
            hasher.combine(record.count)
            var sum = 0
            for (name, value) in record.fields.prefix(max(0, budget)) where record.count <= budget {
                var inner = Hasher()
                inner.combine(Text(name))
                if case .list = value {} else if case .record = value {} else { value.hash(into: &inner, &budget) }
                budget += 1
                sum &+= inner.finalize()
            }
            hasher.combine(sum)
        // Equality is their own business.
        case .function: hasher.combine(1)
        case .foreign(let foreign): hasher.combine(foreign.numberCount == 1 ? Float(foreign.number(at: 0)) : 2)
        }
    }
}
