// Making lists, records, strings and functions, and reaching their parts.

extension Machine {
    // MARK: Making

    /// Moves values out of neighbouring temporaries.
    func takeRun(_ first: UnsafeMutablePointer<Value>, _ count: Int) -> [Value] {
        [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            for offset in 0..<count {
                buffer.initializeElement(at: offset, to: first[offset])
                Self.drop(first + offset)
            }
            initialized = count
        }
    }

    func makeList(_ i: Instruction) throws {
        place(i.a).pointee = try Value.list(List(takeRun(place(i.b), Int(i.c)))).checkedDepth()
    }

    func makeRecord(_ i: Instruction) throws {
        let values = takeRun(place(i.b), Int(i.n))
        guard let keys = currentSite(i.c).keys else { return }
        place(i.a).pointee = try Value.record(Record(keys: keys, values: values)).checkedDepth()
    }

    func makeText(_ i: Instruction) throws {
        var text = ""
        var next = place(i.b)
        let digits = interpreter.host.digits
        for piece in currentSite(i.c).pieces {
            switch piece {
            case .text(let literal): text += literal
            case .value(_, let spec):
                if let spec {
                    text += try spec.format(next.pointee, digits: digits)
                } else {
                    text += next.pointee.plain(width: 100_000, digits: digits)
                }
                Self.drop(next)
                next += 1
            }
        }
        place(i.a).pointee = .string(text)
    }

    func makeFunction(_ i: Instruction) throws {
        let inner = prototype.inner[Int(i.c)]
        var defaults: [Value?] = []
        if inner.hasDefault.contains(true) {
            var next = place(i.b)
            for hasDefault in inner.hasDefault {
                if hasDefault {
                    defaults.append(next.pointee)
                    Self.drop(next)
                    next += 1
                } else {
                    defaults.append(nil)
                }
            }
        }
        let captures: UnsafeMutablePointer<Value>
        if inner.captures.isEmpty {
            captures = stack
        } else {
            captures = .allocate(capacity: inner.captures.count)
            for (index, operand) in inner.captures.enumerated() {
                // A local function finds itself in the register before its first.
                (captures + index).initialize(to: operand == Compiler.itself ? bases[0][-1] : place(operand).pointee)
            }
        }
        place(i.a).pointee = try Value.function(
            Function(body: .user(inner.prototype, captures: captures), defaults: defaults)).checkedDepth()
    }

    // MARK: Fields

    func field(_ i: Instruction) throws {
        let name = prototype.names[Int(i.c)]
        let container = place(i.b)
        let value: Value
        switch container.pointee {
        case .record(let record):
            guard let field = record[name] else { throw noField(name, of: container.pointee, among: record.keys) }
            value = field
        case .foreign(let foreign):
            if foreign === unset { throw undefined(i.b, .left) }
            guard let field = try foreign.field(name) else {
                throw noField(name, of: container.pointee, among: foreign.fieldNames)
            }
            value = field
        default: throw noField(name, of: container.pointee, among: [])
        }
        if Operand.isTemporary(i.b) { Self.drop(container) }
        place(i.a).pointee = value
    }

    private func noField(
        _ name: String, of value: Value, among names: [String], at culprit: Complaint.Culprit = .field
    ) -> Complaint {
        let near = suggestion(for: name, among: names)
        if names.isEmpty {
            var note: String?
            if name == "append" || name == "push" { note = "write xs = xs + [x]" }
            if interpreter.registry[name] != nil { note = "write \(name)(…)" }
            return Complaint("\(withArticle(value.kind)) has no fields", note: note, at: culprit)
        }
        let article = value.kind == "record" ? "the record" : "a \(value.kind)"
        return Complaint(
            "\(article) has no field `\(name)`", note: near.map { "did you mean `\($0)`?" },
            advice: ["fields: " + clipped(names.joined(separator: ", "), to: 100)], at: culprit)
    }

