// Operators where at least one side is no number.

import Foundation

extension Machine {
    /// `a = b op c`; a list or string that grows in place does so without a copy.
    func binary(_ op: BinaryOperator, _ i: Instruction) throws {
        let destination = place(i.a)
        if op == .add, destination == place(i.b), case .string = destination.pointee,
            case .string = place(i.c).pointee, let text = payload(of: destination, as: Text.self),
            let more = payload(of: place(i.c), as: Text.self)
        {
            // `s = s + x` grows the string where it stands.
            try interpreter.requireRoom(forBytes: text.pointee.utf8Count + more.pointee.utf8Count)
            text.pointee.append(more.pointee)
            if Operand.isTemporary(i.c) { Self.drop(place(i.c)) }
            return
        }
        if op == .add, case .list = destination.pointee, try growList(destination, i) { return }
        try checkOperands(i)
        if op == .add, destination == place(i.b), case .string(let more) = place(i.c).pointee,
            let length = textLength(destination)
        {
            // So does a string.
            try interpreter.requireRoom(forBytes: length + more.utf8Count)
            changeText(destination) { $0.append(more) }
            if Operand.isTemporary(i.c) { Self.drop(place(i.c)) }
            return
        }
        let result = try operate(op, place(i.b).pointee, place(i.c).pointee)
        if Operand.isTemporary(i.b) { Self.drop(place(i.b)) }
        if Operand.isTemporary(i.c) { Self.drop(place(i.c)) }
        destination.pointee = result
    }

    /// `xs = xs + more` and `xs = more + xs` change the list where it stands.
    /// - Returns: whether it was one of these.
    @inline(__always)
    private func growList(_ destination: UnsafeMutablePointer<Value>, _ i: Instruction) throws -> Bool {
        let isAtEnd = destination == place(i.b)
        let operand = isAtEnd ? i.c : i.b, other = place(operand)
        guard isAtEnd || destination == place(i.c), case .list = other.pointee,
            let list = payload(of: destination, as: List.self), let more = payload(of: other, as: List.self)
        else { return false }
        try interpreter.requireRoom(forItems: list.pointee.count + more.pointee.count)
        if isAtEnd {
            list.pointee.append(contentsOf: more.pointee)
        } else {
            list.pointee.prepend(contentsOf: more.pointee)
        }
        if Operand.isTemporary(operand) { Self.drop(other) }
        return true
    }

    /// A comparison as a condition.
    func comparison(_ op: BinaryOperator, _ i: Instruction) throws -> Bool {
        if case .string = place(i.b).pointee, case .string = place(i.c).pointee, let flag = compared(op, i) {
            return flag
        }
        try checkOperands(i)
        let result = try operate(op, place(i.b).pointee, place(i.c).pointee)
        if Operand.isTemporary(i.b) { Self.drop(place(i.b)) }
        if Operand.isTemporary(i.c) { Self.drop(place(i.c)) }
        return try truth(of: result)
    }

    /// Whether two strings are as wanted, read where they stand; nil for what is no comparison.
    @inline(__always)
    private func compared(_ op: BinaryOperator, _ i: Instruction) -> Bool? {
        guard let left = payload(of: place(i.b), as: Text.self), let right = payload(of: place(i.c), as: Text.self)
        else { return nil }
        let flag: Bool
        switch op {
        case .equal: flag = Text.Borrowed(left) == Text.Borrowed(right)
        case .notEqual: flag = !(Text.Borrowed(left) == Text.Borrowed(right))
        case .less: flag = left.pointee < right.pointee
        case .greater: flag = right.pointee < left.pointee
        default: return nil
        }
        if Operand.isTemporary(i.b) { Self.drop(place(i.b)) }
        if Operand.isTemporary(i.c) { Self.drop(place(i.c)) }
        return flag
    }

    /// Variables among the operands must have a value.
    private func checkOperands(_ i: Instruction) throws {
        if globals.isUnset(place(i.b).pointee) { throw undefined(i.b, .left) }
        if globals.isUnset(place(i.c).pointee) { throw undefined(i.c, .right) }
    }

