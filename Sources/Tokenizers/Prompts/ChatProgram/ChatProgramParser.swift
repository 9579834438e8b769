// Reads the tags of a chat template as statements and expressions.

/// What a template does.
indirect enum ChatStatement {
    case text(String)
    case output(ChatExpression)
    case condition([(condition: ChatExpression?, body: [ChatStatement])])
    case loop(
        names: [String], over: ChatExpression, filter: ChatExpression?, body: [ChatStatement],
        otherwise: [ChatStatement])
    case set(names: [String], field: String?, ChatExpression)
    case capture(name: String, [ChatStatement])
    case macro(ChatMacro)
    case `break`, `continue`
}

indirect enum ChatExpression {
    case constant(ChatValue)
    case name(String)
    case list([ChatExpression])
    case record([(ChatExpression, ChatExpression)])
    case field(ChatExpression, String)
    case item(ChatExpression, ChatExpression)
    case slice(ChatExpression, ChatExpression?, ChatExpression?, ChatExpression?)
    case call(ChatExpression, [ChatExpression], [(String, ChatExpression)])
    case filter(String, ChatExpression, [ChatExpression])
    case test(String, ChatExpression, [ChatExpression])
    case not(ChatExpression)
    case binary(String, ChatExpression, ChatExpression)
    case choice(ChatExpression, if: ChatExpression, else: ChatExpression?)
}

struct ChatProgramParser {
    private let pieces: [ChatPiece]
    private var position = 0
    private var tokens: [ChatToken] = []
    private var next = 0
    private var depth = 0
    private static let deepest = 100

    static func statements(of program: String) throws -> [ChatStatement] {
        var parser = ChatProgramParser(pieces: try ChatProgramLexer.pieces(of: program))
        let (statements, end) = try parser.block(until: [])
        guard end == nil else { throw ChatProgramError("something ends that has not begun") }
        return statements
    }

    private init(pieces: [ChatPiece]) { self.pieces = pieces }

    // MARK: Statements