    func setField(_ i: Instruction) throws {
        let name = prototype.names[Int(i.c)]
        let container = place(i.a)
        let value = try held(take(i.b))
        switch container.pointee {
        case .record: changeRecord(container) { $0[name] = value }
        case .foreign(let foreign):
            guard let changed = try foreign.settingField(name, to: value) else {
                throw Complaint("the field `\(name)` of \(foreign.phrase) cannot be set", at: .field)
            }
            container.pointee = .foreign(changed)
        default:
            throw Complaint(
                "\(withArticle(container.pointee.kind)) has no fields",
                note: "a record with one is written (\(name)=…)", at: .field)
        }
    }

    // MARK: Items

    func item(_ i: Instruction) throws {
        let container = place(i.b)
        if case .list(let list) = container.pointee, case .number(let x) = place(i.c).pointee {
            let value = list[try position(x, in: list.count, of: "list", axis: 0)]
            if Operand.isTemporary(i.b) { Self.drop(container) }
            place(i.a).pointee = value
            return
        }
        let index = take(i.c)
        let value = try item(container.pointee, .position(index), i.b, axis: 0)
        if Operand.isTemporary(i.b) { Self.drop(container) }
        place(i.a).pointee = value
    }

    private func item(_ container: Value, _ index: Index, _ operand: UInt32, axis: Int) throws -> Value {
        switch (container, index) {
        case (.list(let list), .position(let value)):
            return list[try position(value, in: list.count, of: "list", axis: axis)]
        case (.list(let list), .slice(let slice)):
            let (first, count) = slice.places(count: list.count)
            return .list(try interpreter.written(count) { list[first + $0 * slice.step] })
        case (.string(let text), .position(let value)):
            let characters = Array(text.string)
            return .string(String(characters[try position(value, in: characters.count, of: "string", axis: axis)]))
        case (.string(let text), .slice(let slice)):
            let characters = Array(text.string)
            return .string(String(slice.indices(count: characters.count).map { characters[$0] }))
        case (.record(let record), .position(.string(let name))):
            guard let value = record[name.string] else {
                throw noField(name.string, of: container, among: record.keys, at: .index(axis))
            }
            return value
        case (.record, _):
            throw Complaint("a record's fields have names", note: "write r.name or r[\"name\"]", at: .index(axis))
        case (.foreign(let foreign), _):
            if foreign === unset { throw undefined(operand, .left) }
            if let value = try foreign.index([index]) { return value }
            throw Complaint("\(foreign.phrase) has no items", at: .left)
        case (.function, _):
            throw Complaint("a function is called with ( )", note: "brackets reach items of a list", at: .left)
        default: throw Complaint("\(withArticle(container.kind)) has no items", at: .left)
        }
    }

    /// A number as a position among `count` items; negative ones count from the end.
    private func position(_ x: Double, in count: Int, of kind: String, axis: Int) throws -> Int {
        guard let index = Int(exactly: x) else {
            throw Complaint("an index is a whole number; this is \(formatNumber(x, digits: 6))", at: .index(axis))
        }
        let position = index < 0 ? index + count : index
        guard position >= 0, position < count else {
            throw Complaint(
                "the index \(index) lies outside \(withArticle(kind)) of \(count)",
                note: count == 0 ? "it is empty" : "the last one is \(count - 1)", at: .index(axis))
        }
        return position
    }

    private func position(_ value: Value, in count: Int, of kind: String, axis: Int) throws -> Int {
        guard let x = value.asNumber else {
            throw Complaint("an index is a whole number; this is \(value.phrase)", at: .index(axis))
        }
        return try position(x, in: count, of: kind, axis: axis)
    }

