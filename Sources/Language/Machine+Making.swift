// Making lists, records, strings and functions.

extension Machine {
    /// Moves values out of neighbouring temporaries.
    func takeRun(_ first: UnsafeMutablePointer<Value>, _ count: Int) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for offset in 0..<count {
            values.append((first + offset).move())
            (first + offset).initialize(to: .nothing)
        }
        return values
    }

    func makeList(_ i: Instruction) throws {
        place(i.a).pointee = try Value.list(List(takeRun(place(i.b), Int(i.c)))).checkedDepth()
    }

    func makeRecord(_ i: Instruction) throws {
        guard let keys = currentSite(i.c).keys else { return }
        let values = takeRun(place(i.b), keys.names.count)
        place(i.a).pointee = try Value.record(Record(keys: keys, values: values)).checkedDepth()
    }

    func makeText(_ i: Instruction) throws {
        var text = "", isTracked = false
        var next = place(i.b)
        let digits = interpreter.host.digits
        for piece in currentSite(i.c).pieces {
            switch piece {
            case .text(let literal): text += literal
            case .value(_, let spec):
                if interpreter.noteText(of: next.pointee) { isTracked = true }
                if let spec {
                    text += try spec.format(next.pointee, digits: digits)
                } else {
                    text += next.pointee.plain(width: 100_000, digits: digits)
                }
                Self.drop(next)
                next += 1
            }
        }
        place(i.a).pointee = .string(Text(text).tracked(isTracked))
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
            Function(body: .user(inner.prototype, captures: captures), defaults: defaults)
        ).checkedDepth()
    }
}
