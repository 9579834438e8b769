// Compiling expressions.

extension Compiler {
    // MARK: Operands

    /// Where the value of an expression is to be found: a variable, a constant, or a temporary that is made for it.
    func operand(_ expr: Expr) throws -> UInt32 {
        switch expr.kind {
        case .number(let x): return constant(.number(x))
        case .string(let text): return constant(.string(text))
        case .bool(let flag): return constant(.bool(flag))
        case .nothing: return constant(.nothing)
        case .name(let name):
            switch place(name) {
            case .register(let register):
                if !isAssigned[register] {
                    unsetRegisters.insert(register)
                    emit(.checkSet, UInt32(register), at: expr)
                }
                return UInt32(register)
            case .builtin(let value): return constant(value)
            case .itself:
                let place = temporary()
                emit(.itself, place, at: expr)
                return place
            case .capture(let index):
                let operand = Operand.capture | UInt32(index)
                if !captureIsAssigned[index] { emit(.checkSet, operand, at: expr) }
                return operand
            case .global(let slot):
                emit(.checkSet, Operand.global | UInt32(slot), at: expr)
                return Operand.global | UInt32(slot)
            }
        default:
            let place = temporary()
            try emit(expr, to: place)
            return place
        }
    }

    /// An operand of an instruction that itself notices unset variables when they are no numbers.
    private func uncheckedOperand(_ expr: Expr) throws -> UInt32 {
        if case .name(let name) = expr.kind {
            switch place(name) {
            case .global(let slot): return Operand.global | UInt32(slot)
            case .capture(let index): return Operand.capture | UInt32(index)
            default: break
            }
        }
        return try operand(expr)
    }

    /// Two operands of an operator, the left one safe from assignments in the right one.
    func operands(_ left: Expr, _ right: Expr) throws -> (UInt32, UInt32) {
        if right.assigns, case .name = left.kind {
            let place = temporary()
            try emit(left, to: place)
            return (place, try uncheckedOperand(right))
        }
        return (try uncheckedOperand(left), try uncheckedOperand(right))
    }

    /// Evaluates an expression whose value nobody wants.
    func operandForEffect(_ expr: Expr) throws -> UInt32 {
        let operand = try operand(expr)
        if Operand.isTemporary(operand) { emit(.clear, operand, 0, 1) }
        return operand
    }

    // MARK: Into a place

    /// Evaluates an expression into a place. The place changes only in the last step, so it may occur in the
    /// expression.
    func emit(_ expr: Expr, to destination: UInt32, assignedName: String? = nil) throws {
        let start = mark
        defer { release(start) }
        if guardrail.isExhausted {
            throw Diagnostic(
                "this expression is nested too deeply", source: source, span: expr.span,
                note: "give a part of it a name")
        }
        switch expr.kind {
        case .name:
            // `n` = 1: the machine checks that the name has a value.
            emit(.load, destination, try uncheckedOperand(expr), n: 1, at: expr)
        case .number, .string, .bool, .nothing:
            emit(.load, destination, try operand(expr), at: expr)
        case .binary(let op, let left, let right):
            let (b, c) = try operands(left, right)
            emit(instruction(op), destination, b, c, at: expr)
        case .negate(let inner): emit(.negate, destination, try uncheckedOperand(inner), at: expr)
        case .not(let inner): emit(.not, destination, try operand(inner), at: expr)
        case .contains(let item, let container, let isNegated):
            let b = try operand(item)
            emit(isNegated ? .containsNot : .contains, destination, b, try operand(container), at: expr)
        case .and(let left, let right): try shortCircuit(left, right, .jumpIfFalse, destination, expr)
        case .or(let left, let right): try shortCircuit(left, right, .jumpIfTrue, destination, expr)
        case .chain(let operands, let operators): try chain(operands, operators, destination, expr)
        case .list(let items) where items.count > Self.longList: try longList(items, destination, expr)
        case .list(let items), .tuple(let items):
            let first = try consecutive(items)
            emit(.list, destination, first, UInt32(items.count), at: expr)
        case .record(let fields):
            let first = try consecutive(fields.map(\.value))
            let site = Site()
            site.keys = Record.Keys(fields.map(\.name))
            emit(.record, destination, first, self.site(site), at: expr)
        case .interpolation(let pieces):
            let values = pieces.compactMap { if case .value(let expr, _) = $0 { expr } else { nil } }
            let first = try consecutive(values)
            let site = Site()
            site.setPieces(pieces)
            emit(.text, destination, first, self.site(site), at: expr)
        case .lambda(let function): try emitFunction(function, to: destination)
        case .call(let callee, let arguments):
            try call(callee, arguments, destination, expr, assignedName: assignedName)
        case .field(let container, let name):
            let b = try uncheckedOperand(container)
            emit(.field, destination, b, nameIndex(name), at: expr)
        case .index(let container, let subscripts):
            let b = try uncheckedOperand(container)
            if subscripts.count == 1, case .position(let position) = subscripts[0] {
                emit(.item, destination, b, try operand(position), at: expr)
            } else {
                emit(.items, destination, b, try self.subscripts(subscripts), at: expr)
            }
        case .attempt(let body, let name, let handler):
            let place = Operand.isTemporary(destination) ? destination : temporary()
            try attempt(body, name, handler, to: place)
            if place != destination { emit(.load, destination, place, at: expr) }
        case .use(let path):
            let site = Site()
            site.path = path
            emit(.use, destination, 0, self.site(site), at: expr)
        case .conditional(let branches, let otherwise):
            if Operand.isTemporary(destination) {
                try conditional(branches, otherwise, to: destination)
            } else {
                let place = temporary()
                try conditional(branches, otherwise, to: place)
                emit(.load, destination, place, at: expr)
            }
        }
    }

