// The compiler's core: resolves names to registers, captures and slots, and lays out code for one function.

/// Compiles one function or one top-level statement.
final class Compiler {
    let source: Source
    let globals: Globals
    /// Built-in functions and constants as values; shared by all compilers of an interpreter.
    let builtins: [String: Value]
    let guardrail: StackGuard
    let parent: Compiler?
    /// nil for a top-level statement.
    let function: FunctionSyntax?

    var code: [Instruction] = []
    var nodes: [Expr?] = []
    var constants: [Value] = []
    private var numberConstants: [UInt64: Int] = [:]
    var names: [String] = []
    private var indexOfName: [Text: Int] = [:]
    var sites: [Site] = []
    var inner: [Prototype.InnerFunction] = []
    var statements: [Range<Int>] = []
    var catches: [Prototype.Catch] = []

    /// Register of each own variable.
    var registerOfName: [String: Int] = [:]
    var variableNames: [String] = []
    private(set) var captureNames: [String] = []
    private var captureOfName: [String: Int] = [:]
    /// Top-level names that it mentions.
    private var globalNames: Set<String> = []
    /// Where the enclosing function finds each captured value.
    private(set) var captureOperands: [UInt32] = []
    /// Whether each captured variable has a value for sure.
    private(set) var captureIsAssigned: [Bool] = []
    /// Own variables that have a value for sure at this point.
    var isAssigned: [Bool] = []
    var unsetRegisters: Set<Int> = []

    private var nextTemporary = 0
    private var registerCount = 0
    /// Set by an instruction whose count does not fit; ``finish(span:)`` refuses the code.
    private var oversized: Expr??

    struct Loop {
        var breaks: [Int] = []
        var continues: [Int] = []
    }

    var loops: [Loop] = []
    /// The name of the function whose arguments are being compiled, for advice.
    var enclosingCallee: String?

    init(
        source: Source, globals: Globals, builtins: [String: Value], guardrail: StackGuard, parent: Compiler? = nil,
        function: FunctionSyntax? = nil
    ) {
        self.guardrail = guardrail
        self.source = source
        self.globals = globals
        self.builtins = builtins
        self.parent = parent
        self.function = function
        guard let function else { return }
        for parameter in function.parameters { addVariable(parameter.name, isAssigned: true) }
        for name in function.locals.sorted() where registerOfName[name] == nil {
            addVariable(name, isAssigned: false)
        }
        nextTemporary = variableNames.count
        registerCount = nextTemporary
    }

    private func addVariable(_ name: String, isAssigned: Bool) {
        registerOfName[name] = variableNames.count
        variableNames.append(name)
        self.isAssigned.append(isAssigned)
    }

    // MARK: Code

    @discardableResult
    func emit(
        _ op: Instruction.Op, _ a: UInt32 = 0, _ b: UInt32 = 0, _ c: UInt32 = 0, n: Int = 0, at node: Expr? = nil
    ) -> Int {
        if n > Instruction.mostCount { oversized = oversized ?? .some(node) }
        code.append(Instruction(op: op, n: UInt16(clamping: n), a: a, b: b, c: c))
        nodes.append(node)
        return code.count - 1
    }

    /// Makes a jump lead here.
    func patch(_ jump: Int) {
        let here = UInt32(code.count)
        if code[jump].op == .forNext { code[jump].c = here } else { code[jump].a = here }
    }

    func constant(_ value: Value) -> UInt32 {
        if case .number(let x) = value {
            if let index = numberConstants[x.bitPattern] { return Operand.constant | UInt32(index) }
            numberConstants[x.bitPattern] = constants.count
        }
        constants.append(value)
        return Operand.constant | UInt32(constants.count - 1)
    }

    func nameIndex(_ name: String) -> UInt32 {
        if let index = indexOfName[Text(name)] { return UInt32(index) }
        indexOfName[Text(name)] = names.count
        names.append(name)
        return UInt32(names.count - 1)
    }

    func site(_ site: Site) -> UInt32 {
        sites.append(site)
        return UInt32(sites.count - 1)
    }

    // MARK: Temporaries

    /// A register for a value on its way; freed in reverse order.
    func temporary() -> UInt32 {
        nextTemporary += 1
        registerCount = max(registerCount, nextTemporary)
        return UInt32(nextTemporary - 1) | Operand.temporaryBit
    }

    /// Where the next temporary will be.
    var mark: Int { nextTemporary }

    /// Frees all temporaries made since the mark.
    func release(_ mark: Int) { nextTemporary = mark }

    // MARK: Names

    enum Place {
        case register(Int)
        case capture(Int)
        case global(Int)
        case builtin(Value)
        /// A local function's own name in its body.
        case itself
    }

