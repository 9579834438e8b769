// Bytecode: what functions and top-level statements are compiled to, for a register machine.

/// One instruction: sixteen bytes. `a` is mostly the destination, `b` and `c` are operands; see ``Operand``.
struct Instruction {
    enum Op: UInt8 {
        // Values
        case load, clear, checkSet
        // Operators: a = b op c
        case add, subtract, multiply, divide, remainder, power, matrixProduct
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case negate, not, contains, containsNot
        /// The same operators while the origin of a NaN is searched for; `n` is the operator.
        case traced
        // Control: a = target
        case jump, jumpBack, jumpIfFalse, jumpIfTrue
        case unlessEqual, unlessNotEqual, unlessLess, unlessLessOrEqual, unlessGreater, unlessGreaterOrEqual
        // Loops: hidden registers from b on
        case forPrepare, forNext
        // Making values: n values from register b on
        case list, record, text, function
        // Parts of values
        case field, setField, item, setItem, items, setItems, unpack
        // Calls: window from register b on, c = site
        /// Positional arguments only; some named; a built-in; a built-in that is quick with one number.
        case call, callNamed, callBuiltin, callNumeric
        /// A call of the function in slot c, positional arguments only; a `data` instruction follows whose c is the site.
        case callGlobal, data
        /// The running function itself, for local functions that call themselves.
        case itself
        case `return`
        /// Ends evaluation at the end of a statement in which a built-in was interrupted.
        case stop
    }

    var op: Op
    var n: UInt16 = 0
    var a: UInt32 = 0
    var b: UInt32 = 0
    var c: UInt32 = 0
}

/// Where an instruction finds a value: two bits say in which table, one whether the value is a temporary that the
/// instruction uses up.
enum Operand {
    static let register: UInt32 = 0 << 30
    static let constant: UInt32 = 1 << 30
    static let global: UInt32 = 2 << 30
    static let capture: UInt32 = 3 << 30
    static let temporaryBit: UInt32 = 1 << 29
    static let indexMask: UInt32 = (1 << 29) - 1

    @inline(__always) static func table(_ operand: UInt32) -> Int { Int(truncatingIfNeeded: operand >> 30) }
    @inline(__always) static func index(_ operand: UInt32) -> Int { Int(truncatingIfNeeded: operand & indexMask) }
    @inline(__always) static func isTemporary(_ operand: UInt32) -> Bool { operand & temporaryBit != 0 }
    static func isGlobal(_ operand: UInt32) -> Bool { operand >> 30 == 2 }
}

/// What an instruction needs beyond its operands: a call's argument names, a string's pieces, an index's shape.
final class Site {
    enum Shape {
        case position
        case slice(hasStart: Bool, hasStop: Bool, hasStep: Bool)
    }

    /// Names of the arguments of a call, nil for positional ones; nil when all are positional.
    var names: [String?]?
    var argumentCount = 0
    /// For a call of a built-in: the built-in.
    var builtin: Builtin?
    /// Where its result is assigned as a whole.
    var assignedName: String?
    /// The call that this call is an argument of, as written.
    var enclosing: String?
    var pieces: [Expr.Piece] = []
    var shapes: [Shape] = []
    var keys: Record.Keys?
}