    /// Statements up to one of the words; it is returned, and the tag it begins is the current one.
    private mutating func block(until ends: Set<String>) throws -> ([ChatStatement], String?) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw ChatProgramError("blocks are too deep inside one another") }
        var statements: [ChatStatement] = []
        while position < pieces.count {
            let piece = pieces[position]
            position += 1
            switch piece {
            case .text(let text): statements.append(.text(text))
            case .output(let tokens):
                begin(tokens)
                let value = try expression()
                try finish()
                statements.append(.output(value))
            case .statement(let tokens):
                begin(tokens)
                guard case .name(let word)? = take() else { throw ChatProgramError("a statement without a word") }
                if ends.contains(word) { return (statements, word) }
                if let statement = try statement(word) { statements += statement }
            }
        }
        guard ends.isEmpty else { throw ChatProgramError("a block does not end") }
        return (statements, nil)
    }

    private mutating func statement(_ word: String) throws -> [ChatStatement]? {
        switch word {
        case "if": return [try condition()]
        case "for": return [try loop()]
        case "set": return [try set()]
        case "break", "continue":
            try finish()
            return [word == "break" ? .break : .continue]
        case "generation":
            return try block(until: ["endgeneration"]).0
        case "macro":
            return [.macro(try macro())]
        default: throw ChatProgramError("`\(word)` is not known")
        }
    }

    private mutating func condition() throws -> ChatStatement {
        var parts: [(condition: ChatExpression?, body: [ChatStatement])] = []
        var condition: ChatExpression? = try expression()
        while true {
            try finish()
            let (body, end) = try block(until: ["elif", "else", "endif"])
            parts.append((condition, body))
            if end == "endif" { return .condition(parts) }
            condition = end == "elif" ? try expression() : nil
        }
    }

    private mutating func loop() throws -> ChatStatement {
        let names = try targets()
        try expect(name: "in")
        let over = try or()
        let filter = accept(name: "if") ? try or() : nil
        try finish()
        let (body, end) = try block(until: ["else", "endfor"])
        let otherwise = end == "else" ? try block(until: ["endfor"]).0 : []
        return .loop(names: names, over: over, filter: filter, body: body, otherwise: otherwise)
    }

    private mutating func macro() throws -> ChatMacro {
        let name = try name()
        var parameters: [(name: String, usual: ChatExpression?)] = []
        try expect("(")
        while !accept(")") {
            let parameter = try self.name()
            parameters.append((parameter, accept("=") ? try expression() : nil))
            guard accept(",") || current == .sign(")") else { throw ChatProgramError("`)` is missing") }
        }
        try finish()
        return ChatMacro(name: name, parameters: parameters, body: try block(until: ["endmacro"]).0)
    }

    private mutating func set() throws -> ChatStatement {
        let names = try targets()
        let field: String? = accept(".") ? try name() : nil
        guard accept("=") else {
            try finish()
            let body = try block(until: ["endset"]).0
            return .capture(name: names[0], body)
        }
        let value = try expression()
        try finish()
        return .set(names: names, field: field, value)
    }

    private mutating func targets() throws -> [String] {
        let isBracketed = accept("(")
        var names = [try name()]
        while accept(",") { names.append(try name()) }
        if isBracketed { try expect(")") }
        return names
    }

    // MARK: Words

    private mutating func begin(_ tokens: [ChatToken]) { (self.tokens, next) = (tokens, 0) }
    private var current: ChatToken? { next < tokens.count ? tokens[next] : nil }

    private mutating func take() -> ChatToken? {
        defer { next += 1 }
        return current
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard current == .sign(sign) else { return false }
        next += 1
        return true
    }

    private mutating func accept(name: String) -> Bool {
        guard current == .name(name) else { return false }
        next += 1
        return true
    }

    private mutating func expect(_ sign: String) throws {
        guard accept(sign) else { throw ChatProgramError("`\(sign)` is missing") }
    }

    private mutating func expect(name: String) throws {
        guard accept(name: name) else { throw ChatProgramError("`\(name)` is missing") }
    }

    private mutating func name() throws -> String {
        guard case .name(let name)? = take() else { throw ChatProgramError("a name is missing") }
        return name
    }

    private func finish() throws {
        guard next >= tokens.count else { throw ChatProgramError("a tag goes on where it should end") }
    }

    // MARK: Expressions, the loosest first

    private mutating func expression() throws -> ChatExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw ChatProgramError("expressions are too deep inside one another") }
        let value = try or()
        guard accept(name: "if") else { return value }
        let condition = try or()
        return .choice(value, if: condition, else: accept(name: "else") ? try expression() : nil)
    }

    private mutating func or() throws -> ChatExpression {
        var left = try and()
        while accept(name: "or") { left = .binary("or", left, try and()) }
        return left
    }

    private mutating func and() throws -> ChatExpression {
        var left = try not()
        while accept(name: "and") { left = .binary("and", left, try not()) }
        return left
    }

    private mutating func not() throws -> ChatExpression {
        accept(name: "not") ? .not(try not()) : try comparison()
    }

    private mutating func comparison() throws -> ChatExpression {
        var left = try sum()
        while true {
            if case .sign(let sign)? = current, ["==", "!=", "<", ">", "<=", ">="].contains(sign) {
                next += 1
                left = .binary(sign, left, try sum())
            } else if accept(name: "in") {
                left = .binary("in", left, try sum())
            } else if current == .name("not"), next + 1 < tokens.count, tokens[next + 1] == .name("in") {
                next += 2
                left = .not(.binary("in", left, try sum()))
            } else {
                return left
            }
        }
    }

    private mutating func sum() throws -> ChatExpression {
        var left = try product()
        while case .sign(let sign)? = current, ["+", "-", "~"].contains(sign) {
            next += 1
            left = .binary(sign, left, try product())
        }
        return left
    }

    private mutating func product() throws -> ChatExpression {
        var left = try unary()
        while case .sign(let sign)? = current, ["*", "/", "//", "%"].contains(sign) {
            next += 1
            left = .binary(sign, left, try unary())
        }
        return left
    }

    private mutating func unary() throws -> ChatExpression {
        if accept("-") { return .binary("-", .constant(.number(0)), try unary()) }
        var value = try postfix(try primary())
        while true {
            if accept("|") {
                let name = try name()
                value = .filter(name, value, accept("(") ? try arguments().0 : [])
            } else if accept(name: "is") {
                let isNegated = accept(name: "not")
                let name = try name()
                var arguments: [ChatExpression] = []
                if accept("(") {
                    arguments = try self.arguments().0
                } else if let token = current, token.beginsValue {
                    arguments = [try postfix(try primary())]
                }
                value = isNegated ? .not(.test(name, value, arguments)) : .test(name, value, arguments)
            } else {
                return value
            }
        }
    }

    private mutating func postfix(_ start: ChatExpression) throws -> ChatExpression {
        var value = start
        while true {
            if accept(".") {
                value = .field(value, try name())
            } else if accept("(") {
                let (arguments, named) = try arguments()
                value = .call(value, arguments, named)
            } else if accept("[") {
                value = try subscripted(value)
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ value: ChatExpression) throws -> ChatExpression {
        func bound(_ parser: inout ChatProgramParser) throws -> ChatExpression? {
            parser.current == .sign(":") || parser.current == .sign("]") ? nil : try parser.expression()
        }
        let low = try bound(&self)
        guard accept(":") else {
            try expect("]")
            guard let low else { throw ChatProgramError("an index is missing") }
            return .item(value, low)
        }
        let high = try bound(&self)
        let step = accept(":") ? try bound(&self) : nil
        try expect("]")
        return .slice(value, low, high, step)
    }

    private mutating func arguments() throws -> ([ChatExpression], [(String, ChatExpression)]) {
        var values: [ChatExpression] = [], named: [(String, ChatExpression)] = []
        while !accept(")") {
            if case .name(let name)? = current, next + 1 < tokens.count, tokens[next + 1] == .sign("=") {
                next += 2
                named.append((name, try expression()))
            } else {
                values.append(try expression())
            }
            guard accept(",") || current == .sign(")") else { throw ChatProgramError("`)` is missing") }
        }
        return (values, named)
    }

    private mutating func primary() throws -> ChatExpression {
        switch take() {
        case .string(let text)?:
            var text = text
            // Strings side by side are one.
            while case .string(let more)? = current {
                text += more
                next += 1
            }
            return .constant(.string(text))
        case .number(let number)?: return .constant(.number(number))
        case .name(let name)?:
            switch name {
            case "true", "True": return .constant(.bool(true))
            case "false", "False": return .constant(.bool(false))
            case "none", "None": return .constant(.none)
            default: return .name(name)
            }
        case .sign("(")?:
            let first = try expression()
            guard current == .sign(",") else {
                try expect(")")
                return first
            }
            var items = [first]
            while accept(","), current != .sign(")") { items.append(try expression()) }
            try expect(")")
            return .list(items)
        case .sign("[")?:
            var items: [ChatExpression] = []
            while !accept("]") {
                items.append(try expression())
                guard accept(",") || current == .sign("]") else { throw ChatProgramError("`]` is missing") }
            }
            return .list(items)
        case .sign("{")?:
            var items: [(ChatExpression, ChatExpression)] = []
            while !accept("}") {
                let key = try expression()
                try expect(":")
                items.append((key, try expression()))
                guard accept(",") || current == .sign("}") else { throw ChatProgramError("`}` is missing") }
            }
            return .record(items)
        default: throw ChatProgramError("a value is missing")
        }
    }
}

extension ChatToken {
    /// Whether an argument of a test may begin with it.
    fileprivate var beginsValue: Bool {
        switch self {
        case .string, .number: true
        case .name(let name): !["and", "or", "if", "else", "is", "not", "in"].contains(name)
        case .sign(let sign): sign == "[" || sign == "("
        }
    }
}