    func setItem(_ i: Instruction) throws {
        let container = place(i.a)
        let value = try held(take(i.c))
        if let count = listCount(container) {
            let position = try position(take(i.b), in: count, of: "list", axis: 0)
            try interpreter.requireRoom(forItems: count)
            changeList(container) { $0.replace(at: position, with: value) }
            return
        }
        switch container.pointee {
        case .record:
            guard case .string(let name) = take(i.b) else {
                throw Complaint("a record's fields have names", note: "write r.name = … or r[\"name\"] = …", at: .index(0))
            }
            changeRecord(container) { $0[name.string] = value }
        case .foreign(let foreign):
            guard let changed = try foreign.settingIndex([.position(take(i.b))], to: value) else {
                throw Complaint("items of \(foreign.phrase) cannot be set", at: .left)
            }
            container.pointee = .foreign(changed)
        case .string:
            throw Complaint("a string's characters cannot be set", note: "write replace(…) or a new string", at: .left)
        default: throw Complaint("\(withArticle(container.pointee.kind)) has no items", at: .left)
        }
    }

    /// Reads the indices of `x[1:3, :]` out of neighbouring temporaries.
    private func indices(_ site: Site, from first: UnsafeMutablePointer<Value>) throws -> [Index] {
        var values = takeRun(first, site.argumentCount)[...]
        func bound(_ axis: Int) throws -> Int {
            let value = values.removeFirst()
            guard let x = value.asNumber, let bound = Int(exactly: x) else {
                throw Complaint("a bound of a slice is a whole number; this is \(value.phrase)", at: .index(axis))
            }
            return bound
        }
        return try site.shapes.enumerated().map { axis, shape in
            switch shape {
            case .position: return .position(values.removeFirst())
            case .slice(let hasStart, let hasStop, let hasStep):
                let slice = Slice(
                    start: hasStart ? try bound(axis) : nil, stop: hasStop ? try bound(axis) : nil,
                    step: hasStep ? try bound(axis) : 1)
                if slice.step == 0 { throw Complaint("the step of a slice cannot be 0", at: .index(axis)) }
                return .slice(slice)
            }
        }
    }

    func items(_ i: Instruction) throws {
        let container = place(i.b)
        let indices = try indices(currentSite(i.c), from: bases[0] + Int(i.n))
        let value: Value
        if case .foreign(let foreign) = container.pointee, foreign !== unset {
            guard let result = try foreign.index(indices) else {
                throw Complaint("\(foreign.phrase) has no items", at: .left)
            }
            value = result
        } else {
            // A list of lists takes one index after the other.
            var inner = container.pointee
            if globals.isUnset(inner) { throw undefined(i.b, .left) }
            guard indices.count == 1 || inner.list != nil else {
                throw Complaint("\(withArticle(inner.kind)) has one axis; this index has \(indices.count)", at: .index(1))
            }
            for (axis, index) in indices.enumerated() {
                if axis > 0, inner.list == nil, inner.foreign == nil {
                    throw Complaint("an item of this list is \(inner.phrase), which has no items", at: .index(axis))
                }
                if axis > 0, case .slice = indices[axis - 1] {
                    throw Complaint("a list has one axis", note: "for several write tensor(…)", at: .index(axis))
                }
                inner = try item(inner, index, i.b, axis: axis)
            }
            value = inner
        }
        if Operand.isTemporary(i.b) { Self.drop(container) }
        place(i.a).pointee = value
    }

    func setItems(_ i: Instruction) throws {
        let container = place(i.a)
        let indices = try indices(currentSite(i.c), from: bases[0] + Int(i.n))
        let value = take(i.b)
        switch container.pointee {
        case .foreign(let foreign):
            guard let changed = try foreign.settingIndex(indices, to: value) else {
                throw Complaint("items of \(foreign.phrase) cannot be set", at: .left)
            }
            container.pointee = .foreign(changed)
        case .list(let list):
            guard indices.count == 1, case .slice(let slice) = indices[0] else {
                throw Complaint("a list has one axis", note: "write xs[i][j] = …", at: .index(min(1, indices.count - 1)))
            }
            guard case .list(let replacement) = value else {
                throw Complaint("a slice of a list is replaced by a list; this is \(value.phrase)")
            }
            try interpreter.requireRoom(forItems: list.count)
            let positions = Array(slice.indices(count: list.count))
            guard positions.count == replacement.count else {
                throw Complaint("the slice has \(positions.count) items, the new list \(replacement.count)", at: .index(0))
            }
            var changed = list.items
            for (position, item) in zip(positions, replacement) { changed[position] = item }
            container.pointee = .list(changed)
        default: throw Complaint("\(withArticle(container.pointee.kind)) has no items", at: .left)
        }
    }

