// An ordered dictionary whose keys are the same only when their bytes are.

/// Values by name in the order in which they were added.
///
/// Swift takes two strings for equal when they are canonically equivalent: `é` as one scalar and as `e` with an accent. In a
/// file they are two names, and one must not replace the other.
public struct ExactDictionary<Value> {
    public typealias Element = (key: String, value: Value)

    /// Names in order.
    public private(set) var keys: [String]
    /// Values in the order of their names.
    public private(set) var values: [Value]
    /// Where a name stands; empty while there are few, which are searched through.
    private var positions: [ExactKey: Int] = [:]

    private static var few: Int { 8 }

    public init() {
        keys = []
        values = []
    }

    /// Pairs in order; where a name repeats, `combine` chooses between the earlier and the later value.
    public init(_ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows {
        self.init()
        for (key, value) in pairs {
            if let position = index(forKey: key) {
                values[position] = try combine(values[position], value)
            } else {
                append(key, value)
            }
        }
    }

    /// Pairs in order; where a name repeats, the last value stays.
    public init(_ pairs: some Sequence<(String, Value)>) { self.init(pairs, uniquingKeysWith: { _, last in last }) }

    /// Names that are known to differ, with their values.
    init(distinct keys: [String], _ values: [Value]) {
        self.keys = keys
        self.values = values
        if keys.count > Self.few {
            positions.reserveCapacity(keys.count)
            for (index, key) in keys.enumerated() { positions[ExactKey(key)] = index }
        }
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }

    /// The place of a name.
    public func index(forKey key: String) -> Int? {
        if keys.count > Self.few { return positions[ExactKey(key)] }
        return keys.firstIndex { ExactKey.same($0, key) }
    }

    /// The value of that name; setting nil removes it.
    public subscript(key: String) -> Value? {
        get { index(forKey: key).map { values[$0] } }
        set {
            if let newValue { updateValue(newValue, forKey: key) } else { removeValue(forKey: key) }
        }
    }

    /// Sets a value, and returns the one that it had.
    @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: String) -> Value? {
        guard let position = index(forKey: key) else {
            append(key, value)
            return nil
        }
        let old = values[position]
        values[position] = value
        return old
    }

    /// Removes a name, and returns the value that it had.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> Value? {
        guard let position = index(forKey: key) else { return nil }
        let old = values.remove(at: position)
        keys.remove(at: position)
        self = ExactDictionary(distinct: keys, values)
        return old
    }

    /// Puts names and values into another order.
    public mutating func sort(by areInOrder: (Element, Element) throws -> Bool) rethrows {
        let sorted = try map { $0 }.sorted(by: areInOrder)
        self = ExactDictionary(distinct: sorted.map(\.key), sorted.map(\.value))
    }

    private mutating func append(_ key: String, _ value: Value) {
        keys.append(key)
        values.append(value)
        if keys.count == Self.few + 1 {
            for (index, key) in keys.enumerated() { positions[ExactKey(key)] = index }
        } else if keys.count > Self.few {
            positions[ExactKey(key)] = keys.count - 1
        }
    }
}

extension ExactDictionary: Sendable where Value: Sendable {}

extension ExactDictionary: Equatable where Value: Equatable {
    /// The same names with the same values in the same order.
    public static func == (a: Self, b: Self) -> Bool {
        a.count == b.count && zip(a.keys, b.keys).allSatisfy { ExactKey.same($0, $1) } && a.values == b.values
    }
}

extension ExactDictionary: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { keys.count }
    public subscript(position: Int) -> Element { (keys[position], values[position]) }
}

extension ExactDictionary: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

/// A string that equals another only with the same bytes.
struct ExactKey: Hashable {
    private var text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactKey, b: ExactKey) -> Bool { same(a.text, b.text) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    static func same(_ a: String, _ b: String) -> Bool {
        // Strings with the same bytes are equal; equal ones nearly always have them.
        a == b && a.utf8.elementsEqual(b.utf8)
    }
}
