// What one piece of a script says of itself: the names it binds and reads, each with its place, and the calls it makes.
import Language

/// The names and calls of a program, found by going through its syntax tree.
struct SyntaxOutline {
    /// What a name at some place stands for.
    enum Binding: Hashable {
        /// A name of the session.
        case session(String)
        /// A parameter or a variable of the function with that number.
        case local(function: Int, name: String)
    }

    /// A name where it stands.
    struct Occurrence {
        let binding: Binding
        let name: String
        let span: Span
        /// Whether it gets a value here.
        let isBound: Bool
        let isParameter: Bool
        /// Whether it is looked up only when a function runs.
        let isInFunction: Bool
        /// Whether a failure here is caught.
        let isInTry: Bool
        /// Whether it is called here.
        let isCalled: Bool
        /// Whether it is all that is left of `=`.
        let isAlone: Bool
        /// The loop around it, the outermost, by its number: what stands further down in a loop may have run before.
        let loop: Int?
    }

    /// A call of a name.
    struct CallSite {
        let callee: Occurrence
        let arguments: [Expr.Argument]
        let span: Span
    }

    /// A function with a name.
    struct Definition {
        let binding: Binding
        let syntax: FunctionSyntax
        let number: Int
        let isTopLevel: Bool
    }

    private(set) var occurrences: [Occurrence] = []
    private(set) var calls: [CallSite] = []
    private(set) var definitions: [Definition] = []
    /// Names behind a dot and names of records' fields.
    private(set) var fields: Set<String> = []
    /// Files that are taken in, and where their names stand.
    private(set) var uses: [(path: String, span: Span)] = []
    private(set) var commands: [SessionCommand] = []

    /// Which names between a string's braces are text, where it is an argument of a built-in.
    private let places: (_ callee: String, _ argument: String?, _ position: Int) -> [String]
    private var scopes: [(number: Int, locals: Set<String>)] = []
    private var functionCount = 0
    private var tries = 0
    private var loop: Int?
    private var loopCount = 0

    init(_ program: Program, places: @escaping (_ callee: String, _ argument: String?, _ position: Int) -> [String]) {
        self.places = places
        for statement in program.statements { visit(statement.syntax) }
    }

    // MARK: Names

    private func binding(_ name: String) -> Binding {
        for scope in scopes.reversed() where scope.locals.contains(name) {
            return .local(function: scope.number, name: name)
        }
        return .session(name)
    }

    @discardableResult
    private mutating func note(
        _ name: String, _ span: Span, isBound: Bool = false, isParameter: Bool = false, isCalled: Bool = false,
        isAlone: Bool = false
    ) -> Occurrence {
        let occurrence = Occurrence(
            binding: binding(name), name: name, span: span, isBound: isBound, isParameter: isParameter,
            isInFunction: !scopes.isEmpty, isInTry: tries > 0, isCalled: isCalled,
            isAlone: isAlone, loop: loop)
        // `|> f` at the start of a statement reads `ans`, which is not written.
        if !span.isEmpty { occurrences.append(occurrence) }
        return occurrence
    }

    // MARK: Statements

    private mutating func visit(_ body: [Stmt]) { for statement in body { visit(statement) } }

    private mutating func visit(_ statement: Stmt) {
        switch statement.kind {
        case .expression(let expr): visit(expr)
        case .assign(let target, let value):
            visit(value)
            if case .name(let name, let span) = target {
                note(name, span, isBound: true, isAlone: true)
            } else {
                bind(target)
            }
        case .update(let target, _, let value):
            visit(value)
            if case .name(let name, let span) = target { note(name, span) }
            bind(target)
        case .define(let function): visit(function)
        case .forLoop(let target, let sequence, let body):
            visit(sequence)
            inLoop {
                $0.bind(target)
                $0.visit(body)
            }
        case .whileLoop(let condition, let body):
            inLoop {
                $0.visit(condition)
                $0.visit(body)
            }
        case .return(let expr): if let expr { visit(expr) }
        case .break, .continue: break
        case .command(let command): commands.append(command)
        }
    }

    private mutating func inLoop(_ body: (inout SyntaxOutline) -> Void) {
        let outer = loop
        loopCount += 1
        loop = outer ?? loopCount
        body(&self)
        loop = outer
    }

    private mutating func bind(_ target: Target) {
        switch target {
        case .name(let name, let span): note(name, span, isBound: true)
        case .field(let inner, let name, _):
            fields.insert(name)
            bindPart(of: inner)
        case .index(let inner, let subscripts, _):
            bindPart(of: inner)
            for part in subscripts { visit(part) }
        case .list(let targets, _): for target in targets { bind(target) }
        }
    }

    /// `x.a = 1` reads `x` and binds it anew.
    private mutating func bindPart(of target: Target) {
        if case .name(let name, let span) = target { note(name, span) } else { bind(target) }
    }

    private mutating func visit(_ function: FunctionSyntax) {
        for parameter in function.parameters { if let value = parameter.defaultValue { visit(value) } }
        functionCount += 1
        let number = functionCount
        if let name = function.name {
            let occurrence = note(name, function.nameSpan, isBound: true)
            definitions.append(
                Definition(binding: occurrence.binding, syntax: function, number: number, isTopLevel: scopes.isEmpty))
        }
        scopes.append((number, function.locals))
        let outerTries = tries
        // A function with a name may be called where nothing is caught.
        if function.name != nil { tries = 0 }
        for parameter in function.parameters { note(parameter.name, parameter.span, isBound: true, isParameter: true) }
        switch function.body {
        case .expression(let expr): visit(expr)
        case .block(let body): visit(body)
        }
        tries = outerTries
        scopes.removeLast()
    }

    // MARK: Expressions

    private mutating func visit(_ part: Expr.Subscript) {
        switch part {
        case .position(let expr): visit(expr)
        case .slice(let start, let stop, let step): for expr in [start, stop, step] { if let expr { visit(expr) } }
        }
    }

    private mutating func visit(_ expr: Expr) {
        switch expr.kind {
        case .name(let name): note(name, expr.place)
        case .lambda(let function): visit(function)
        case .use(let path): uses.append((path, expr.place))
        case .record(let values):
            for (name, value) in values {
                fields.insert(name)
                visit(value)
            }
        case .field(let container, let name):
            fields.insert(name)
            visit(container)
        case .call(let callee, let arguments): visitCall(callee, arguments, expr)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                visit(branch.condition)
                visit(branch.body)
            }
            visit(otherwise ?? [])
        case .attempt(let body, let name, let handler):
            tries += 1
            visit(body)
            tries -= 1
            if let name { note(name.text, name.span, isBound: true) }
            visit(handler)
        default: for part in expr.parts { visit(part) }
        }
    }

    private mutating func visitCall(_ callee: Expr, _ arguments: [Expr.Argument], _ expr: Expr) {
        guard case .name(let name) = callee.kind else {
            visit(callee)
            for argument in arguments { visit(argument.value) }
            return
        }
        let occurrence = note(name, callee.place, isCalled: true)
        if !occurrence.span.isEmpty {
            calls.append(CallSite(callee: occurrence, arguments: arguments, span: expr.place))
        }
        for (position, argument) in arguments.enumerated() {
            let kept = places(name, argument.name, position)
            guard !kept.isEmpty, case .interpolation(let pieces) = argument.value.kind else {
                visit(argument.value)
                continue
            }
            for case .value(let value, _) in pieces {
                if case .name(let name) = value.kind, kept.contains(name) { continue }
                visit(value)
            }
        }
    }
}