    func place(_ name: String) -> Place {
        if let register = registerOfName[name] { return .register(register) }
        if isItself(name) { return .itself }
        if let capture = capture(name) { return .capture(capture) }
        if let builtin = builtins[name] { return .builtin(builtin) }
        globalNames.insert(name)
        return .global(globals.slot(name, in: source.scope))
    }

    /// The index of a captured variable of an enclosing function, captured now if it was not before.
    private func capture(_ name: String) -> Int? {
        if let index = captureOfName[name] { return index }
        guard let parent else { return nil }
        let operand: UInt32
        var isSure = true
        if parent.registerOfName[name] == nil, parent.isItself(name) {
            operand = Compiler.itself
        } else if let register = parent.registerOfName[name] {
            operand = UInt32(register)
            isSure = parent.isAssigned[register]
            if !isSure { parent.unsetRegisters.insert(register) }
        } else if let index = parent.capture(name) {
            operand = Operand.capture | UInt32(index)
            isSure = parent.captureIsAssigned[index]
        } else {
            return nil
        }
        captureIsAssigned.append(isSure)
        captureOfName[name] = captureNames.count
        captureNames.append(name)
        captureOperands.append(operand)
        return captureNames.count - 1
    }

    private func isItself(_ name: String) -> Bool {
        guard let function, function.name == name, let parent else { return false }
        return parent.registerOfName[name] != nil
    }

    /// Stands for "the function that runs" among the operands of captures.
    static let itself: UInt32 = .max

    func finish(span: Span) throws -> Prototype {
        if let oversized {
            throw Diagnostic(
                "more than \(Instruction.mostCount) values at once are too many for one step", source: source,
                span: oversized?.place ?? span, note: "put them in a list")
        }
        return Prototype(
            name: function?.name, source: source, span: span, isTopLevel: function == nil,
            parameterNames: function?.parameters.map(\.name) ?? [], captureNames: captureNames,
            globalNames: globalNames.sorted(), code: code,
            constants: constants, registerCount: registerCount, unsetRegisters: unsetRegisters.sorted(),
            variableNames: variableNames, sites: sites, names: names, inner: inner, nodes: nodes,
            statements: statements, catches: catches)
    }

    // MARK: Functions

    /// Compiles a function written here and emits the instruction that makes it.
    func emitFunction(_ syntax: FunctionSyntax, to destination: UInt32) throws {
        let start = mark
        let first = UInt32(start)
        for parameter in syntax.parameters {
            if let value = parameter.defaultValue { try emit(value, to: temporary()) }
        }
        let compiler = Compiler(
            source: source, globals: globals, builtins: builtins, guardrail: guardrail, parent: self,
            function: syntax)
        try compiler.compileBody(syntax)
        inner.append(
            .init(
                prototype: try compiler.finish(span: syntax.span), captures: compiler.captureOperands,
                hasDefault: syntax.parameters.map { $0.defaultValue != nil }))
        release(start)
        emit(.function, destination, first, UInt32(inner.count - 1))
    }

    private func compileBody(_ syntax: FunctionSyntax) throws {
        switch syntax.body {
        case .expression(let expr): try compileReturn(expr)
        case .block(let body): try compileTail(body)
        }
    }

    /// A block whose last expression is the function's value.
    private func compileTail(_ body: [Stmt]) throws {
        for (index, statement) in body.enumerated() {
            if index == body.count - 1, case .expression(let expr) = statement.kind {
                try compileReturn(expr)
                return
            }
            try compile(statement)
        }
        emit(.return, constant(.nothing))
    }

    func compileReturn(_ expr: Expr) throws {
        // A conditional in last place gives back from its branches.
        if case .conditional(let branches, let otherwise) = expr.kind {
            for branch in branches {
                let skip = try jumpUnless(branch.condition)
                let before = isAssigned
                try compileTail(branch.body)
                isAssigned = before
                skip.forEach(patch)
            }
            try compileTail(otherwise ?? [])
            return
        }
        let start = mark
        let from = code.count
        emit(.return, try grown(expr) ?? operand(expr))
        statements.append(from..<code.count)
        release(start)
    }

    /// `xs + [x]` or `merge(r, more)` in last place: nothing needs the old value of a local name after it, which so
    /// grows where it stands. The register of the name; nil for any other expression.
    private func grown(_ expr: Expr) throws -> UInt32? {
        func register(_ expr: Expr) -> (name: String, register: Int)? {
            guard case .name(let name) = expr.kind, case .register(let register) = place(name), isAssigned[register]
            else { return nil }
            return (name, register)
        }
        switch expr.kind {
        case .binary(.add, let left, _):
            guard let (_, register) = register(left) else { return nil }
            try emit(expr, to: UInt32(register))
            return UInt32(register)
        case .call(_, let arguments):
            guard let first = arguments.first, let (name, register) = register(first.value),
                try merge(into: name, expr)
            else { return nil }
            return UInt32(register)
        default: return nil
        }
    }
}
