// Finding where a NaN came from: a slower way to run functions that looks at every operator's result.

/// The first operation of a user function that made a NaN out of operands without one.
public struct NaNOrigin {
    /// `in sophia, cell 13 line 4: s.mom / (rho * s.hess)      0 / 0`, ready as a line of advice.
    public let text: String
}

/// What the machine remembers while it searches.
struct NaNTrace {
    /// Whether infinite numbers are looked for too.
    var orInfinite = false
    var origin: NaNOrigin?
}

extension Machine {
    /// Code in which every arithmetic operator goes through ``traced(_:)`` and every built-in through
    /// ``noteNaN(from:in:frame:_:)``.
    func tracedCode(of prototype: Prototype) -> UnsafeMutablePointer<Instruction> {
        if let code = prototype.tracedCode { return code }
        let code = UnsafeMutablePointer<Instruction>.allocate(capacity: max(1, prototype.codeCount))
        code.initialize(from: prototype.code, count: prototype.codeCount)
        // The short way for functions of one number looks at nothing.
        for index in 0..<prototype.codeCount where code[index].op == .callNumeric { code[index].op = .callBuiltin }
        for index in 0..<prototype.codeCount where code[index].op.arithmetic != nil {
            code[index].n = UInt16(code[index].op.rawValue)
            code[index].op = .traced
        }
        prototype.tracedCode = code
        return code
    }

    /// An operator that looks for a NaN in its result; `pc` is where it stands.
    func traced(_ i: Instruction, at pc: UnsafeMutablePointer<Instruction>) throws {
        guard let op = Instruction.Op(rawValue: UInt8(truncatingIfNeeded: i.n))?.arithmetic else { return }
        let (left, right) = (place(i.b).pointee, place(i.c).pointee)
        try binary(op, i)
        let frame = frames[frameCount - 1]
        noteNaN(of: op, left, right, place(i.a).pointee, frame.prototype.nodes[safe: pc - frame.code] ?? nil)
    }

    /// An operation's operands and result, in the running function.
    func noteNaN(of op: BinaryOperator, _ left: Value, _ right: Value, _ result: Value, _ node: Expr?) {
        guard let node, let trace = nanTrace, trace.origin == nil, let position = result.firstNaN(trace),
            left.firstNaN(trace) == nil, right.firstNaN(trace) == nil
        else { return }
        // Without the parentheses around the operation.
        let span = (node.leftChild?.span ?? node.span).union(node.rightChild?.span ?? node.span)
        var text = description(of: span, in: prototype)
        if let x = left.number(at: position, of: result), let y = right.number(at: position, of: result) {
            text += "      \(formatNumber(x, digits: 4)) \(op.rawValue) \(formatNumber(y, digits: 4))"
        }
        nanTrace?.origin = NaNOrigin(text: text)
    }
}

extension Machine {
    /// A built-in, such as `log`, that made a NaN.
    func noteNaN(from arguments: [Value], in result: Value, frame: Int, _ site: Site?) {
        guard site != nil, frame >= 0, let trace = nanTrace, trace.origin == nil, let position = result.firstNaN(trace),
            arguments.allSatisfy({ $0.firstNaN(trace) == nil })
        else { return }
        let running = frames[frame].prototype
        guard let node = running.nodes[safe: frames[frame].pc - frames[frame].code - 1] ?? nil else { return }
        var text = description(of: node.span, in: running)
        if arguments.count == 1, let x = arguments[0].number(at: position, of: result) {
            text += "      of \(formatNumber(x, digits: 4))"
        }
        nanTrace?.origin = NaNOrigin(text: text)
    }

    /// `in sophia, cell 13 line 4: s.mom / (rho * s.hess)`
    private func description(of span: Span, in running: Prototype) -> String {
        "in \(running.name ?? "x -> …"), \(running.source.frameName(of: Int(span.start), seenFrom: nil)): "
            + clipped(oneLine(running.source.text(span)), to: 60)
    }
}

extension Instruction.Op {
    /// The arithmetic operator that an instruction is.
    fileprivate var arithmetic: BinaryOperator? {
        switch self {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .remainder: .remainder
        case .power: .power
        case .matrixProduct: .matrixProduct
        default: nil
        }
    }
}

extension Value {
    /// Where the first number stands that is searched for; nil when there is none.
    fileprivate func firstNaN(_ trace: NaNTrace) -> Int? {
        switch self {
        case .number(let x): x.isNaN || trace.orInfinite && x.isInfinite ? 0 : nil
        case .foreign(let foreign): foreign.firstNaN(orInfinite: trace.orInfinite)
        default: nil
        }
    }

    /// The number that an operand contributed to one number of a result; nil where that cannot be told.
    fileprivate func number(at position: Int, of result: Value) -> Double? {
        switch self {
        case .number(let x): x
        case .foreign(let foreign):
            foreign.numberCount == 1
                ? foreign.number(at: 0)
                : foreign.numberCount == result.foreign?.numberCount ? foreign.number(at: position) : nil
        default: nil
        }
    }
}