    func negated(_ i: Instruction) throws -> Value {
        let value = take(i.b)
        switch value {
        case .number(let x): return .number(-x)
        case .bool(let flag): return .number(flag ? -1 : 0)
        case .foreign(let foreign):
            if foreign === unset { throw undefined(i.b, .left) }
            if let result = try foreign.negated() { return result }
        case .record(let record):
            try value.requireEnd("`-` of it")
            return .record(
                Record(
                    keys: record.storage.keys, values: try record.values.map { try operate(.subtract, .number(0), $0) })
            )
        default: break
        }
        throw LanguageError(
            "`-` has no meaning before \(withArticle(value.kind))",
            note: value.list == nil ? nil : "for arithmetic write tensor(…)")
    }

    /// The value of `left op right`.
    func operate(_ op: BinaryOperator, _ left: Value, _ right: Value) throws -> Value {
        if case .number(let x) = left, case .number(let y) = right { return try arithmetic(op, x, y) }
        if case .foreign(let foreign) = left {
            if let result = try foreign.binary(op, right, isReversed: false) { return result }
        }
        if case .foreign(let foreign) = right {
            if let result = try foreign.binary(op, left, isReversed: true) { return result }
        }
        if op == .equal || op == .notEqual { return .bool(try isEqual(left, right) == (op == .equal)) }
        switch (left, right) {
        case (.number, .bool), (.bool, .number), (.bool, .bool):
            if let x = left.plainNumber, let y = right.plainNumber { return try arithmetic(op, x, y) }
        case (.string(let a), .string(let b)):
            switch op {
            case .add:
                try interpreter.requireRoom(forBytes: a.utf8Count + b.utf8Count)
                var joined = a
                joined.append(b)
                return .string(joined)
            case .less: return .bool(a < b)
            case .lessOrEqual: return .bool(a <= b)
            case .greater: return .bool(a > b)
            case .greaterOrEqual: return .bool(a >= b)
            default: break
            }
        case (.list(var a), .list(let b)) where op == .add:
            try interpreter.requireRoom(forItems: a.count + b.count)
            a.append(contentsOf: b)
            return .list(a)
        case (.list(let list), .number(let times)), (.number(let times), .list(let list)):
            if op == .multiply { return .list(try repeated(list, times)) }
        case (.string(let text), .number(let times)), (.number(let times), .string(let text)):
            if op == .multiply { return .string(text.part(Text(try repeated(text.string, times)))) }
        case (.record(let a), .record(let b)) where !op.isComparison:
            try left.requireEnd("`\(op.rawValue)` of it")
            return try byField(op, a, b)
        case (.record(let a), _) where !op.isComparison:
            try left.requireEnd("`\(op.rawValue)` of it")
            return .record(Record(keys: a.storage.keys, values: try a.values.map { try operate(op, $0, right) }))
        case (_, .record(let b)) where !op.isComparison:
            try right.requireEnd("`\(op.rawValue)` of it")
            return .record(Record(keys: b.storage.keys, values: try b.values.map { try operate(op, left, $0) }))
        default: break
        }
        throw misfit(op, left, right)
    }

    private func misfit(_ op: BinaryOperator, _ left: Value, _ right: Value) -> LanguageError {
        var note: String?
        if op == .remainder, left.kind == "string" { note = "write \"{x:.3f}\"" }
        if op == .add, left.kind == "string" || right.kind == "string" { note = "write \"…{x}\"" }
        if op == .matrixProduct, left.number != nil || right.number != nil { note = "for numbers write `*`" }
        if case .list = left, op == .add { note = note ?? "write xs + [x] to append, tensor(xs) + x to add to each" }
        if left.list != nil || right.list != nil {
            note =
                note
                ?? (op.isComparison
                    ? "compare items, or write tensor(…)" : "lists join and repeat; for arithmetic write tensor(…)")
        }
        if left.isNothing { note = "the left side is nothing" }
        if right.isNothing { note = "the right side is nothing" }
        return LanguageError(
            "`\(op.rawValue)` has no meaning between \(withArticle(left.kind)) and \(withArticle(right.kind))",
            note: note)
    }

    func arithmetic(_ op: BinaryOperator, _ x: Double, _ y: Double) throws -> Value {
        switch op {
        case .add: return .number(x + y)
        case .subtract: return .number(x - y)
        case .multiply: return .number(x * y)
        case .divide: return .number(x / y)
        case .remainder: return .number(floorRemainder(x, y))
        case .power: return .number(y == 2 ? x * x : pow(x, y))
        case .matrixProduct:
            throw LanguageError("`@` has no meaning between a number and a number", note: "for numbers write `*`")
        case .equal: return .bool(x == y)
        case .notEqual: return .bool(x != y)
        case .less: return .bool(x < y)
        case .lessOrEqual: return .bool(x <= y)
        case .greater: return .bool(x > y)
        case .greaterOrEqual: return .bool(x >= y)
        }
    }

