// What functions read of the top level: kept with those that are called later, so that they go on meaning the same.

/// Top-level names and their values at one moment.
///
/// A function reads top-level names when it runs. A run that is to be repeated step by step keeps the values that its
/// functions read when it began; ``Interpreter/with(_:_:)`` puts them in place while such a function runs.
public final class Environment {
    /// In alphabetical order; nil where the name had no value.
    public let bindings: [(name: String, value: Value?)]
    /// The workspace that each of them is a name of; nil for the session's.
    public let workspaces: [Source.UsedFileNumber?]
    /// The same of names in files that were taken in with `use`. Nothing changes them afterwards, but a stored session
    /// gives them their values only when it has been read: they are looked up when they are first asked for.
    public private(set) lazy var fileBindings: [(name: String, value: Value?)] = {
        defer { findFileBindings = { [] } }
        return findFileBindings()
    }()
    private var findFileBindings: () -> [(name: String, value: Value?)]

    public init(
        _ bindings: [(name: String, value: Value?, workspace: Source.UsedFileNumber?)],
        ofFiles fileBindings: @escaping () -> [(name: String, value: Value?)] = { [] }
    ) {
        findFileBindings = fileBindings
        let sorted = bindings.sorted {
            $0.name == $1.name
                ? $0.workspace?.scope ?? 0 < $1.workspace?.scope ?? 0
                : $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars)
        }
        self.bindings = sorted.map { ($0.name, $0.value) }
        workspaces = sorted.map(\.workspace)
    }

    /// Reads nothing.
    public static var empty: Environment { Environment([]) }
}

extension Interpreter {
    /// The top-level names that functions among these values read, themselves or through the functions that they call
    /// or hold, with the values that the names have now. A file that one of them takes in counts as such a name, with
    /// what the file defines now as its value; it is nil where the file cannot be taken in. Names of a workspace that
    /// was taken in beside the session are the session's at another time, and count as the session's do.
    public func environment(of values: [Value]) -> Environment {
        var walk = ReferenceWalk()
        values.forEach { walk.visit($0) }
        var bindings: [(name: String, value: Value?, workspace: Source.UsedFileNumber?)] = []
        var namesOfFiles: [(name: String, scope: Int)] = []
        while true {
            if let (path, source) = walk.uses.popLast() {
                let name = Self.nameOfUse(Self.path(path, from: source))
                guard !bindings.contains(where: { $0.name == name }) else { continue }
                let value = usedValue(name) ?? (try? use(path, from: source))
                bindings.append((name, value, nil))
                if let value { walk.visit(value) }
            } else if let (name, scope) = walk.names.popLast() {
                if scope != 0, !table.isWorkspace(scope) {
                    namesOfFiles.append((name, scope))
                    continue
                }
                let value = table.value(name, in: scope)
                bindings.append((name, value, scope == 0 ? nil : Source.UsedFileNumber(scope: scope)))
                if let value { walk.visit(value) }
            } else {
                break
            }
        }
        // Functions of files read no names of the session.
        let table = table, kept = (values, bindings)
        return Environment(bindings) {
            var walk = walk, found: [(name: String, value: Value?)] = []
            walk.names = namesOfFiles
            withExtendedLifetime(kept) {
                while let (name, scope) = walk.names.popLast() {
                    let value = table.value(name, in: scope)
                    found.append((name, value))
                    if let value { walk.visit(value) }
                }
            }
            return found
        }
    }

    /// Runs something while top-level names have the values of an environment; afterwards they have their own again.
    public func with<R>(_ environment: Environment, _ body: () throws -> R) rethrows -> R {
        if environment.bindings.isEmpty { return try body() }
        // What is replaced stays alive here: it may be a function that is running.
        let own = zip(environment.bindings, environment.workspaces).map { binding, workspace in
            let slot = table.slot(binding.name, in: workspace?.scope ?? 0)
            let value = table.slots[slot]
            table.slots[slot] = binding.value ?? table.initialValue(of: binding.name)
            return (slot: slot, value: value)
        }
        defer { for (slot, value) in own { table.slots[slot] = value } }
        return try withExtendedLifetime(environment, body)
    }
}

/// Goes through values for functions and the names these read. What several values share is seen once.
private struct ReferenceWalk {
    private struct Name: Hashable {
        let name: String
        let scope: Int
    }

    /// Names found and not yet looked up.
    var names: [(name: String, scope: Int)] = []
    /// Paths after `use`, with the text that they stand in.
    var uses: [(path: String, source: Source)] = []
    private var found: Set<Name> = []
    /// Objects seen; each is kept alive, by the walked values or in `held`, so that no other gets its identity.
    private var seen: Set<ObjectIdentifier> = []
    private var held: [[Value]] = []

    mutating func visit(_ value: Value) {
        switch value {
        case .number, .bool, .string, .nothing: break
        case .list(let list):
            guard list.storage.progression == nil, seen.insert(ObjectIdentifier(list.storage)).inserted else { return }
            for item in list.storage.items { visit(item) }
        case .record(let record):
            guard seen.insert(ObjectIdentifier(record.storage)).inserted else { return }
            for value in record.values { visit(value) }
        case .function(let function):
            guard seen.insert(ObjectIdentifier(function)).inserted else { return }
            for value in function.options { visit(value.value) }
            for value in function.defaultValues { visit(value) }
            guard let parts = function.prototypeAndCaptures else { return }
            visit(parts.prototype)
            for value in parts.captures { visit(value) }
        case .foreign(let foreign):
            guard seen.insert(ObjectIdentifier(foreign)).inserted else { return }
            let inner = foreign.innerValues
            if inner.isEmpty { return }
            held.append(inner)
            for value in inner { visit(value) }
        }
    }

    private mutating func visit(_ prototype: Prototype) {
        guard seen.insert(ObjectIdentifier(prototype)).inserted else { return }
        let scope = prototype.source.scope
        for name in prototype.globalNames where found.insert(Name(name: name, scope: scope)).inserted {
            names.append((name, scope))
        }
        for path in prototype.usedPaths { uses.append((path, prototype.source)) }
        for function in prototype.inner { visit(function.prototype) }
    }
}

extension Function {
    /// Code and captured values of a user function.
    fileprivate var prototypeAndCaptures: (prototype: Prototype, captures: UnsafeBufferPointer<Value>)? {
        guard case .user(let prototype, let captures) = body else { return nil }
        return (prototype, UnsafeBufferPointer(start: captures, count: prototype.captureCount))
    }

    /// Values of the parameters' defaults, those of a built-in left aside.
    fileprivate var defaultValues: [Value] { defaults.compactMap(\.self) }
}
