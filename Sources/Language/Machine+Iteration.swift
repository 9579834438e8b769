// Taking values apart, and going through them in loops.

extension Machine {
    func unpack(_ i: Instruction) throws {
        let value = take(i.b)
        let wanted = Int(i.n)
        if case .list(let list) = value, list.count != wanted { throw miscounted(list.count, wanted, value) }
        let items = try items(
            of: value,
            orElse: { LanguageError("\($0) cannot be taken apart into \(wanted) name\(wanted == 1 ? "" : "s")") })
        guard items.count == wanted else { throw miscounted(items.count, wanted, value) }
        let first = place(i.a)
        for (offset, item) in items.enumerated() { first[offset] = item }
    }

    private func miscounted(_ count: Int, _ wanted: Int, _ value: Value) -> LanguageError {
        LanguageError(
            "\(count) \(count == 1 ? "value" : "values") for \(wanted) \(wanted == 1 ? "name" : "names")",
            note: "the right side is \(value.phrase)")
    }

    /// The items of a list, or of a foreign value that has some.
    func items(of value: Value, orElse error: (String) -> LanguageError) throws -> [Value] {
        switch value {
        case .list(let list):
            return list.storage.progression == nil
                ? list.storage.items : try interpreter.written(list.count) { list[$0] }
        case .foreign(let foreign):
            guard let count = foreign.count else { break }
            return try interpreter.written(count) { try foreign.index([.position(.number($0))]) ?? .nothing }
        default: break
        }
        throw error(value.phrase)
    }

    /// Sets up a loop's four registers: for ranges (count, turn, start, step), else (items, turn, count, –). A record
    /// gives its names, to a loop with two names also the values.
    func forPrepare(
        _ state: UnsafeMutablePointer<Value>, _ sequence: Value, names: UInt16,
        dropping source: UnsafeMutablePointer<Value>?
    ) throws {
        if let source { Self.drop(source) }
        var items = sequence
        var count = 0
        switch sequence {
        case .list(let list):
            if let progression = list.storage.progression {
                state[0] = .number(progression.count)
                state[1] = .number(0)
                state[2] = .number(progression.start)
                state[3] = .number(progression.step)
                return
            }
            count = list.count
        case .record(let record):
            items =
                names == 2
                ? .list(record.fields.map { .list([.string($0.name), $0.value]) })
                : .list(record.keys.map { .string($0) })
            count = record.count
        case .string(let text):
            try interpreter.checkMeasuring(text)
            count = text.count
        case .foreign(let foreign):
            guard let length = foreign.count else {
                throw LanguageError("\(foreign.phrase) has no items to go through")
            }
            count = length
        case .number(let x):
            throw LanguageError(
                "a number has no items to go through", note: "write range(\(formatNumber(x, digits: 6)))")
        default: throw LanguageError("\(sequence.phrase) has no items to go through")
        }
        state[0] = items
        state[1] = .number(0)
        state[2] = .number(count)
        state[3] = .nothing
    }

    /// The next item of a loop over anything but a range.
    func nextItem(_ state: UnsafeMutablePointer<Value>) throws -> Value? {
        guard case .number(let turn) = state[1], case .number(let count) = state[2], turn < count else { return nil }
        state[1] = .number(turn + 1)
        // The list and the string stay where they stand.
        switch state[0] {
        case .list:
            if let list = payload(of: state, as: List.self) { return list.pointee.storage.items[Int(turn)] }
        case .string:
            if let text = payload(of: state, as: Text.self) {
                return .string(Text.Borrowed(text).asciiScalar(at: Int(turn)) ?? text.pointee[Int(turn)])
            }
        default: break
        }
        switch state[0] {
        case .list(let list): return list.storage.items[Int(turn)]
        case .string(let text): return .string(text[Int(turn)])
        case .foreign(let foreign): return try foreign.index([.position(.number(turn))])
        default: return nil
        }
    }
}