    private func instruction(_ op: BinaryOperator) -> Instruction.Op {
        switch op {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .remainder: .remainder
        case .power: .power
        case .matrixProduct: .matrixProduct
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        }
    }

    /// Items of a list that are evaluated before they are put together; each takes a register.
    private static let longList = 4096

    /// A long list in pieces.
    private func longList(_ items: [Expr], _ destination: UInt32, _ node: Expr) throws {
        let whole = temporary()
        for start in stride(from: 0, to: items.count, by: Self.longList) {
            let before = mark
            let piece = start == 0 ? whole : temporary()
            let part = Array(items[start..<min(start + Self.longList, items.count)])
            emit(.list, piece, try consecutive(part), UInt32(part.count), at: node)
            if start > 0 { emit(.add, whole, whole & ~Operand.temporaryBit, piece, at: node) }
            release(before)
        }
        emit(.load, destination, whole, at: node)
    }

    /// Evaluates expressions into neighbouring temporaries; the index of the first.
    func consecutive(_ items: [Expr]) throws -> UInt32 {
        let first = UInt32(mark)
        for item in items { try emit(item, to: temporary()) }
        return first
    }

    /// `a and b`, `a or b`: the operand that decides.
    private func shortCircuit(
        _ left: Expr, _ right: Expr, _ op: Instruction.Op, _ destination: UInt32, _ node: Expr
    ) throws {
        let place = Operand.isTemporary(destination) ? destination : temporary()
        try emit(left, to: place)
        let end = emit(op, 0, place & ~Operand.temporaryBit, at: node)
        let before = isAssigned
        try emit(right, to: place)
        isAssigned = before
        patch(end)
        if place != destination { emit(.load, destination, place, at: node) }
    }

    /// `a < b < c`: each operand is evaluated once, and none after the first comparison that fails.
    private func chain(
        _ operands: [Expr], _ operators: [BinaryOperator], _ destination: UInt32, _ node: Expr
    ) throws {
        let place = Operand.isTemporary(destination) ? destination : temporary()
        var left = temporary()
        var right = temporary()
        try emit(operands[0], to: left)
        var ends: [Int] = []
        for (index, op) in operators.enumerated() {
            try emit(operands[index + 1], to: right)
            emit(
                instruction(op), place, left & ~Operand.temporaryBit, right & ~Operand.temporaryBit,
                at: Expr(
                    .binary(op, operands[index], operands[index + 1]),
                    operands[index].span.union(operands[index + 1].span), depth: 0, assigns: false))
            if index < operators.count - 1 {
                ends.append(emit(.jumpIfFalse, 0, place & ~Operand.temporaryBit, at: node))
            }
            swap(&left, &right)
        }
        ends.forEach(patch)
        emit(.clear, min(left, right), 0, 2)
        if place != destination { emit(.load, destination, place, at: node) }
    }

