// Compiling statements.

extension Compiler {
    /// Compiles a top-level statement. An expression statement gives its value back.
    func compileTopLevel(_ statement: Stmt) throws -> Prototype {
        if case .expression(let expr) = statement.kind {
            let operand = try operand(expr)
            emit(.return, operand, at: expr)
            statements.append(0..<code.count)
        } else {
            try compile(statement)
            emit(.return, constant(.nothing))
        }
        return try finish(span: statement.span)
    }

    func compile(_ body: [Stmt]) throws {
        for statement in body { try compile(statement) }
    }

    func compile(_ statement: Stmt) throws {
        let start = mark
        let from = code.count
        switch statement.kind {
        case .expression(let expr):
            if case .conditional(let branches, let otherwise) = expr.kind {
                try conditional(branches, otherwise, to: nil)
            } else if case .attempt(let body, let name, let handler) = expr.kind {
                try attempt(body, name, handler, to: nil)
            } else {
                _ = try operandForEffect(expr)
                statements.append(from..<code.count)
            }
        case .assign(let target, let value):
            try assign(target, value)
            statements.append(from..<code.count)
        case .update(let target, let op, let value):
            if try update(
                target, op, value, simpleOnly: false,
                Expr(.binary(op, readBack(target), value), statement.span, depth: 0, assigns: false))
            {
                statements.append(from..<code.count)
                break
            }
            let node = Expr(.binary(op, readBack(target), value), statement.span, depth: 0, assigns: false)
            try assign(target, node)
            statements.append(from..<code.count)
        case .define(let function):
            let name = function.name ?? ""
            try emitFunction(function, to: variable(name))
            noteAssigned(name)
        case .forLoop(let target, let sequence, let body): try forLoop(target, sequence, body)
        case .whileLoop(let condition, let body): try whileLoop(condition, body)
        case .return(let expr):
            if let expr { try compileReturn(expr) } else { emit(.return, constant(.nothing)) }
            markUnreachable()
        case .break:
            loops[loops.count - 1].breaks.append(emit(.jump))
            markUnreachable()
        case .continue:
            loops[loops.count - 1].continues.append(emit(.jump))
            markUnreachable()
        case .command(let command):
            throw Diagnostic("commands act on the session", source: source, span: command.span)
        }
        release(start)
    }

    /// After a jump away everything counts as assigned, so that joining with other paths asks only those.
    private func markUnreachable() {
        for index in isAssigned.indices { isAssigned[index] = true }
    }

    /// The expression that reads an update's target.
    private func readBack(_ target: Target) -> Expr {
        switch target {
        case .name(let name, let span): Expr(.name(name), span, depth: 0, assigns: false)
        case .field(_, _, let expr), .index(_, _, let expr): expr
        case .list(_, let span): Expr(.nothing, span, depth: 0, assigns: false)
        }
    }

    // MARK: Assignment

    /// The operand of a variable that is assigned here: a register in a function, a slot at top level.
    func variable(_ name: String) -> UInt32 {
        if let register = registerOfName[name] { return UInt32(register) }
        return Operand.global | UInt32(globals.slot(name, in: source.scope))
    }

    func noteAssigned(_ name: String) {
        if let register = registerOfName[name] { isAssigned[register] = true }
    }

    private func assign(_ target: Target, _ value: Expr) throws {
        switch target {
        case .name(let name, _):
            if try merge(into: name, value) { return }
            try emit(value, to: variable(name), assignedName: name)
            noteAssigned(name)
        case .field, .index:
            if try update(target, value) { return }
            let operand = try operand(value)
            if try !setPath(target, operand) { try store(operand, in: target) }
        case .list(let targets, _):
            try assign(targets, value, target)
        }
    }

    /// `a, b = f()`; `a, b = x, y` makes no list.
    private func assign(_ targets: [Target], _ value: Expr, _ whole: Target) throws {
        if case .tuple(let items) = value.kind, items.count == targets.count {
            // All of the right side is evaluated before anything is assigned: `a, b = b, a`.
            let operands = try items.map { item in
                let place = temporary()
                try emit(item, to: place)
                return place
            }
            for (operand, target) in zip(operands, targets) { try store(operand, in: target) }
            return
        }
        try unpack(try operand(value), into: targets, at: value)
    }

