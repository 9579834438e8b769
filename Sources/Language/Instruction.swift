// Bytecode: what functions and top-level statements are compiled to, for a register machine.

/// One instruction: sixteen bytes. `a` is mostly the destination, `b` and `c` are operands; see ``Operand``.
struct Instruction {
    enum Op: UInt8 {
        // Values; `clear` lets go of c registers from a on
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
        /// `a.x[i] = b` and `a.x[i] op= b` where the parts stand: c is the site with the way to the part.
        case setPath, updatePath
        /// `a = f(a, b)` of records where the first one stands; the built-in is site c's.
        case mergeInto
        // Calls: window from register b on, c = site
        /// Positional arguments only; some named; a built-in; a built-in that is quick with one number, or with some
        /// values.
        case call, callNamed, callBuiltin, callNumeric, callQuick
        /// A call of the function in slot c, positional arguments only; a `data` instruction follows whose c is the
        /// site.
        case callGlobal, data
        /// The running function itself, for local functions that call themselves.
        case itself
        case `return`
        /// What the file of site c defines.
        case use
        /// Ends evaluation at the end of a statement in which a built-in was interrupted.
        case stop
    }

    /// The largest count that `n` holds; the compiler refuses what needs more.
    static let mostCount = Int(UInt16.max)

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
    /// For a call of a built-in: the built-in as a function.
    var function: Function?
    var builtin: Builtin? { function?.builtin }
    /// Where its result is assigned as a whole.
    var assignedName: String?
    /// The call that this call is an argument of, as written.
    var enclosing: String?
    /// A string's literal parts around its values, one more than these, and how each value is written.
    private(set) var literals: [String] = []
    private(set) var formats: [FormatSpec?] = []
    private(set) var hasNoLiteral = true
    var shapes: [Shape] = []
    /// The register where an index's values begin.
    var first = 0
    var keys: Record.Keys?
    /// The way from a variable to the part of it that is set, the expression of each step, and where a record had the
    /// field last.
    var steps: [Step] = []
    var stepNodes: [Expr] = []
    var guesses: [Int] = []
    var updates: BinaryOperator = .add

    enum Step {
        case field(String)
        /// The operand that holds the index.
        case item(UInt32)
    }

    func setPieces(_ pieces: [Expr.Piece]) {
        literals = [""]
        for piece in pieces {
            switch piece {
            case .text(let literal): literals[literals.count - 1] += literal
            case .value(_, let spec):
                formats.append(spec)
                literals.append("")
            }
        }
        hasNoLiteral = literals.allSatisfy(\.isEmpty)
    }

    /// The file that `use` takes in.
    var path = ""
}
