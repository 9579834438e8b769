// How much memory a value takes.

extension Value {
    /// Bytes it takes, about; what stands in it several times counts once.
    public var sharedByteCount: Int {
        var seen: Set<ObjectIdentifier> = []
        return byteCount(&seen)
    }

    private func byteCount(_ seen: inout Set<ObjectIdentifier>) -> Int {
        switch self {
        case .number, .bool, .nothing: return 16
        case .string(let text): return 32 + text.string.utf8.count
        case .list(let list):
            guard list.storage.progression == nil, seen.insert(ObjectIdentifier(list.storage)).inserted else {
                return 16
            }
            return list.storage.items.reduce(32) { $0 + $1.byteCount(&seen) }
        case .record(let record):
            guard seen.insert(ObjectIdentifier(record.storage)).inserted else { return 16 }
            return record.values.reduce(64) { $0 + $1.byteCount(&seen) }
        case .function(let function):
            guard seen.insert(ObjectIdentifier(function)).inserted else { return 16 }
            let captures = function.parts?.captures.compactMap(\.self) ?? []
            return (captures + function.options.map(\.value)).reduce(128) { $0 + $1.byteCount(&seen) }
        case .foreign(let foreign):
            return seen.insert(ObjectIdentifier(foreign)).inserted ? 64 + (foreign.byteCount ?? 0) : 16
        }
    }
}