    /// Takes a value apart into targets.
    func unpack(_ operand: UInt32, into targets: [Target], at node: Expr) throws {
        guard targets.count <= Instruction.mostCount else {
            throw Diagnostic(
                "a list is taken apart into up to \(Instruction.mostCount) names; these are \(targets.count)",
                source: source,
                span: targets[0].span, note: "keep it as a list")
        }
        let places = targets.map { _ in temporary() }
        emit(.unpack, places.first ?? 0, operand, n: targets.count, at: node)
        for (place, target) in zip(places, targets) { try store(place, in: target) }
    }

    /// Stores a value that is already there.
    private func store(_ operand: UInt32, in target: Target) throws {
        switch target {
        case .name(let name, let span):
            emit(.load, variable(name), operand, at: Expr(.name(name), span, depth: 0, assigns: false))
            noteAssigned(name)
        case .list(let targets, let span):
            try unpack(operand, into: targets, at: Expr(.tuple([]), span, depth: 0, assigns: false))
        case .field(let inner, let name, let node):
            let first = mark
            let container = try container(inner)
            emit(.setField, container, operand, nameIndex(name), at: node)
            try putBack(container, inner)
            clear(from: first)
        case .index(let inner, let subscripts, let node):
            let first = mark
            let container = try container(inner)
            if subscripts.count == 1, case .position(let position) = subscripts[0] {
                emit(.setItem, container, try self.operand(position), operand, at: node)
            } else {
                emit(.setItems, container, operand, try self.subscripts(subscripts), at: node)
            }
            try putBack(container, inner)
            clear(from: first)
        }
    }

    /// The value that a part is stored in: the variable itself, or a copy that is put back afterwards.
    private func container(_ target: Target) throws -> UInt32 {
        switch target {
        case .name(let name, let span):
            let node = Expr(.name(name), span, depth: 0, assigns: false)
            return try checkedVariable(name, node)
        case .field(let inner, let name, let node):
            let outer = try container(inner)
            let place = temporary()
            emit(.field, place, outer & ~Operand.temporaryBit, nameIndex(name), at: node)
            return place
        case .index(let inner, let subscripts, let node):
            let outer = try container(inner)
            let place = temporary()
            guard subscripts.count == 1, case .position(let position) = subscripts[0] else {
                throw Diagnostic(
                    "only the last brackets of an assignment can hold a slice", source: source, span: node.span)
            }
            emit(.item, place, outer & ~Operand.temporaryBit, try operand(position), at: node)
            return place
        case .list(_, let span):
            throw Diagnostic("a list of names has no parts", source: source, span: span)
        }
    }

    /// Lets go of the containers on the way to a stored part.
    func clear(from first: Int) {
        if mark > first { emit(.clear, UInt32(first), 0, UInt32(mark - first)) }
    }

    /// Stores a changed inner container in the one around it.
    private func putBack(_ container: UInt32, _ target: Target) throws {
        switch target {
        case .name, .list: break
        case .field, .index:
            // The place of the outer container is just below the inner one's temporaries; storing again finds it.
            try store(container, in: target)
        }
    }

    /// A variable that must have a value; nothing is copied.
    func checkedVariable(_ name: String, _ node: Expr) throws -> UInt32 {
        switch place(name) {
        case .register(let register):
            if !isAssigned[register] {
                unsetRegisters.insert(register)
                emit(.checkSet, UInt32(register), at: node)
            }
            return UInt32(register)
        case .global(let slot):
            let operand = Operand.global | UInt32(slot)
            emit(.checkSet, operand, at: node)
            return operand
        case .capture, .builtin, .itself:
            throw Diagnostic("`\(name)` cannot be changed here", source: source, span: node.span)
        }
    }

    // MARK: Loops

