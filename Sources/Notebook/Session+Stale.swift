// Which cells are out of date: those that used a name which a later cell gave another value.
//
// Values never change, so the names a cell reads and binds say all there is to say about it.
import Language

extension Session {
    /// Notes the names that a statement used and bound.
    func note(_ statement: Program.Statement, in record: inout CellRecord) {
        // A function looks its names up when it runs.
        if statement.command == nil, !statement.definesFunction {
            for name in statement.reads where !record.binds.contains(name) && !Self.ownNames.contains(name) {
                guard let value = interpreter[name] else { continue }
                record.reads.insert(name)
                var seen: Set<String> = [name]
                var visited: Set<ObjectIdentifier> = []
                namesUsed(by: value, depth: 0, &seen, &visited)
                record.reads.formUnion(seen.subtracting(record.binds))
            }
        }
        record.binds.formUnion(statement.binds)
        if let command = statement.command { record.binds.formUnion(SessionCommands.names(boundBy: command)) }
    }

    /// The session's names that functions in a value use when they run.
    private func namesUsed(
        by value: Value, depth: Int, _ names: inout Set<String>, _ visited: inout Set<ObjectIdentifier>
    ) {
        guard depth < 6 else { return }
        if let identity = value.identity, !visited.insert(identity).inserted { return }
        switch value {
        case .function(let function):
            for (_, option) in function.options { namesUsed(by: option, depth: depth + 1, &names, &visited) }
            guard let text = function.sourceText, function.origin?.source.usedFile == nil else { return }
            for name in freeNames(of: text) where !names.contains(name) && !Self.ownNames.contains(name) {
                guard let value = interpreter[name] else { continue }
                names.insert(name)
                namesUsed(by: value, depth: depth + 1, &names, &visited)
            }
        case .list(let list) where list.count <= 64:
            for item in list { namesUsed(by: item, depth: depth + 1, &names, &visited) }
        case .record(let record): for item in record.values { namesUsed(by: item, depth: depth + 1, &names, &visited) }
        default: break
        }
    }

    private func freeNames(of function: String) -> Set<String> {
        if let known = namesInFunctions[function] { return known }
        let program = try? Program(parsing: Source(function, origin: .cell(0)))
        let names = program?.statements.first?.reads ?? []
        if namesInFunctions.count > 1000 { namesInFunctions = [:] }
        namesInFunctions[function] = names
        return names
    }

    /// A cell that is out of date, and why.
    package struct Stale {
        package let index: Int
        /// A name it read that has another value now.
        package let name: String
        /// The record that gave it the value; nil where the name's own cell is out of date.
        package let rebound: Int?
    }

    /// The cells out of date, in order.
    ///
    /// A cell whose names have all been bound again since is past; so is one whose text was run again later.
    package func staleCells() -> [Stale] {
        var result: [Stale] = []
        var staleNames: Set<String> = []
        // The last record that binds each name, and the last with each text.
        var lastBinding: [String: Int] = [:], lastOfText: [String: Int] = [:]
        for (index, record) in records.enumerated() {
            for name in record.binds { lastBinding[name] = index }
            if record.ending == .finished { lastOfText[record.source] = index }
        }
        for (index, record) in records.enumerated() where !record.reads.isEmpty && record.ending == .finished {
            guard lastOfText[record.source] == index else { continue }
            let isPast = !record.binds.isEmpty && record.binds.allSatisfy { lastBinding[$0] ?? index > index }
            if isPast { continue }
            let names = record.reads.sorted()
            if let name = names.first(where: { lastBinding[$0] ?? -1 > index }) {
                result.append(Stale(index: index, name: name, rebound: lastBinding[name]))
            } else if let name = names.first(where: { staleNames.contains($0) }) {
                result.append(Stale(index: index, name: name, rebound: nil))
            } else {
                continue
            }
            for name in record.binds where lastBinding[name] == index { staleNames.insert(name) }
        }
        return result
    }
}
