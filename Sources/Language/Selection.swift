// Indices that choose several items: lists of positions, and masks.

/// What an index chooses that is no single position: `x[[2, 0]]`, `x[mask]`.
public enum Selection {
    /// An item stays where its mask is true.
    case mask([Bool])
    /// Items by position, in that order; negative ones count from the end.
    case places([Double])
    /// Numbers that may be either: positions, unless they could just as well be a mask.
    case numbers([Double])
}

extension Selection {
    /// What a value chooses; nil where it is a single position, or no index at all.
    /// - Throws: ``LanguageError`` for a list that holds other things than positions or truth values.
    public init?(_ value: Value) throws {
        switch value {
        case .foreign(let foreign):
            guard let selection = try foreign.selection else { return nil }
            self = selection
        case .list(let list): self = try Selection(list)
        default: return nil
        }
    }

    private init(_ list: List) throws {
        var flags: [Bool] = [], places: [Double] = []
        for item in try list.writable() {
            if case .bool(let flag) = item {
                flags.append(flag)
            } else if let x = try item.asNumber {
                places.append(x)
            } else {
                throw LanguageError(
                    "an index is a whole number, or a list of them or of truth values; an item of this one is "
                        + item.phrase, at: .index(0))
            }
        }
        guard flags.isEmpty || places.isEmpty else {
            throw LanguageError(
                "a list that chooses items holds positions or truth values, not both", at: .index(0))
        }
        self = flags.isEmpty ? .places(places) : .mask(flags)
    }

    /// The positions that are chosen out of `count` items.
    /// - Parameter what: what is chosen from: "a list", "axis 1".
    public func places(among count: Int, of what: String, axis: Int) throws -> [Int] {
        switch self {
        case .mask(let flags):
            guard flags.count == count else {
                throw LanguageError(
                    "a mask says of each item whether it stays; this one is of \(flags.count), \(what) of \(count)",
                    at: .index(axis))
            }
            return flags.indices.filter { flags[$0] }
        case .numbers(let numbers):
            if !numbers.isEmpty, numbers.count == count, numbers.allSatisfy({ $0 == 0 || $0 == 1 }) {
                throw LanguageError(
                    "this tensor of 0 and 1 may be a mask or positions",
                    advice: ["write x[t == 1] for the mask, x[to_list(t)] for the positions"], at: .index(axis))
            }
            return try Selection.places(numbers).places(among: count, of: what, axis: axis)
        case .places(let numbers):
            return try numbers.map { x in
                guard let whole = Int(exactly: x) else {
                    throw LanguageError(
                        "an index is a whole number; this is \(formatNumber(x, digits: 6))", at: .index(axis))
                }
                let place = whole < 0 ? whole + count : whole
                guard place >= 0, place < count else {
                    throw LanguageError(
                        "the index \(whole) lies outside \(what) of \(count)",
                        note: count == 0 ? "it is empty" : "the last one is \(count - 1)", at: .index(axis))
                }
                return place
            }
        }
    }
}

extension Machine {
    /// Sets the items of a list at some places: to those of another list one by one, or all to one value.
    func setItems(of container: UnsafeMutablePointer<Value>, at places: [Int], to value: Value) throws {
        var items: List?
        if case .list(let list) = value {
            guard list.count == places.count else {
                throw LanguageError(
                    "\(places.count) items were chosen, and the new list has \(list.count)", at: .index(0))
            }
            items = list
        }
        try interpreter.requireRoom(forItems: listCount(container) ?? 0)
        changeList(container) { list in
            for (number, place) in places.enumerated() { list.replace(at: place, with: items?[number] ?? value) }
        }
    }
}
