// Parts of pictures as workspaces keep them, and how they are read again.
import Language

/// A record of a workspace, of which nothing is believed.
package struct StoredParts {
    private let record: Record
    /// What is said where parts are missing, of another kind or do not fit each other.
    let damage: LanguageError

    /// - Parameter what: what is made of it, such as "frontier".
    init(_ record: Record, of what: String) {
        self.record = record
        damage = LanguageError("the \(what) in the workspace is damaged: its parts do not fit each other")
    }

    private init(_ record: Record, _ damage: LanguageError) { (self.record, self.damage) = (record, damage) }

    // MARK: Writing

    static func value(_ range: ClosedRange<Double>?) -> Value {
        range.map { .list([$0.lowerBound, $0.upperBound]) } ?? .nothing
    }

    static func value(_ points: [Curve.Point]) -> Value {
        .record([("x", .list(points.map(\.x))), ("y", .list(points.map(\.y)))])
    }

    // MARK: Reading

    subscript(name: String) -> Value? { record[name] }

    func require(_ condition: Bool) throws {
        guard condition else { throw damage }
    }

    func list(_ name: String) throws -> [Value] {
        guard let list = record[name]?.list else { throw damage }
        return try list.written()
    }

    func numbers(_ name: String) throws -> [Double] { try numbers(record[name]) }
    func numbers(_ value: Value?) throws -> [Double] {
        guard let list = value?.list else { throw damage }
        return try list.written().map { value in
            guard let number = value.number else { throw damage }
            return number
        }
    }

    func text(_ name: String) throws -> String { try text(record[name]) }
    func text(_ value: Value?) throws -> String {
        guard let text = value?.string else { throw damage }
        return text
    }
    func texts(_ name: String) throws -> [String] { try list(name).map { try text($0) } }

    func flag(_ name: String) throws -> Bool { try flag(record[name]) }
    func flag(_ value: Value?) throws -> Bool {
        guard case .bool(let flag)? = value else { throw damage }
        return flag
    }

    func number(_ name: String) throws -> Double {
        guard let number = record[name]?.number else { throw damage }
        return number
    }

    func whole(_ number: Double, in range: ClosedRange<Int>) throws -> Int {
        guard let whole = Int(exactly: number), range.contains(whole) else { throw damage }
        return whole
    }
    func whole(_ name: String, in range: ClosedRange<Int>) throws -> Int { try whole(number(name), in: range) }

    /// From a lower to a higher number, or to the same.
    func range(_ value: Value?) throws -> ClosedRange<Double>? {
        guard let value else { throw damage }
        if value.isNothing { return nil }
        let ends = try numbers(value)
        guard ends.count == 2, ends.allSatisfy(\.isFinite), ends[0] <= ends[1] else { throw damage }
        return ends[0]...ends[1]
    }
    func range(_ name: String) throws -> ClosedRange<Double>? { try range(record[name]) }

    func points(_ name: String) throws -> [Curve.Point] { try points(record[name]) }
    func points(_ value: Value?) throws -> [Curve.Point] {
        let parts = try parts(value), (x, y) = (try parts.numbers("x"), try parts.numbers("y"))
        try require(x.count == y.count)
        return zip(x, y).map { Curve.Point(x: $0, y: $1) }
    }

    func parts(_ value: Value?) throws -> StoredParts {
        guard let record = value?.record else { throw damage }
        return StoredParts(record, damage)
    }

    func pair<T>(_ name: String, _ read: (Value) throws -> T) throws -> (T, T) {
        let items = try list(name)
        guard items.count == 2 else { throw damage }
        return (try read(items[0]), try read(items[1]))
    }
}
