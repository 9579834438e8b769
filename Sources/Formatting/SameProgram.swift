// Whether two programs are the same but for the places of things.
import Language

extension CanonicalForm {
    /// Whether two programs have the same syntax tree.
    static func isSame(_ a: Program, _ b: Program) -> Bool {
        same(a.statements.map(\.syntax), b.statements.map(\.syntax))
    }

    /// Names and texts are the same where their bytes are.
    private static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
    private static func same(_ a: String?, _ b: String?) -> Bool {
        a.map { [UInt8]($0.utf8) } == b.map { [UInt8]($0.utf8) }
    }

    private static func same<T>(_ a: T?, _ b: T?, _ same: (T, T) -> Bool) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): same(a, b)
        default: false
        }
    }

    private static func same<T>(_ a: [T], _ b: [T], _ same: (T, T) -> Bool) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy(same)
    }

    // MARK: Statements

    private static func same(_ a: [Stmt], _ b: [Stmt]) -> Bool { same(a, b, same) }

    private static func same(_ a: Stmt, _ b: Stmt) -> Bool {
        guard a.isSilent == b.isSilent else { return false }
        switch (a.kind, b.kind) {
        case (.expression(let a), .expression(let b)): return same(a, b)
        case (.assign(let target, let a), .assign(let other, let b)): return same(target, other) && same(a, b)
        case (.update(let target, let op, let a), .update(let other, let otherOp, let b)):
            return op == otherOp && same(target, other) && same(a, b)
        case (.define(let a), .define(let b)): return same(a, b)
        case (.forLoop(let target, let a, let body), .forLoop(let other, let b, let otherBody)):
            return same(target, other) && same(a, b) && same(body, otherBody)
        case (.whileLoop(let a, let body), .whileLoop(let b, let otherBody)): return same(a, b) && same(body, otherBody)
        case (.return(let a), .return(let b)): return same(a, b, same)
        case (.break, .break), (.continue, .continue): return true
        case (.command(let a), .command(let b)): return a.kind == b.kind && same(a.text, b.text)
        default: return false
        }
    }

    private static func same(_ a: Target, _ b: Target) -> Bool {
        switch (a, b) {
        case (.name(let a, _), .name(let b, _)): same(a, b)
        case (.field(let a, let name, _), .field(let b, let other, _)): same(name, other) && same(a, b)
        case (.index(let a, let parts, _), .index(let b, let others, _)): same(a, b) && same(parts, others, same)
        case (.list(let a, _), .list(let b, _)): same(a, b, same)
        default: false
        }
    }

    private static func same(_ a: FunctionSyntax, _ b: FunctionSyntax) -> Bool {
        guard same(a.name, b.name),
            same(a.parameters, b.parameters, { same($0.name, $1.name) && same($0.defaultValue, $1.defaultValue, same) })
        else { return false }
        switch (a.body, b.body) {
        case (.expression(let a), .expression(let b)): return same(a, b)
        case (.block(let a), .block(let b)): return same(a, b)
        default: return false
        }
    }

    // MARK: Expressions

    private static func same(_ a: Expr, _ b: Expr) -> Bool {
        switch (a.kind, b.kind) {
        case (.number(let a), .number(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)), (.name(let a), .name(let b)), (.use(let a), .use(let b)): same(a, b)
        case (.interpolation(let a), .interpolation(let b)): same(a, b, same)
        case (.bool(let a), .bool(let b)): a == b
        case (.nothing, .nothing): true
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): same(a, b, same)
        case (.record(let a), .record(let b)): same(a, b) { same($0.name, $1.name) && same($0.value, $1.value) }
        case (.call(let a, let arguments), .call(let b, let others)):
            same(a, b) && same(arguments, others) { same($0.name, $1.name) && same($0.value, $1.value) }
        case (.index(let a, let parts), .index(let b, let others)): same(a, b) && same(parts, others, same)
        case (.field(let a, let name), .field(let b, let other)): same(name, other) && same(a, b)
        case (.negate(let a), .negate(let b)), (.not(let a), .not(let b)): same(a, b)
        case (.binary(let op, let a, let right), .binary(let otherOp, let b, let otherRight)):
            op == otherOp && same(a, b) && same(right, otherRight)
        case (.chain(let a, let operators), .chain(let b, let others)): operators == others && same(a, b, same)
        case (.and(let a, let right), .and(let b, let otherRight)), (.or(let a, let right), .or(let b, let otherRight)):
            same(a, b) && same(right, otherRight)
        case (.contains(let a, let right, let isNegated), .contains(let b, let otherRight, let isOtherNegated)):
            isNegated == isOtherNegated && same(a, b) && same(right, otherRight)
        case (.lambda(let a), .lambda(let b)): same(a, b)
        case (.conditional(let a, let otherwise), .conditional(let b, let other)):
            same(a, b) { same($0.condition, $1.condition) && same($0.body, $1.body) } && same(otherwise, other, same)
        case (.attempt(let a, let name, let handler), .attempt(let b, let otherName, let other)):
            same(name?.text, otherName?.text) && same(a, b) && same(handler, other)
        default: false
        }
    }

    private static func same(_ a: Expr.Piece, _ b: Expr.Piece) -> Bool {
        switch (a, b) {
        case (.text(let a), .text(let b)): same(a, b)
        case (.value(let a, let format), .value(let b, let other)): format == other && same(a, b)
        default: false
        }
    }

    private static func same(_ a: Expr.Subscript, _ b: Expr.Subscript) -> Bool {
        switch (a, b) {
        case (.position(let a), .position(let b)): same(a, b)
        case (.slice(let a, let aStop, let aStep), .slice(let b, let bStop, let bStep)):
            same(a, b, same) && same(aStop, bStop, same) && same(aStep, bStep, same)
        default: false
        }
    }
}
