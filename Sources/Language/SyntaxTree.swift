// The syntax tree: expressions, statements and functions as they were written.

/// An expression and where it stands.
package final class Expr {
    package enum Kind {
        case number(Double)
        case string(String)
        /// `"a{x:.2f}b"`
        case interpolation([Piece])
        case bool(Bool)
        case nothing
        case name(String)
        case list([Expr])
        /// `a, b`: a list without brackets.
        case tuple([Expr])
        case record([(name: String, value: Expr)])
        case call(Expr, [Argument])
        case index(Expr, [Subscript])
        case field(Expr, String)
        case negate(Expr)
        case not(Expr)
        case binary(BinaryOperator, Expr, Expr)
        /// `a < b < c`: operands and the operators between them.
        case chain([Expr], [BinaryOperator])
        case and(Expr, Expr)
        case or(Expr, Expr)
        case contains(item: Expr, container: Expr, isNegated: Bool)
        case lambda(FunctionSyntax)
        case conditional([Branch], otherwise: [Stmt]?)
        /// `try { … } catch e { … }`; nil for a `catch` without a name.
        case attempt([Stmt], name: (text: String, span: Span)?, handler: [Stmt])
        /// `use "file.lethe"`
        case use(String)
    }

    /// The expressions that it is made of, in their order; not those inside of its statements or functions.
    package var parts: [Expr] {
        switch kind {
        case .number, .string, .bool, .nothing, .name, .use, .lambda, .conditional, .attempt: []
        case .interpolation(let pieces):
            pieces.compactMap { if case .value(let expr, _) = $0 { expr } else { nil } }
        case .list(let items), .tuple(let items), .chain(let items, _): items
        case .record(let fields): fields.map(\.value)
        case .call(let callee, let arguments): [callee] + arguments.map(\.value)
        case .index(let base, let subscripts):
            [base]
                + subscripts.flatMap { part -> [Expr] in
                    switch part {
                    case .position(let expr): [expr]
                    case .slice(let start, let stop, let step): [start, stop, step].compactMap(\.self)
                    }
                }
        case .field(let base, _), .negate(let base), .not(let base): [base]
        case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right): [left, right]
        case .contains(let item, let container, _): [item, container]
        }
    }

    /// Literal text or a value inside a string.
    package enum Piece {
        case text(String)
        case value(Expr, FormatSpec?)
    }

    package struct Argument {
        package var name: String?
        package var nameSpan: Span
        package var value: Expr
        package var span: Span { name == nil ? value.span : nameSpan.union(value.span) }
    }

    /// One index between brackets.
    package enum Subscript {
        case position(Expr)
        case slice(start: Expr?, stop: Expr?, step: Expr?)
    }

    package struct Branch {
        package var condition: Expr
        package var body: [Stmt]
    }

    package let kind: Kind
    /// All of it, parentheses included.
    package let span: Span
    /// What errors point at: without the parentheses around it.
    package let place: Span
    /// How many nodes stand above its deepest leaf; bounded, since compiling recurses.
    let depth: Int32
    /// Whether evaluating it may assign a variable (it holds a block).
    let assigns: Bool

    init(_ kind: Kind, _ span: Span, place: Span? = nil, depth: Int32, assigns: Bool) {
        self.kind = kind
        self.span = span
        self.place = place ?? span
        self.depth = depth
        self.assigns = assigns
    }
}

/// What stands left of `=`.
package indirect enum Target {
    case name(String, Span)
    case field(Target, String, Expr)
    case index(Target, [Expr.Subscript], Expr)
    case list([Target], Span)

    package var span: Span {
        switch self {
        case .name(_, let span), .list(_, let span): span
        case .field(_, _, let expr), .index(_, _, let expr): expr.span
        }
    }

    /// The variable that is rebound, when there is exactly one.
    package var root: String? {
        switch self {
        case .name(let name, _): name
        case .field(let target, _, _), .index(let target, _, _): target.root
        case .list: nil
        }
    }
}

/// A statement and where it stands.
package final class Stmt {
    package enum Kind {
        case expression(Expr)
        case assign(Target, Expr)
        /// `x += 1`
        case update(Target, BinaryOperator, Expr)
        case define(FunctionSyntax)
        case forLoop(Target, Expr, [Stmt])
        case whileLoop(Expr, [Stmt])
        case `return`(Expr?)
        case `break`
        case `continue`
        case command(SessionCommand)
    }

    package let kind: Kind
    package let span: Span
    /// Whether a `;` follows, which keeps an expression from printing.
    package var isSilent = false

    init(_ kind: Kind, _ span: Span) {
        self.kind = kind
        self.span = span
    }
}

/// A function as it was written: `def f(x, k=1) = …`, `x -> …`.
package final class FunctionSyntax {
    package enum Body {
        case expression(Expr)
        case block([Stmt])
    }

    package struct Parameter {
        package var name: String
        package var span: Span
        package var defaultValue: Expr?
    }

    package let name: String?
    package let nameSpan: Span
    package let parameters: [Parameter]
    package let body: Body
    package let span: Span
    /// Names assigned in the body, parameters included.
    package let locals: Set<String>
    /// Names read in the body that are not its own.
    package let free: Set<String>

    init(
        name: String?, nameSpan: Span, parameters: [Parameter], body: Body, span: Span, locals: Set<String>,
        free: Set<String>
    ) {
        self.name = name
        self.nameSpan = nameSpan
        self.parameters = parameters
        self.body = body
        self.span = span
        self.locals = locals
        self.free = free
    }
}
