// Records: named fields in order, copied on write.

/// Named fields in order, such as `(mom=0, hess=0)`.
public struct Record: ExpressibleByDictionaryLiteral {
    /// The names of a record's fields; records made at one place in a program share them.
    final class Keys {
        let names: [String]
        private let positions: [Text: Int]

        init(_ names: [String]) {
            self.names = names
            // A short record is searched through; hashing pays only for long ones.
            positions =
                names.count <= 8 ? [:] : Dictionary(uniqueKeysWithValues: zip(names.map { Text($0) }, names.indices))
        }

        func position(of name: String) -> Int? {
            names.count <= 8 ? names.firstIndex { $0.hasSameScalars(as: name) } : positions[Text(name)]
        }
    }

    final class Storage {
        var keys: Keys
        var values: [Value]
        /// See ``Value/depth``; it never falls.
        var depth: UInt32
        init(_ keys: Keys, _ values: [Value]) {
            self.keys = keys
            self.values = values
            depth = Value.depth(holding: values)
        }
    }

    var storage: Storage

    init(keys: Keys, values: [Value]) { storage = Storage(keys, values) }

    /// A record of these fields in this order; a name that comes twice keeps its last value.
    public init(_ fields: [(String, Value)]) {
        var names: [String] = []
        var values: [Value] = []
        var seen: [Text: Int] = [:]
        for (name, value) in fields {
            let key = Text(name)
            if let position = seen[key] {
                values[position] = value
            } else {
                seen[key] = names.count
                names.append(name)
                values.append(value)
            }
        }
        storage = Storage(Keys(names), values)
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
        set {
            guard let newValue else { return }
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.keys, storage.values) }
            storage.depth = max(storage.depth, newValue.depth + 1)
            if let position = storage.keys.position(of: name) {
                storage.values[position] = newValue
            } else {
                storage.keys = Keys(storage.keys.names + [name])
                storage.values.append(newValue)
            }
        }
    }
}
