// Lists: ordered values that copy on write; ranges of numbers stay lazy until they are changed.

/// An ordered sequence of values.
///
/// `range(10^9)` is a list too: it is kept as start, step and count and written out only when something changes it.
public struct List: RandomAccessCollection, ExpressibleByArrayLiteral {
    final class Storage {
        // As in ``Text``: what is changed here is changed through the only reference to it.
        @exclusivity(unchecked) var items: [Value]
        /// Set while the list is an arithmetic progression; then `items` is empty.
        @exclusivity(unchecked) var progression: Progression?
        /// See ``Value/depth``; it never falls.
        @exclusivity(unchecked) var depth: UInt32

        init(_ items: [Value], depth: UInt32? = nil, _ progression: Progression? = nil) {
            self.items = items
            self.progression = progression
            self.depth = depth ?? Value.depth(holding: items)
        }
    }

    /// `start, start + step, …`, `count` numbers.
    struct Progression {
        var start: Double
        var step: Double
        var count: Int
        func at(_ index: Int) -> Double { start + step * Double(index) }
    }

    var storage: Storage

    /// The longest list that is written out: 1.6 GB. Longer ones exist as ranges only.
    public static let most = 100_000_000

    static func tooLong(_ count: Int) -> LanguageError {
        LanguageError(
            "a list of \(formatNumber(Double(count), digits: 3)) items is too long to hold",
            advice: [
                """
                lists hold up to \(formatNumber(Double(most), digits: 3)) items; a range that is only gone through \
                takes no memory
                """
            ])
    }

    public init(_ items: [Value]) { storage = Storage(items) }
    public init(arrayLiteral elements: Value...) { storage = Storage(elements) }

    /// A lazy list of `count` numbers from `start` by `step`.
    public init(from start: Double, by step: Double, count: Int) {
        storage = Storage([], depth: 1, Progression(start: start, step: step, count: Swift.max(0, count)))
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { storage.progression?.count ?? storage.items.count }

    public subscript(position: Int) -> Value {
        if let progression = storage.progression { return .number(progression.at(position)) }
        return storage.items[position]
    }

    /// All items as an array: the one place where a range is written out.
    /// - Throws: ``LanguageError`` for a range that is too long for that.
    public func written() throws -> [Value] {
        if storage.progression != nil, count > List.most { throw List.tooLong(count) }
        return items
    }

    // What makes an array of a sequence asks for its length first. These stand in the way of the standard library's.

    /// What a function makes of each item.
    public func map<T>(_ transform: (Value) throws -> T) throws -> [T] { try written().map(transform) }
    public func filter(_ isIncluded: (Value) throws -> Bool) throws -> [Value] { try written().filter(isIncluded) }
    public func compactMap<T>(_ transform: (Value) throws -> T?) throws -> [T] { try written().compactMap(transform) }
    public func flatMap<S: Sequence>(_ transform: (Value) throws -> S) throws -> [S.Element] {
        try written().flatMap(transform)
    }
    public func reversed() throws -> [Value] { try written().reversed() }
    public func sorted(by areInOrder: (Value, Value) throws -> Bool) throws -> [Value] {
        try written().sorted(by: areInOrder)
    }

    /// All items, of a list that is known to be short enough.
    var items: [Value] {
        if let progression = storage.progression {
            return (0..<progression.count).map { .number(progression.at($0)) }
        }
        return storage.items
    }

    /// The list itself, for whoever is going to write it out.
    /// - Throws: `LanguageError` for a range that is too long for that.
    public func writable() throws -> List {
        guard count > List.most else { return self }
        throw List.tooLong(count)
    }

    /// Makes the storage this list's own and written out, before a change.
    private mutating func makeOwn() {
        if storage.progression != nil {
            storage = Storage(items, depth: 1)
        } else if !isKnownUniquelyReferenced(&storage) {
            storage = Storage(storage.items, depth: storage.depth)
        }
    }

    /// Replaces one item; other holders of the list do not see it.
    public mutating func replace(at index: Int, with value: Value) {
        makeOwn()
        storage.items[index] = value
        storage.depth = Swift.max(storage.depth, value.depth + 1)
    }

    /// Makes the storage this list's own and lends one item's place, for a change.
    mutating func withItem<R>(at index: Int, _ body: (inout Value) throws -> R) rethrows -> R {
        makeOwn()
        defer { storage.depth = Swift.max(storage.depth, storage.items[index].depth + 1) }
        return try body(&storage.items[index])
    }

    /// Adds one item at the end; other holders of the list do not see it.
    public mutating func append(_ value: Value) {
        makeOwn()
        storage.items.append(value)
        storage.depth = Swift.max(storage.depth, value.depth + 1)
    }

    /// Adds items at the end; other holders of the list do not see it.
    public mutating func append(contentsOf other: List) {
        makeOwn()
        storage.depth = Swift.max(storage.depth, other.storage.depth)
        if other.storage.items.count == 1, other.storage !== storage {
            storage.items.append(other.storage.items[0])
        } else {
            storage.items.append(contentsOf: other.storage === storage ? storage.items : other.items)
        }
    }

    /// Adds items at the beginning; other holders of the list do not see it.
    mutating func prepend(contentsOf other: List) {
        makeOwn()
        storage.depth = Swift.max(storage.depth, other.storage.depth)
        storage.items.insert(contentsOf: other.items, at: 0)
    }

    /// Leaves `count` items from `first` on, where nobody else holds the list and most of it stays: then nothing but the
    /// gap closes.
    /// - Returns: whether it was done.
    mutating func cut(to first: Int, count: Int) -> Bool {
        guard storage.progression == nil, 2 * count >= storage.items.count, isKnownUniquelyReferenced(&storage) else {
            return false
        }
        storage.items.removeSubrange((first + count)...)
        storage.items.removeSubrange(..<first)
        return true
    }

    /// The numbers of a list of numbers, or nil when some item is no number.
    /// - Throws: ``LanguageError`` for a range that is too long to write out.
    public var numbers: [Double]? { get throws { try writtenNumbers() } }

    private func writtenNumbers() throws -> [Double]? {
        if count > List.most { throw List.tooLong(count) }
        if let progression = storage.progression { return (0..<progression.count).map(progression.at) }
        var result: [Double] = []
        result.reserveCapacity(storage.items.count)
        for item in storage.items {
            guard case .number(let x) = item else { return nil }
            result.append(x)
        }
        return result
    }

    /// The strings of a list of strings, or nil when some item is no string.
    public var strings: [String]? {
        var result: [String] = []
        for item in self {
            guard case .string(let text) = item else { return nil }
            result.append(text.string)
        }
        return result
    }
}
