// Values share parts: after `x = [x, x]` sixty times there are sixty lists and 2^60 ways through them. Whatever walks a
// value visits each part once, or knows beforehand how long the walk will be.

extension List {
    /// What tells this list's contents from another's; the same for all who share them.
    public var identity: ObjectIdentifier { ObjectIdentifier(storage) }

    /// Whether some item is a list or a record.
    public var isNested: Bool {
        storage.depth > 1
            && storage.items.contains {
                switch $0 {
                case .list, .record: true
                default: false
                }
            }
    }
}

extension Record {
    /// Whether some field is a list or a record.
    public var isNested: Bool {
        storage.values.contains {
            switch $0 {
            case .list, .record: true
            default: false
            }
        }
    }

    /// What tells this record's contents from another's; the same for all who share them.
    public var identity: ObjectIdentifier { ObjectIdentifier(storage) }
}

extension Value {
    /// What a list or a record is known by; nil for other values.
    public var identity: ObjectIdentifier? {
        switch self {
        case .list(let list): list.identity
        case .record(let record): record.identity
        default: nil
        }
    }

    /// How many values there are to write when each shared part is written wherever it stands.
    public var writtenCount: Double {
        var known: [ObjectIdentifier: Double] = [:]
        return writtenCount(&known)
    }

    private func writtenCount(_ known: inout [ObjectIdentifier: Double]) -> Double {
        let parts: [Value]
        switch self {
        case .list(let list):
            guard list.isNested else { return Double(list.count) + 1 }
            parts = list.storage.items
        case .record(let record): parts = record.values
        default: return 1
        }
        guard let identity else { return 1 }
        if let count = known[identity] { return count }
        var count = 1.0
        for part in parts { count += part.writtenCount(&known) }
        known[identity] = count
        return count
    }

    /// Approximate memory in bytes. A part that is shared counts once; items of long flat lists are not looked at one
    /// by one.
    public var byteCount: Int {
        var seen: Set<ObjectIdentifier> = []
        return byteCount(&seen)
    }

    private func byteCount(_ seen: inout Set<ObjectIdentifier>) -> Int {
        switch self {
        case .foreign(let foreign): return foreign.byteCount ?? 0
        case .string(let text): return text.utf8Count
        case .list(let list):
            guard list.storage.progression == nil else { return 16 }
            guard seen.insert(list.identity).inserted else { return 0 }
            if list.count > 64, !list.isNested { return list.count * 16 + 64 * list.storage.items[0].byteCount(&seen) }
            return list.storage.items.reduce(16) { $0 + 16 + $1.byteCount(&seen) }
        case .record(let record):
            guard seen.insert(record.identity).inserted else { return 0 }
            return record.values.reduce(16) { $0 + 32 + $1.byteCount(&seen) }
        case .function(let function):
            guard let parts = function.parts else { return 16 }
            guard seen.insert(ObjectIdentifier(function)).inserted else { return 0 }
            return (parts.captures + parts.defaults).reduce(16) { $0 + 16 + ($1?.byteCount(&seen) ?? 0) }
        default: return 16
        }
    }
}

extension Value {
    /// Refuses to walk through all of a value where that would never end: its shared parts are met wherever they stand.
    /// - Parameter purpose: what is made of it, as in "its tensor".
    public func requireEnd(_ purpose: String) throws {
        guard depth > 1 else { return }
        let count = writtenCount
        guard count > Double(List.most) else { return }
        throw LanguageError(
            "\(phrase) shares parts; \(purpose) would hold \(formatNumber(count, digits: 3)) values",
            advice: ["what is done with all of its items needs each of them by itself; work on fewer at once"])
    }
}

extension Interpreter {
    /// Refuses to write out a value that would never end: its shared parts are written wherever they stand.
    /// - Parameter purpose: what the text is for, as in "its text".
    public func requireRoom(toWrite value: Value, _ purpose: String = "its text") throws {
        guard value.depth > 1 else { return }
        let count = value.writtenCount
        guard count > Double(List.most) else { return }
        throw LanguageError(
            "\(value.phrase) shares parts; \(purpose) would hold \(formatNumber(count, digits: 3)) values",
            advice: ["print shows the beginning of it", "a workspace, :save f.ws, keeps parts that are shared once"])
    }
}
