// Reaching and setting the parts of values: fields, items, slices.

extension Machine {
    // MARK: Fields

    /// `pc` is where the instruction stands: it remembers in `n` at which position a record had the field.
    func field(_ i: Instruction, at pc: UnsafeMutablePointer<Instruction>) throws {
        let name = prototype.names[Int(i.c)]
        let container = place(i.b)
        let value: Value
        if isRecord(container), let record = payload(of: container, as: Record.self),
            let known = record.pointee.value(named: name, at: Int(i.n))
        {
            if Operand.isTemporary(i.b) { Self.drop(container) }
            place(i.a).pointee = known
            return
        }
        switch container.pointee {
        case .record(let record):
            var guess = Int(i.n)
            guard let position = record.position(of: name, guess: &guess) else {
                throw noField(name, of: container.pointee, among: record.keys)
            }
            if position != Int(i.n) { pc.pointee.n = UInt16(clamping: position) }
            value = record.storage.values[position]
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

    func noField(
        _ name: String, of value: Value, among names: [String], at location: LanguageError.Location = .field
    ) -> LanguageError {
        let near = suggestion(for: name, among: names)
        if names.isEmpty {
            return LanguageError(
                "\(withArticle(value.kind)) has no fields", note: fieldHint(name, of: value), at: location)
        }
        let article = value.kind == "record" ? "the record" : withArticle(value.kind)
        return LanguageError(
            "\(article) has no field `\(name)`",
            // `x.sum()`: there are no methods.
            note: value.foreign?.hint(forField: name) ?? near.map { "did you mean `\($0)`?" } ?? fieldHint(
                name, of: value)
                ?? names.first { $0 == name }.map { _ in
                    "a field is written alike with other Unicode characters; keys(…) gives it"
                },
            advice: ["fields: " + clipped(names.joined(separator: ", "), to: 100)], at: location)
    }

    /// What to write instead of a method or field of other languages.
    private func fieldHint(_ name: String, of value: Value) -> String? {
        if let hint = value.foreign?.hint(forField: name) { return hint }
        if case .record = value {
            switch name {
            case "items", "entries": return "write for name, value in r { }"
            case "values": return "write map((name, value) -> value, r)"
            case "get": return "write r[name]; has(r, name) says whether it is there"
            case "update": return "write merge(r, s)"
            default: break
            }
        }
        if let hint = interpreter.host.hint(forMethod: name) { return hint }
        // `x.sum()`: there are no methods.
        guard let builtin = interpreter.registry[name], let first = builtin.parameters.first else { return nil }
        return first.type.misfit(value) == nil ? "write \(builtin.name)(…)" : nil
    }

    func setField(_ i: Instruction, at pc: UnsafeMutablePointer<Instruction>) throws {
        let name = prototype.names[Int(i.c)]
        let container = place(i.a)
        // A number at a field that is there already.
        if isRecord(container), case .number(let x) = place(i.b).pointee,
            let record = payload(of: container, as: Record.self), record.pointee.set(name, at: Int(i.n), to: x)
        {
            return
        }
        let value = try held(take(i.b))
        if isRecord(container) {
            var guess = Int(i.n)
            try setField(of: container, name, to: value, guess: &guess)
            if guess != Int(i.n) { pc.pointee.n = UInt16(clamping: guess) }
            return
        }
        try setOtherField(container, name, value)
    }

    func setOtherField(_ container: UnsafeMutablePointer<Value>, _ name: String, _ value: Value) throws {
        switch container.pointee {
        case .foreign(let foreign):
            guard let changed = try foreign.settingField(name, to: value) else {
                throw LanguageError("the field `\(name)` of \(foreign.phrase) cannot be set", at: .field)
            }
            container.pointee = .foreign(changed)
        default:
            throw LanguageError(
                "\(withArticle(container.pointee.kind)) has no fields",
                note: "a record with one is written (\(name)=…)", at: .field)
        }
    }

    // MARK: Items

    func item(_ i: Instruction) throws {
        let container = place(i.b)
        if case .list = container.pointee, case .number(let x) = place(i.c).pointee,
            let list = payload(of: container, as: List.self)
        {
            let value = list.pointee[try position(x, in: list.pointee.count, of: "list", axis: 0)]
            if Operand.isTemporary(i.b) { Self.drop(container) }
            place(i.a).pointee = value
            return
        }
        if case .string = container.pointee, case .number(let x) = place(i.c).pointee,
            let text = payload(of: container, as: Text.self)
        {
            let value = text.pointee[try position(x, in: text.pointee.count, of: "string", axis: 0)]
            if Operand.isTemporary(i.b) { Self.drop(container) }
            place(i.a).pointee = .string(value)
            return
        }
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

    func item(_ container: Value, _ index: Index, _ operand: UInt32, axis: Int) throws -> Value {
        switch (container, index) {
        case (.list(let list), .position(let value)):
            if let selection = try Selection(value) {
                let places = try selection.places(among: list.count, of: "a list", axis: axis)
                return .list(try interpreter.written(places.count) { list[places[$0]] })
            }
            return list[try position(value, in: list.count, of: "list", axis: axis)]
        case (.list(let list), .slice(let slice)):
            let (first, count) = slice.places(count: list.count)
            return .list(try interpreter.written(count) { list[first + $0 * slice.step] })
        case (.string(let text), .position(let value)):
            return .string(text[try position(value, in: text.count, of: "string", axis: axis)])
        case (.string(let text), .slice(let slice)):
            let (first, count) = slice.places(count: text.count)
            return .string(try text.slice(from: first, count: count, step: slice.step, poll: interpreter.poll))
        case (.record(let record), .position(.string(let name))):
            try interpreter.checkMeasuring(name, at: .index(axis))
            guard let value = record[name.string] else {
                throw noField(name.string, of: container, among: record.keys, at: .index(axis))
            }
            return value
        case (.record, _):
            throw LanguageError("a record's fields have names", note: "write r.name or r[\"name\"]", at: .index(axis))
        case (.foreign(let foreign), _):
            if foreign === unset { throw undefined(operand, .left) }
            if let value = try foreign.index([index]) { return value }
            throw LanguageError("\(foreign.phrase) has no items", at: .left)
        case (.function, _):
            throw LanguageError("a function is called with ( )", note: "brackets reach items of a list", at: .left)
        default: throw LanguageError("\(withArticle(container.kind)) has no items", at: .left)
        }
    }

    /// A number as a position among `count` items; negative ones count from the end.
    func position(_ x: Double, in count: Int, of kind: String, axis: Int) throws -> Int {
        guard let index = Int(exactly: x) else {
            throw LanguageError("an index is a whole number; this is \(formatNumber(x, digits: 6))", at: .index(axis))
        }
        let position = index < 0 ? index + count : index
        guard position >= 0, position < count else {
            throw LanguageError(
                "the index \(index) lies outside \(withArticle(kind)) of \(count)",
                note: count == 0 ? "it is empty" : "the last one is \(count - 1)", at: .index(axis))
        }
        return position
    }

    func position(_ value: Value, in count: Int, of kind: String, axis: Int) throws -> Int {
        guard let x = try value.asNumber else {
            throw LanguageError(
                "an index is a whole number, or a list of them; this is \(value.phrase)", at: .index(axis))
        }
        return try position(x, in: count, of: kind, axis: axis)
    }

    func setItem(_ i: Instruction) throws {
        let container = place(i.a), index = place(i.b), new = place(i.c)
        // `r["name"] = x`, where the record stands.
        if case .number(let x) = new.pointee, isRecord(container), case .string = index.pointee,
            let record = payload(of: container, as: Record.self), let name = payload(of: index, as: Text.self),
            Text.Borrowed(name).setNumber(in: &record.pointee, to: x)
        {
            if Operand.isTemporary(i.b) { Self.drop(index) }
            return
        }
        let value = try held(take(i.c))
        try setItem(container, take(i.b), value)
    }

    func setItem(_ container: UnsafeMutablePointer<Value>, _ index: Value, _ value: Value) throws {
        if let count = listCount(container) {
            if let selection = try Selection(index) {
                return try setItems(of: container, at: selection.places(among: count, of: "a list", axis: 0), to: value)
            }
            let position = try position(index, in: count, of: "list", axis: 0)
            try interpreter.requireRoom(forItems: count)
            changeList(container) { $0.replace(at: position, with: value) }
            return
        }
        if isRecord(container) {
            guard case .string(let name) = index else {
                throw LanguageError(
                    "a record's fields have names", note: "write r.name = … or r[\"name\"] = …", at: .index(0))
            }
            try interpreter.checkMeasuring(name, at: .index(0))
            var guess = Int.max
            try setField(of: container, name.string, to: value, guess: &guess)
            return
        }
        switch container.pointee {
        case .foreign(let foreign):
            guard let changed = try foreign.settingIndex([.position(index)], to: value) else {
                throw LanguageError("items of \(foreign.phrase) cannot be set", at: .left)
            }
            container.pointee = .foreign(changed)
        case .string:
            throw LanguageError(
                "a string's characters cannot be set", note: "write replace(…) or a new string", at: .left)
        default: throw LanguageError("\(withArticle(container.pointee.kind)) has no items", at: .left)
        }
    }

    /// Reads the indices of `x[1:3, :]` out of neighbouring temporaries.
    private func indices(_ site: Site) throws -> [Index] {
        var values = takeRun(bases[0] + site.first, site.argumentCount)[...]
        func bound(_ axis: Int) throws -> Int {
            let value = values.removeFirst()
            guard let x = try value.asNumber, let bound = Int(exactly: x) else {
                throw LanguageError("a bound of a slice is a whole number; this is \(value.phrase)", at: .index(axis))
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
                if slice.step == 0 { throw LanguageError("the step of a slice cannot be 0", at: .index(axis)) }
                return .slice(slice)
            }
        }
    }

    func items(_ i: Instruction) throws {
        let container = place(i.b)
        let indices = try indices(currentSite(i.c))
        if container == place(i.a), indices.count == 1, case .slice(let slice) = indices[0], slice.step == 1,
            case .list = container.pointee, let list = payload(of: container, as: List.self)
        {
            // `xs = xs[1:]` changes the list where it stands.
            let (first, count) = slice.places(count: list.pointee.count)
            if list.pointee.cut(to: first, count: count) { return }
        }
        let value: Value
        if case .foreign(let foreign) = container.pointee, foreign !== unset {
            guard let result = try foreign.index(indices) else {
                throw LanguageError("\(foreign.phrase) has no items", at: .left)
            }
            value = result
        } else {
            // A list of lists takes one index after the other.
            var inner = container.pointee
            if globals.isUnset(inner) { throw undefined(i.b, .left) }
            guard indices.count == 1 || inner.list != nil else {
                throw LanguageError(
                    "\(withArticle(inner.kind)) has one axis; this index has \(indices.count)", at: .index(1))
            }
            for (axis, index) in indices.enumerated() {
                if axis > 0, inner.list == nil, inner.foreign == nil {
                    throw LanguageError("an item of this list is \(inner.phrase), which has no items", at: .index(axis))
                }
                if axis > 0, case .slice = indices[axis - 1] {
                    throw LanguageError("a list has one axis", note: "for several write tensor(…)", at: .index(axis))
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
        let indices = try indices(currentSite(i.c))
        let value = take(i.b)
        switch container.pointee {
        case .foreign(let foreign):
            guard let changed = try foreign.settingIndex(indices, to: value) else {
                throw LanguageError("items of \(foreign.phrase) cannot be set", at: .left)
            }
            container.pointee = .foreign(changed)
        case .list(let list):
            guard indices.count == 1, case .slice(let slice) = indices[0] else {
                throw LanguageError(
                    "a list has one axis", note: "write xs[i][j] = …", at: .index(min(1, indices.count - 1)))
            }
            guard case .list(let replacement) = value else {
                throw LanguageError("a slice of a list is replaced by a list; this is \(value.phrase)")
            }
            try interpreter.requireRoom(forItems: list.count)
            let positions = Array(slice.indices(count: list.count))
            guard positions.count == replacement.count else {
                throw LanguageError(
                    "the slice has \(positions.count) items, the new list \(replacement.count)", at: .index(0))
            }
            var changed = list.items
            for (position, item) in zip(positions, replacement) { changed[position] = item }
            container.pointee = .list(changed)
        default: throw LanguageError("\(withArticle(container.pointee.kind)) has no items", at: .left)
        }
    }

    /// A value that is to stand in another.
    func held(_ value: Value) throws -> Value {
        // A list around it is as deep as what would hold it.
        if value.depth >= Value.mostDepth { _ = try Value.list([value]).checkedDepth() }
        return value
    }
}
