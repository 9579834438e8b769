// A function or a top-level statement as it was compiled.

final class Prototype {
    let name: String?
    let source: Source
    let span: Span
    let isTopLevel: Bool
    let parameterNames: [String]
    let parameterCount: Int
    /// Filled for many parameters; a few are searched through.
    private let parameterIndices: [String: Int]
    let captureCount: Int
    /// Names of the captured variables, for error messages.
    let captureNames: [String]
    /// Top-level names that its own code reads, in alphabetical order; those of functions written inside are theirs.
    let globalNames: [String]

    let code: UnsafeMutablePointer<Instruction>
    let codeCount: Int
    let constants: UnsafeMutablePointer<Value>
    let constantCount: Int
    /// Registers it needs.
    let registerCount: Int
    /// Registers that may be read before they are assigned: they start as unset.
    let unsetRegisters: [Int]
    /// Names of the registers that are variables.
    let variableNames: [String]
    let sites: [Site]
    let names: [String]
    let inner: [InnerFunction]
    /// For each instruction the expression it was made for, to point at when it fails.
    let nodes: [Expr?]
    /// First and last-plus-one instruction of each simple statement, outer ones first.
    let statements: [Range<Int>]
    /// What catches errors, inner ones first.
    let catches: [Catch]
    /// Whether the machine's trace of NaN wants to see its operators; made on demand.
    var tracedCode: UnsafeMutablePointer<Instruction>?

    /// What entering it takes, without touching reference counts.
    let entry: UnsafeMutablePointer<Entry>

    struct Entry {
        var code: UnsafeMutablePointer<Instruction>
        var constants: UnsafeMutablePointer<Value>
        var registerCount: Int
        var parameterCount: Int32
        var hasUnsetRegisters: Bool
        var prototype: Unmanaged<Prototype>?
    }

    /// A `try`: where an error of some instructions is caught.
    struct Catch {
        /// The instructions of the body.
        let covered: Range<Int>
        /// The first instruction of what follows `catch`.
        let target: Int
        /// The temporaries from here on were the body's own.
        let firstTemporary: Int
        /// Where the error goes, as an operand; nil when nobody wants it.
        let error: UInt32?
    }

    /// A function written inside: its prototype, where its captures come from and where its defaults are.
    struct InnerFunction {
        let prototype: Prototype
        /// Operands of the enclosing function.
        let captures: [UInt32]
        let hasDefault: [Bool]
    }

    init(
        name: String?, source: Source, span: Span, isTopLevel: Bool, parameterNames: [String], captureNames: [String],
        globalNames: [String], code: [Instruction], constants: [Value], registerCount: Int, unsetRegisters: [Int],
        variableNames: [String], sites: [Site], names: [String], inner: [InnerFunction], nodes: [Expr?],
        statements: [Range<Int>], catches: [Catch]
    ) {
        self.name = name
        self.source = source
        self.span = span
        self.isTopLevel = isTopLevel
        self.parameterNames = parameterNames
        parameterCount = parameterNames.count
        parameterIndices =
            parameterNames.count <= 16
            ? [:] : Dictionary(uniqueKeysWithValues: zip(parameterNames, parameterNames.indices))
        captureCount = captureNames.count
        self.captureNames = captureNames
        self.globalNames = globalNames
        codeCount = code.count
        self.code = .allocate(capacity: max(1, code.count))
        self.code.initialize(from: code, count: code.count)
        constantCount = constants.count
        self.constants = .allocate(capacity: max(1, constants.count))
        self.constants.initialize(from: constants, count: constants.count)
        self.registerCount = registerCount
        self.unsetRegisters = unsetRegisters
        self.variableNames = variableNames
        self.sites = sites
        self.names = names
        self.inner = inner
        self.nodes = nodes
        self.statements = statements
        self.catches = catches
        entry = .allocate(capacity: 1)
        entry.initialize(
            to: Entry(
                code: self.code, constants: self.constants, registerCount: registerCount,
                parameterCount: Int32(parameterNames.count), hasUnsetRegisters: !unsetRegisters.isEmpty, prototype: nil)
        )
        entry.pointee.prototype = .passUnretained(self)
    }

    /// The paths after each `use` in its own code.
    var usedPaths: [String] {
        (0..<codeCount).compactMap { code[$0].op == .use ? sites[Int(code[$0].c)].path : nil }
    }

    func indexOfParameter(_ name: String) -> Int? {
        parameterCount <= 16 ? parameterNames.firstIndex(of: name) : parameterIndices[name]
    }

    deinit {
        code.deallocate()
        constants.deinitialize(count: constantCount)
        constants.deallocate()
        tracedCode?.deallocate()
        entry.deallocate()
    }
}
