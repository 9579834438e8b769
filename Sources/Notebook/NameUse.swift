// Which names of the session a statement used, also through functions, and which it bound.
import Language

/// Notes the use of names in records. Remembers what the texts of functions read, which is looked at often.
struct NameUse {
    private var namesInFunctions: [String: Set<String>] = [:]

    /// Notes the names that a statement used and bound, right after it ran.
    mutating func note(_ statement: Program.Statement, in record: inout CellRecord, _ interpreter: Interpreter) {
        // A function looks its names up when it runs.
        if statement.command == nil, !statement.definesFunction {
            for name in statement.reads where !record.binds.contains(name) && !Session.ownNames.contains(name) {
                guard let value = interpreter[name] else { continue }
                record.reads.insert(name)
                var seen: Set<String> = [name]
                var visited: Set<ObjectIdentifier> = []
                addNames(usedBy: value, depth: 0, to: &seen, &visited, interpreter)
                record.reads.formUnion(seen.subtracting(record.binds))
            }
        }
        record.binds.formUnion(statement.binds)
        if let command = statement.command { record.binds.formUnion(SessionCommands.names(boundBy: command)) }
    }

    /// The session's names that functions in a value use when they run.
    private mutating func addNames(
        usedBy value: Value, depth: Int, to names: inout Set<String>, _ visited: inout Set<ObjectIdentifier>,
        _ interpreter: Interpreter
    ) {
        guard depth < 6 else { return }
        if let identity = value.identity, !visited.insert(identity).inserted { return }
        switch value {
        case .function(let function):
            for (_, option) in function.options {
                addNames(usedBy: option, depth: depth + 1, to: &names, &visited, interpreter)
            }
            guard let text = function.sourceText, function.origin?.source.usedFile == nil else { return }
            for name in freeNames(of: text) where !names.contains(name) && !Session.ownNames.contains(name) {
                guard let value = interpreter[name] else { continue }
                names.insert(name)
                addNames(usedBy: value, depth: depth + 1, to: &names, &visited, interpreter)
            }
        case .list(let list) where list.count <= 64:
            for item in list { addNames(usedBy: item, depth: depth + 1, to: &names, &visited, interpreter) }
        case .record(let record):
            for item in record.values { addNames(usedBy: item, depth: depth + 1, to: &names, &visited, interpreter) }
        default: break
        }
    }

    private mutating func freeNames(of function: String) -> Set<String> {
        if let known = namesInFunctions[function] { return known }
        let program = try? Program(parsing: Source(function, origin: .cell(0)))
        let names = program?.statements.first?.reads ?? []
        if namesInFunctions.count > 1000 { namesInFunctions = [:] }
        namesInFunctions[function] = names
        return names
    }
}