    private func forLoop(_ target: Target, _ sequence: Expr, _ body: [Stmt]) throws {
        // Four hidden registers hold the state of the loop.
        let first = temporary()
        for _ in 0..<3 { _ = temporary() }
        let inside = mark
        var names = 1
        if case .list(let targets, _) = target { names = targets.count }
        emit(.forPrepare, first, try operand(sequence), n: min(names, 3), at: sequence)
        release(inside)
        loops.append(Loop())
        let before = isAssigned
        let next: Int
        if case .name(let name, _) = target {
            next = emit(.forNext, variable(name), first, at: sequence)
            noteAssigned(name)
        } else {
            let item = temporary()
            next = emit(.forNext, item, first, at: sequence)
            if case .list(let targets, _) = target {
                try unpack(item, into: targets, at: sequence)
            } else {
                try store(item, in: target)
            }
            release(inside)
        }
        try compile(body)
        finishLoop(backTo: next, exits: [next])
        emit(.clear, first, 0, 4)
        isAssigned = before
    }

    private func whileLoop(_ condition: Expr, _ body: [Stmt]) throws {
        loops.append(Loop())
        let top = code.count
        let exits = try jumpUnless(condition)
        let before = isAssigned
        try compile(body)
        finishLoop(backTo: top, exits: exits)
        isAssigned = before
    }

    private func finishLoop(backTo top: Int, exits: [Int]) {
        let loop = loops.removeLast()
        for jump in loop.continues { patch(jump) }
        emit(.jumpBack, UInt32(top))
        for jump in exits { patch(jump) }
        for jump in loop.breaks { patch(jump) }
    }

    // MARK: Conditions

    /// Emits a condition and the jumps taken when it does not hold.
    func jumpUnless(_ condition: Expr) throws -> [Int] {
        let start = mark
        defer { release(start) }
        switch condition.kind {
        case .binary(let op, let left, let right) where op.isComparison:
            let (b, c) = try operands(left, right)
            let unless: Instruction.Op =
                switch op {
                case .equal: .unlessEqual
                case .notEqual: .unlessNotEqual
                case .less: .unlessLess
                case .lessOrEqual: .unlessLessOrEqual
                case .greater: .unlessGreater
                default: .unlessGreaterOrEqual
                }
            return [emit(unless, 0, b, c, at: condition)]
        case .and(let left, let right):
            return try jumpUnless(left) + jumpUnless(right)
        case .not(let inner):
            return [emit(.jumpIfTrue, 0, try operand(inner), at: condition)]
        default:
            return [emit(.jumpIfFalse, 0, try operand(condition), at: condition)]
        }
    }

    /// `if … { } else { }`, its value into a destination or nowhere.
    func conditional(_ branches: [Expr.Branch], _ otherwise: [Stmt]?, to destination: UInt32?) throws {
        var ends: [Int] = []
        let before = isAssigned
        var after: [Bool]?
        func join() {
            after = after.map { zip($0, isAssigned).map { $0 && $1 } } ?? isAssigned
        }
        var fallThrough = before
        for branch in branches {
            isAssigned = fallThrough
            let skip = try jumpUnless(branch.condition)
            fallThrough = isAssigned
            try blockValue(branch.body, to: destination)
            join()
            ends.append(emit(.jump))
            skip.forEach(patch)
        }
        isAssigned = fallThrough
        try blockValue(otherwise ?? [], to: destination)
        join()
        ends.forEach(patch)
        isAssigned = after ?? before
    }

    /// `try { } catch e { }`, its value into a destination or nowhere. Entering costs nothing: what catches errors is
    /// found by the place of the instruction that failed.
    func attempt(
        _ body: [Stmt], _ name: (text: String, span: Span)?, _ handler: [Stmt], to destination: UInt32?
    ) throws {
        let before = isAssigned
        let start = code.count
        try blockValue(body, to: destination)
        let covered = start..<code.count
        let skip = emit(.jump)
        let afterBody = isAssigned
        isAssigned = before
        catches.append(
            .init(covered: covered, target: code.count, firstTemporary: mark, error: name.map { variable($0.text) }))
        if let name { noteAssigned(name.text) }
        try blockValue(handler, to: destination)
        patch(skip)
        isAssigned = zip(isAssigned, afterBody).map { $0 && $1 }
    }

    /// A block whose last expression is its value.
    private func blockValue(_ body: [Stmt], to destination: UInt32?) throws {
        guard let destination else {
            try compile(body)
            return
        }
        if let last = body.last, case .expression(let expr) = last.kind {
            try compile(Array(body.dropLast()))
            try emit(expr, to: destination)
        } else {
            try compile(body)
            emit(.load, destination, constant(.nothing))
        }
    }
}
