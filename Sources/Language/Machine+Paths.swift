// Changing parts of values where they stand. On the way in every list and record is made its variable's own; nothing is
// taken out, so an error leaves the whole as it was.

extension Machine {
    /// What is done with the part at the end of the way.
    private enum Change {
        case set(Value)
        case update(BinaryOperator, Value)
    }

    func setPath(_ i: Instruction) throws {
        let site = currentSite(i.c)
        let value = take(i.b)
        try checkDepth(of: value, below: site.steps.count)
        try change(place(i.a), site, 0, .set(value))
    }

    func updatePath(_ i: Instruction) throws {
        let site = currentSite(i.c)
        let container = place(i.a)
        // `xs[i] = xs[i] + 1`
        if site.steps.count == 1, case .item(let index) = site.steps[0], case .number(let y) = place(i.b).pointee,
            case .number(let place) = self.place(index).pointee, !isTracing, let count = listCount(container)
        {
            let position: Int = try at(0, site) { try self.position(place, in: count, of: "list", axis: 0) }
            try interpreter.requireRoom(forItems: count)
            try changeList(container) { list in
                try list.withItem(at: position) { item in
                    item =
                        if case .number(let x) = item { try arithmetic(site.updates, x, y) } else {
                            try operate(site.updates, item, .number(y))
                        }
                }
            }
            return
        }
        // `r.x = r.x + 1`
        if site.steps.count == 1, case .field(let name) = site.steps[0], case .number(let y) = place(i.b).pointee,
            !isTracing, isRecord(container), let record = payload(of: container, as: Record.self),
            let position = record.pointee.position(of: name, guess: &site.guesses[0]),
            try record.pointee.replaceNumber(at: position, by: { try arithmetic(site.updates, $0, y) })
        {
            return
        }
        let right = take(i.b)
        if globals.isUnset(right) { throw undefined(i.b, .right) }
        try checkDepth(of: right, below: site.steps.count)
        try change(container, site, 0, .update(site.updates, right))
    }

    private func checkDepth(of value: Value, below count: Int) throws {
        guard value.depth + UInt32(clamping: count) > Value.mostDepth else { return }
        var outer = value
        for _ in 0..<count { outer = try Value.list([outer]).checkedDepth() }
    }

    /// Does something for a step; what goes wrong is shown at its expression.
    private func at<R>(_ step: Int, _ site: Site, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as LanguageError {
            if failedNode == nil { failedNode = site.stepNodes[step] }
            throw error
        }
    }

    private func change(_ place: UnsafeMutablePointer<Value>, _ site: Site, _ step: Int, _ change: Change) throws {
        if step == site.steps.count {
            switch change {
            case .set(let value): place.pointee = value
            case .update(let op, let right): try update(place, op, right)
            }
            return
        }
        let isLast = step == site.steps.count - 1
        switch site.steps[step] {
        case .field(let name):
            guard isRecord(place) else { return try changeOther(place, site, step, change) }
            if isLast, case .set(let value) = change {
                return try setField(of: place, name, to: value, guess: &site.guesses[step])
            }
            guard let position = position(ofField: name, of: place, &site.guesses[step]) else {
                return try at(step, site) {
                    throw noField(name, of: place.pointee, among: place.pointee.record?.keys ?? [])
                }
            }
            try changeRecord(place) { record in
                try record.withField(at: position) { try self.change(&$0, site, step + 1, change) }
            }
        case .item(let operand):
            let index = take(operand)
            if isLast, case .set(let value) = change {
                return try at(step, site) { try setItem(place, index, value) }
            }
            if let count = listCount(place) {
                let position: Int = try at(step, site) { try self.position(index, in: count, of: "list", axis: 0) }
                try interpreter.requireRoom(forItems: count)
                try changeList(place) { list in
                    try list.withItem(at: position) { try self.change(&$0, site, step + 1, change) }
                }
            } else if isRecord(place), case .string(let name) = index {
                try at(step, site) { try interpreter.checkMeasuring(name, at: .index(0)) }
                var guess = Int.max
                guard let position = position(ofField: name.string, of: place, &guess) else {
                    return try at(step, site) {
                        throw noField(
                            name.string, of: place.pointee, among: place.pointee.record?.keys ?? [], at: .index(0))
                    }
                }
                try changeRecord(place) { record in
                    try record.withField(at: position) { try self.change(&$0, site, step + 1, change) }
                }
            } else {
                try changeOther(place, site, step, change, index)
            }
        }
    }

    /// A step into a tensor, a model and the like, or into what has no parts: read, changed, and set.
    private func changeOther(
        _ place: UnsafeMutablePointer<Value>, _ site: Site, _ step: Int, _ change: Change, _ index: Value = .nothing
    ) throws {
        switch site.steps[step] {
        case .field(let name):
            if step == site.steps.count - 1, case .set(let value) = change {
                return try at(step, site) { try setOtherField(place, name, value) }
            }
            var inner: Value = try at(step, site) {
                guard case .foreign(let foreign) = place.pointee, let field = try foreign.field(name) else {
                    throw noField(name, of: place.pointee, among: place.pointee.foreign?.fieldNames ?? [])
                }
                return field
            }
            try self.change(&inner, site, step + 1, change)
            try at(step, site) { try setOtherField(place, name, inner) }
        case .item:
            var inner: Value = try at(step, site) { try item(place.pointee, .position(index), 0, axis: 0) }
            try self.change(&inner, site, step + 1, change)
            try at(step, site) { try setItem(place, index, inner) }
        }
    }

    /// `place = place op right`; lists and strings grow where they stand.
    private func update(_ place: UnsafeMutablePointer<Value>, _ op: BinaryOperator, _ right: Value) throws {
        if op == .add, case .list(let more) = right, let count = listCount(place) {
            try interpreter.requireRoom(forItems: count + more.count)
            changeList(place) { $0.append(contentsOf: more) }
        } else if op == .add, case .string(let more) = right, let length = textLength(place) {
            try interpreter.requireRoom(forBytes: length + more.utf8Count)
            changeText(place) { $0.append(more) }
        } else if isTracing {
            let left = place.pointee
            place.pointee = try operate(op, left, right)
            noteNaN(of: op, left, right, place.pointee, failedNode ?? runningNode)
        } else {
            place.pointee = try operate(op, place.pointee, right)
        }
    }

    /// The expression of the instruction before the place where the frame goes on.
    private var runningNode: Expr? {
        let frame = frames[frameCount - 1]
        return frame.prototype.nodes[safe: frame.pc - frame.code - 1] ?? nil
    }

    @inline(never)
    private func position(ofField name: String, of place: UnsafeMutablePointer<Value>, _ guess: inout Int) -> Int? {
        guard case .record(let record) = place.pointee else { return nil }
        return record.position(of: name, guess: &guess)
    }

    /// `r = merge(r, more)`
    func mergeInto(_ i: Instruction) throws {
        let site = currentSite(i.c)
        guard let function = site.function else { return }
        let container = place(i.a)
        if isRecord(container), case .record(let more) = place(i.b).pointee, let merge = function.builtin?.mergesInto {
            try changeRecord(container) { record in
                try interpreter.requireRoom(record.growth(adding: more.count))
                merge(&record, more)
            }
            if Operand.isTemporary(i.b) { Self.drop(place(i.b)) }
            return
        }
        let more = take(i.b)
        container.pointee = try callWritten(function, [container.pointee, more], site)
    }
}