    /// The values of `x[1:3, :]` in neighbouring temporaries, and what they mean.
    func subscripts(_ subscripts: [Expr.Subscript]) throws -> UInt32 {
        let site = Site()
        var values: [Expr] = []
        for item in subscripts {
            switch item {
            case .position(let expr):
                values.append(expr)
                site.shapes.append(.position)
            case .slice(let start, let stop, let step):
                values += [start, stop, step].compactMap { $0 }
                site.shapes.append(.slice(hasStart: start != nil, hasStop: stop != nil, hasStep: step != nil))
            }
        }
        site.argumentCount = values.count
        site.first = Int(try consecutive(values))
        return self.site(site)
    }

    // MARK: Calls

    private func call(
        _ callee: Expr, _ arguments: [Expr.Argument], _ destination: UInt32, _ node: Expr, assignedName: String?
    ) throws {
        guard arguments.count <= Instruction.mostCount else {
            throw Diagnostic(
                "a call takes up to \(Instruction.mostCount) arguments; this one has \(arguments.count)",
                source: source,
                span: callee.span, note: "give it one list")
        }
        let site = Site()
        site.argumentCount = arguments.count
        site.assignedName = assignedName
        site.enclosing = enclosingCallee
        if arguments.contains(where: { $0.name != nil }) { site.names = arguments.map(\.name) }
        var isBuiltin = false
        if case .name(let name) = callee.kind, case .builtin(.function(let function)) = place(name),
            function.builtin != nil
        {
            site.function = function
            isBuiltin = true
        }
        // The window: the function, then its arguments, which become the first registers of the function called.
        // A result that goes into the newest temporary may take the window's place.
        let isNewest = Operand.isTemporary(destination) && Operand.index(destination) == mark - 1
        let window = isNewest ? destination : temporary()
        var slot: Int?
        if !isBuiltin {
            if site.names == nil, case .name(let name) = callee.kind, case .global(let global) = place(name) {
                slot = global
            } else {
                try emit(callee, to: window)
            }
        }
        let outer = enclosingCallee
        if case .name(let name) = callee.kind { enclosingCallee = name } else { enclosingCallee = nil }
        defer { enclosingCallee = outer }
        for (position, argument) in arguments.enumerated() {
            let places = site.builtin?.places(ofArgument: argument.name, at: position) ?? []
            try emit(argument.value.keeping(places: places), to: temporary())
        }
        if let slot {
            emit(.callGlobal, destination, window, UInt32(slot), n: arguments.count, at: node)
            emit(.data, destination, window, self.site(site), n: arguments.count, at: node)
            return
        }
        let isNumeric = arguments.count == 1 && site.names == nil && site.builtin?.ofNumber != nil
        let isQuick =
            site.names == nil
            && (arguments.count == 1 && site.builtin?.ofValue != nil
                || arguments.count == 2 && site.builtin?.ofValues != nil)
        let op: Instruction.Op =
            isBuiltin
            ? (isNumeric ? .callNumeric : isQuick ? .callQuick : .callBuiltin)
            : site.names == nil ? .call : .callNamed
        emit(op, destination, window, self.site(site), n: arguments.count, at: node)
    }
}

extension Builtin {
    /// The places that a text keeps which is written as an argument, see `ParameterType.places`.
    package func places(ofArgument name: String?, at position: Int) -> [String] {
        if let name { return parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.type.places ?? [] }
        let positional = parameters.filter { $0.role == .positional }
        return positional.indices.contains(position) ? positional[position].type.places : []
    }
}

extension Expr {
    /// A string in which `{name}` of one of `places` is text.
    fileprivate func keeping(places: [String]) -> Expr {
        guard !places.isEmpty, case .interpolation(let pieces) = kind else { return self }
        var kept: [Piece] = []
        for piece in pieces {
            var piece = piece
            if case .value(let value, nil) = piece, case .name(let name) = value.kind,
                places.contains(where: { $0.utf8.elementsEqual(name.utf8) })
            {
                piece = .text("{\(name)}")
            }
            if case .text(let more) = piece, case .text(let text)? = kept.last {
                kept[kept.count - 1] = .text(text + more)
            } else {
                kept.append(piece)
            }
        }
        if kept.count == 1, case .text(let text) = kept[0] {
            return Expr(.string(text), span, place: place, depth: depth, assigns: assigns)
        }
        return Expr(.interpolation(kept), span, place: place, depth: depth, assigns: assigns)
    }
}
