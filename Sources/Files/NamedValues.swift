// Values by name in a fixed order: the members of a JSON object, the tensors of a file.

import Collections

/// Values under names, in the order in which the names came. Names differ where their Unicode scalars do: see
/// ``Spelling``.
public struct NamedValues<Value> {
    private var members: OrderedDictionary<Spelling, Value> = [:]

    public init() {}

    /// Names and values; where a name comes twice, its last value stays.
    public init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { members[Spelling(name)] = value }
    }

    /// The names in order.
    public var keys: [String] { members.keys.map(\.text) }
    /// The values in the order of their names.
    public var values: some RandomAccessCollection<Value> { members.values.elements }

    /// The value of that name; setting nil takes the name away.
    public subscript(name: String) -> Value? {
        get { members[Spelling(name)] }
        set { members[Spelling(name)] = newValue }
    }

    /// Sets a value and gives what stood there before.
    @discardableResult
    public mutating func updateValue(_ value: Value, forKey name: String) -> Value? {
        members.updateValue(value, forKey: Spelling(name))
    }
}

extension NamedValues: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }
    public subscript(position: Int) -> (key: String, value: Value) {
        let (name, value) = members.elements[position]
        return (key: name.text, value: value)
    }
}

extension NamedValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension NamedValues: Sendable where Value: Sendable {}

extension NamedValues: Equatable where Value: Equatable {
    public static func == (a: NamedValues, b: NamedValues) -> Bool { a.members == b.members }
}
