// Top-level names: each has a slot that compiled code addresses by number.

/// The table of top-level names. Slots are made when code that mentions a name is compiled; until the name is bound its
/// slot holds the unset mark.
final class Globals {
    /// What an unset slot or register holds; it never leaves the machine.
    final class Unset: Foreign {}

    struct Definition {
        var source: Source
        var span: Span
    }

    let unset = Unset()
    /// Built-ins whose names a program may take: what their slots hold until it does.
    private let defaults: [String: Function]
    private(set) var names: [String] = []
    /// For each slot the file it belongs to, see ``Source/scope``; 0 for the session's own names.
    private(set) var scopes: [Int] = []
    private var scopeCount = 0
    private(set) var slots: UnsafeMutablePointer<Value>
    private var slotOfName: [String: Int] = [:]
    private var capacity = 256
    /// Where each slot got its value.
    var definitions: [Definition?] = []
    /// Called when the table has moved.
    var onMove: ((UnsafeMutablePointer<Value>) -> Void)?

    init(defaults: [String: Function] = [:]) {
        self.defaults = defaults
        slots = .allocate(capacity: capacity)
    }

    deinit {
        slots.deinitialize(count: names.count)
        slots.deallocate()
    }

    /// A scope for the names of a file that is taken in with `use`.
    func newScope() -> Int {
        scopeCount += 1
        return scopeCount
    }

    /// Scopes that hold the names of a session at another time; see ``Interpreter/newWorkspace()``.
    private var workspaces: Set<Int> = []

    func isWorkspace(_ scope: Int) -> Bool { workspaces.contains(scope) }

    func makeWorkspace(_ scope: Int) { workspaces.insert(scope) }

    private func key(_ name: String, _ scope: Int) -> String { scope == 0 ? name : "\(scope)\0\(name)" }

    /// The slot of a name, made when there is none.
    func slot(_ name: String, in scope: Int = 0) -> Int {
        let key = key(name, scope)
        if let slot = slotOfName[key] { return slot }
        if names.count == capacity {
            let larger = UnsafeMutablePointer<Value>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: slots, count: names.count)
            slots.deallocate()
            slots = larger
            capacity *= 2
            onMove?(larger)
        }
        let slot = names.count
        (slots + slot).initialize(to: initialValue(of: name))
        names.append(name)
        scopes.append(scope)
        definitions.append(nil)
        slotOfName[key] = slot
        return slot
    }

    /// The built-in whose name a program may take.
    func builtin(_ name: String) -> Function? { defaults[name] }

    func existingSlot(_ name: String, in scope: Int = 0) -> Int? { slotOfName[key(name, scope)] }

    /// The slots of a scope's names that have values.
    func setSlots(in scope: Int = 0) -> [Int] { names.indices.filter { scopes[$0] == scope && isSet($0) } }

    func isUnset(_ value: Value) -> Bool {
        if case .foreign(let foreign) = value { return foreign === unset }
        return false
    }

    /// Whether a program has given the name a value.
    func isSet(_ slot: Int) -> Bool {
        if case .function(let function) = slots[slot] { return defaults[names[slot]] !== function }
        return !isUnset(slots[slot])
    }

    /// The value of a name, built-ins that a program may replace included; nil when it has none.
    func value(_ name: String, in scope: Int = 0) -> Value? {
        let value = slots[slot(name, in: scope)]
        if isUnset(value) { return nil }
        return value
    }

    /// What a name means before a program gives it a value.
    func initialValue(of name: String) -> Value { defaults[name].map { .function($0) } ?? .foreign(unset) }

    func clear(_ slot: Int) {
        slots[slot] = initialValue(of: names[slot])
        definitions[slot] = nil
    }
}
