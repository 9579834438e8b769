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
        let site = currentSite(i.c), first = place(i.b)
        // A number alone, the most frequent of all.
        if site.formats.count == 1, site.hasNoLiteral, case .number(let x) = first.pointee {
            let digits = interpreter.host.digits
            let text = try site.formats[0].map { try $0.format(.number(x), digits: digits) }
            place(i.a).pointee = .string(Text(text ?? formatNumber(x, digits: digits)))
            return
        }
        place(i.a).pointee = try text(site, first)
    }

    private func text(_ site: Site, _ first: UnsafeMutablePointer<Value>) throws -> Value {
        var text = site.literals[0], isTracked = false
        let digits = interpreter.host.digits
        for index in site.formats.indices {
            let value = first + index
            if case .number(let x) = value.pointee, site.formats[index] == nil {
                text += formatNumber(x, digits: digits)
            } else {
                if interpreter.noteText(of: value.pointee) { isTracked = true }
                if let spec = site.formats[index] {
                    text += try spec.format(value.pointee, digits: digits)
                } else {
                    text += value.pointee.plain(width: 100_000, digits: digits)
                }
                Self.drop(value)
            }
            text += site.literals[index + 1]
        }
        return .string(Text(text).tracked(isTracked))
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