    /// A value that is to stand in another.
    private func held(_ value: Value) throws -> Value {
        // A list around it is as deep as what would hold it.
        if value.depth >= Value.mostDepth { _ = try Value.list([value]).checkedDepth() }
        return value
    }

    // MARK: Changing in place

    /// The length of the list in a register, without holding on to the list; nil when it is none.
    @inline(never)
    private func listCount(_ place: UnsafeMutablePointer<Value>) -> Int? {
        place.pointee.list?.count
    }

    /// Changes a list where it stands. The register lets go first, so that a list nobody else holds is not copied.
    func changeList(_ place: UnsafeMutablePointer<Value>, _ change: (inout List) -> Void) {
        let value = place.move()
        place.initialize(to: .nothing)
        guard case .list(var list) = consume value else { return }
        change(&list)
        place.initialize(to: .list(list))
    }

    /// Changes a record where it stands.
    func changeRecord(_ place: UnsafeMutablePointer<Value>, _ change: (inout Record) -> Void) {
        let value = place.move()
        place.initialize(to: .nothing)
        guard case .record(var record) = consume value else { return }
        change(&record)
        place.initialize(to: .record(record))
    }

    // MARK: Taking apart and iterating

    func unpack(_ i: Instruction) throws {
        let value = take(i.b)
        let wanted = Int(i.n)
        if case .list(let list) = value, list.count != wanted { throw miscounted(list.count, wanted, value) }
        let items = try items(of: value, orElse: { Complaint("\($0) cannot be taken apart into \(wanted) name\(wanted == 1 ? "" : "s")") })
        guard items.count == wanted else { throw miscounted(items.count, wanted, value) }
        let first = place(i.a)
        for (offset, item) in items.enumerated() { first[offset] = item }
    }

    private func miscounted(_ count: Int, _ wanted: Int, _ value: Value) -> Complaint {
        Complaint("\(count) \(count == 1 ? "value" : "values") for \(wanted) \(wanted == 1 ? "name" : "names")", note: "the right side is \(value.phrase)")
    }

    /// The items of a list, or of a foreign value that has some.
    func items(of value: Value, orElse complaint: (String) -> Complaint) throws -> [Value] {
        switch value {
        case .list(let list):
            return list.storage.progression == nil ? list.storage.items : try interpreter.written(list.count) { list[$0] }
        case .foreign(let foreign):
            guard let count = foreign.count else { break }
            return try interpreter.written(count) { try foreign.index([.position(.number($0))]) ?? .nothing }
        default: break
        }
        throw complaint(value.phrase)
    }

    /// Sets up a loop's four registers: for ranges (count, turn, start, step), else (items, turn, count, –).
    func forPrepare(
        _ state: UnsafeMutablePointer<Value>, _ sequence: Value, dropping source: UnsafeMutablePointer<Value>?
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
            items = .list(record.keys.map { .string($0) })
            count = record.count
        case .string(let text):
            let characters = text.string.map { Value.string(String($0)) }
            items = .list(characters)
            count = characters.count
        case .foreign(let foreign):
            guard let length = foreign.count else {
                throw Complaint("\(foreign.phrase) has no items to go through")
            }
            count = length
        case .number(let x):
            throw Complaint("a number has no items to go through", note: "write range(\(formatNumber(x, digits: 6)))")
        default: throw Complaint("\(sequence.phrase) has no items to go through")
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
        switch state[0] {
        case .list(let list): return list.storage.items[Int(turn)]
        case .foreign(let foreign): return try foreign.index([.position(.number(turn))])
        default: return nil
        }
    }
}
