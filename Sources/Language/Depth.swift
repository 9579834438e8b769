// How deeply values stand in each other: bounded, so that whatever walks through a value, its release included, ends
// well.

extension Value {
    /// The deepest nesting of lists, records and functions that programs can make.
    static let mostDepth: UInt32 = 1000

    /// How many lists, records and functions stand in each other here; 0 for a number.
    var depth: UInt32 {
        switch self {
        case .list(let list): list.storage.depth
        case .record(let record): record.storage.depth
        case .function(let function): function.depth
        case .foreign(let foreign): foreign.nestingDepth
        default: 0
        }
    }

    /// The depth of something that holds these values.
    static func depth(holding values: UnsafeBufferPointer<Value>) -> UInt32 {
        var deepest: UInt32 = 0
        for index in values.indices { deepest = max(deepest, values[index].depth) }
        return deepest + 1
    }

    /// The depth of something that holds these values.
    public static func depth(holding values: [Value]) -> UInt32 {
        values.withUnsafeBufferPointer { depth(holding: $0) }
    }

    /// The value, unless it is nested too deeply.
    public func checkedDepth() throws -> Value {
        guard depth > Value.mostDepth else { return self }
        throw LanguageError(
            "these values are nested more than \(Value.mostDepth) deep",
            note: "keep the parts in one list instead of in each other")
    }
}
