// Records: named fields in order, copied on write.

/// Named fields in order, such as `(mom=0, hess=0)`.
public struct Record: ExpressibleByDictionaryLiteral {
    /// The names of a record's fields; records made at one place in a program share them. Whoever holds them alone may
    /// add one.
    final class Keys {
        @exclusivity(unchecked) private(set) var names: [String]
        /// A short record is searched through; hashing pays only for long ones.
        private var positions = HashIndex()
        static let mostSearched = 8

        init(_ names: [String]) {
            self.names = names
            if names.count > Self.mostSearched { fillPositions() }
        }

        private func fillPositions() {
            positions.reserve(names.count)
            for (index, name) in names.enumerated() { positions.insert(index, hash: QuickHash.hash(name)) }
        }

        func position(of name: String) -> Int? {
            if names.count <= Self.mostSearched { return names.firstIndex { $0.hasSameScalars(as: name) } }
            return positions.position(ofHash: QuickHash.hash(name)) { names[$0].hasSameScalars(as: name) }
        }

        /// Bytes that so many further names may ask for at once; 0 where there is room for them.
        func growth(adding more: Int) -> Int {
            let count = names.count + more
            let list = count > names.capacity ? 2 * count * MemoryLayout<String>.stride : 0
            // A table doubles when it is half full.
            return list + (count > positions.capacity ? 6 * count * MemoryLayout<UInt64>.stride : 0)
        }

        /// Adds a name that is not there yet.
        func append(_ name: String) {
            names.append(name)
            if names.count == Self.mostSearched + 1 {
                fillPositions()
            } else if names.count > Self.mostSearched {
                positions.insert(names.count - 1, hash: QuickHash.hash(name))
            }
        }
    }

    final class Storage {
        // As in ``Text``: what is changed here is changed through the only reference to it.
        @exclusivity(unchecked) var keys: Keys
        @exclusivity(unchecked) var values: [Value]
        /// See ``Value/depth``; it never falls.
        @exclusivity(unchecked) var depth: UInt32
        init(_ keys: Keys, _ values: [Value]) {
            self.keys = keys
            self.values = values
            depth = Value.depth(holding: values)
        }
        init(copying other: Storage) {
            keys = other.keys
            values = other.values
            depth = other.depth
        }
    }

    var storage: Storage

    init(keys: Keys, values: [Value]) { storage = Storage(keys, values) }

    /// A record of these fields in this order; a name that comes twice keeps its last value.
    public init(_ fields: [(String, Value)]) {
        let keys = Keys([])
        var values: [Value] = []
        values.reserveCapacity(fields.count)
        for (name, value) in fields {
            if let position = keys.position(of: name) {
                values[position] = value
            } else {
                keys.append(name)
                values.append(value)
            }
        }
        storage = Storage(keys, values)
    }

    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }

    /// The names of the fields in order.
    public var keys: [String] { storage.keys.names }
    /// The values of the fields in order.
    public var values: [Value] { storage.values }
    public var count: Int { storage.values.count }
    public var isEmpty: Bool { storage.values.isEmpty }
    /// Names and values in order.
    public var fields: [(name: String, value: Value)] { zip(keys, values).map { (name: $0, value: $1) } }

    /// The field of that name; setting it changes or adds the field, and no other holder of the record sees it.
    public subscript(name: String) -> Value? {
        get { storage.keys.position(of: name).map { storage.values[$0] } }
        set { if let newValue { set(name, to: newValue) } }
    }

    /// Bytes that adding so many fields may ask for at once, where the record is long; 0 where there is room for them.
    mutating func growth(adding more: Int = 1) -> Int {
        guard count + more >= 1 << 16 else { return 0 }
        let isOwn = isKnownUniquelyReferenced(&storage)
        // Names that others hold are copied, and their table made anew.
        let keys = isOwn && isKnownUniquelyReferenced(&storage.keys) ? storage.keys.growth(adding: more) : 128 * count
        let isFull = count + more > storage.values.capacity
        return keys + (isFull || !isOwn ? 2 * (count + more) * MemoryLayout<Value>.stride : 0)
    }

    /// Changes or adds a field. `guess` is where it stood in a record like this one, and becomes where it stands.
    mutating func set(_ name: String, to value: Value, guess: inout Int) {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        storage.depth = max(storage.depth, value.depth + 1)
        if let position = position(of: name, guess: &guess) {
            storage.values[position] = value
            return
        }
        if !isKnownUniquelyReferenced(&storage.keys) { storage.keys = Keys(storage.keys.names) }
        storage.keys.append(name)
        storage.values.append(value)
    }

    /// Sets a field to a number where it stood in a record like this one; false where another stands there, or others
    /// hold the record.
    @inline(__always)
    mutating func set(_ name: String, at guess: Int, to x: Double) -> Bool {
        guard isKnownUniquelyReferenced(&storage), guess < storage.values.count,
            storage.keys.names[guess].isSameObject(as: name)
        else { return false }
        storage.values[guess] = .number(x)
        return true
    }

    /// Sets a field to a number where one of this name stands among the first, and nobody else holds the record; false
    /// elsewhere.
    @inline(__always)
    mutating func replace(_ name: String, by x: Double) -> Bool {
        guard isKnownUniquelyReferenced(&storage) else { return false }
        return Unmanaged.passUnretained(storage.keys)._withUnsafeGuaranteedRef { keys in
            for position in 0..<min(keys.names.count, Keys.mostSearched)
            where keys.names[position].isSameObject(as: name) {
                storage.values[position] = .number(x)
                return true
            }
            return false
        }
    }

    mutating func set(_ name: String, to value: Value) {
        var guess = Int.max
        set(name, to: value, guess: &guess)
    }

    /// Adds another record's fields; where both have one, the other's wins.
    public mutating func add(_ other: Record) {
        for (index, name) in other.storage.keys.names.enumerated() { set(name, to: other.storage.values[index]) }
    }

    /// Where a field stands. `guess` is where it stood in a record like this one, which is tried first.
    @inline(__always)
    func position(of name: String, guess: inout Int) -> Int? {
        let names = storage.keys.names
        if guess < names.count, names[guess].hasSameScalars(as: name) { return guess }
        guard let position = storage.keys.position(of: name) else { return nil }
        guess = position
        return position
    }

    /// The field where it stood in a record like this one; nil where another stands there.
    @inline(__always)
    func value(named name: String, at guess: Int) -> Value? {
        let names = storage.keys.names
        guard guess < names.count, names[guess].isSameObject(as: name) else { return nil }
        return storage.values[guess]
    }

    /// Replaces a number by another where it stands; false where the field is no number.
    @inline(__always)
    mutating func replaceNumber(at position: Int, by next: (Double) throws -> Value) rethrows -> Bool {
        guard case .number(let x) = storage.values[position] else { return false }
        let value = try next(x)
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        storage.values[position] = value
        return true
    }

    /// Makes the storage this record's own and lends one field's place, for a change.
    mutating func withField<R>(at position: Int, _ body: (inout Value) throws -> R) rethrows -> R {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
        defer { storage.depth = max(storage.depth, storage.values[position].depth + 1) }
        return try body(&storage.values[position])
    }
}