    /// How often something is to be repeated, and how long it becomes.
    private func repetition(_ times: Double, of size: Int) throws -> (times: Int, total: Int) {
        guard times >= 0, times == times.rounded() else {
            throw LanguageError(
                "something can be repeated a whole number of times, not \(Value.number(times).display) times")
        }
        if size == 0 { return (0, 0) }
        let total = Int(exactly: times * Double(size)) ?? Int.max
        return (total / size, total)
    }

    private func repeated(_ list: List, _ times: Double) throws -> List {
        let total = try repetition(times, of: list.count).total
        return List(try interpreter.written(total) { list[$0 % list.count] })
    }

    private func repeated(_ text: String, _ times: Double) throws -> String {
        let (count, total) = try repetition(times, of: text.utf8.count)
        try interpreter.requireRoom(forBytes: total)
        // Doubling what there is: the standard library would append one copy at a time.
        var result = "", part = text, rest = count
        while rest > 0 {
            try interpreter.pollNow()
            if rest & 1 == 1 { result += part }
            rest >>= 1
            if rest > 0 { part += part }
        }
        return result
    }

    /// Records combine field by field.
    private func byField(_ op: BinaryOperator, _ a: Record, _ b: Record) throws -> Value {
        guard a.count == b.count, a.keys.allSatisfy({ b[$0] != nil }) else {
            throw LanguageError(
                "`\(op.rawValue)` combines records field by field; these have different fields",
                advice: [
                    "left: \(clipped(a.keys.joined(separator: ", "), to: 60))",
                    "right: \(clipped(b.keys.joined(separator: ", "), to: 60))",
                ])
        }
        return .record(
            Record(
                keys: a.storage.keys,
                values: try zip(a.keys, a.values).map { name, value in try operate(op, value, b[name] ?? .nothing) }))
    }

    /// Whether two values are equal; a long comparison can be interrupted.
    func isEqual(_ left: Value, _ right: Value) throws -> Bool {
        switch (left, right) {
        case (.number(let a), .number(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        default:
            var equality = Equality { [unowned interpreter] in try interpreter.pollNow() }
            return try equality.holds(left, right)
        }
    }

    func truth(of value: Value) throws -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .number(let x): return x != 0
        case .nothing: return false
        case .string(let text): return !text.isEmpty
        case .list(let list): return !list.isEmpty
        case .record(let record): return !record.isEmpty
        case .function: return true
        case .foreign(let foreign):
            if let flag = try foreign.truth() { return flag }
            throw LanguageError(
                "a condition is true or false; this is \(foreign.phrase)",
                advice: ["all(…) and any(…) make one truth value of many"])
        }
    }

    func contains(_ item: Value, in container: Value) throws -> Bool {
        switch container {
        case .list(let list): return try interpreter.position(of: item, in: list) != nil
        case .record(let record):
            guard case .string(let name) = item else { break }
            return record[name.string] != nil
        case .string(let text):
            guard case .string(let part) = item else { break }
            // A short one takes no time.
            return text.utf8Count <= 4096
                ? text.contains(part) { _ in } : try text.contains(part, poll: interpreter.poll)
        case .foreign(let foreign):
            guard let count = foreign.count else { break }
            for index in 0..<count {
                if let other = try foreign.index([.position(.number(index))]), try isEqual(other, item) { return true }
            }
            return false
        default: break
        }
        throw LanguageError("`in` has no meaning between \(withArticle(item.kind)) and \(withArticle(container.kind))")
    }
}

extension Value {
    /// A number, with true as 1 and false as 0.
    var plainNumber: Double? {
        switch self {
        case .number(let x): x
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }
}

/// Python's remainder: the sign of the divisor.
@inline(__always)
func floorRemainder(_ x: Double, _ y: Double) -> Double {
    // Whole numbers that are exact, as counters are: a division of integers takes a third of the time.
    if x.sign == .plus, y >= 1, x < 0x1p53, y < 0x1p53 {
        let a = Int(x), b = Int(y)
        if Double(a) == x, Double(b) == y { return Double(a % b) }
    }
    let remainder = fmod(x, y)
    return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
}
