// Runs a model's chat template: the part of Jinja that published ones are written in.

/// A `chat_template`, read. What it uses that is not known here is an error where it is reached, never left out.
struct ChatProgram {
    /// A turn of a conversation.
    struct Message {
        let role, content: String
    }

    private let statements: [ChatStatement]

    /// - Throws: `ChatProgramError` for what cannot be read.
    init(_ program: String) throws { statements = try ChatProgramParser.statements(of: program) }

    /// What transformers' `apply_chat_template` writes.
    /// - Parameters:
    ///   - beginning: the token that begins texts; empty where there is none.
    ///   - end: the token that ends them.
    ///   - clock: what `strftime_now` gives.
    ///   - switchedOff: a variable that is false, such as `enable_thinking`.
    /// - Throws: `ChatProgramError` for what is not known, and for what the template itself refuses.
    func text(
        _ messages: [Message], asksNext: Bool, beginning: String, end: String, clock: String,
        switchedOff: String? = nil
    ) throws -> String {
        let turns = messages.map { message in
            ChatValue.record([("role", .string(message.role)), ("content", .string(message.content))])
        }
        var run = ChatRun(clock: clock)
        run.scopes = [
            [
                "messages": .list(turns), "add_generation_prompt": .bool(asksNext), "bos_token": .string(beginning),
                "eos_token": .string(end), "tools": .none, "documents": .none, "namespace": .function(.namespace),
                "range": .function(.range), "dict": .function(.dict), "raise_exception": .function(.raise),
                "strftime_now": .function(.clock),
            ]
        ]
        if let switchedOff { run.scopes[0][switchedOff] = .bool(false) }
        _ = try run.run(statements)
        return run.output
    }
}

/// One run of a template.
private struct ChatRun {
    let clock: String
    var output = ""
    /// Names, the innermost block's last; what is set in a loop is gone after each turn.
    var scopes: [[String: ChatValue]] = []
    private var steps = 0
    /// Templates are programs of strangers: one that goes on and on is given up.
    private static let most = 100_000
    /// Macros being written, one inside the other.
    private var depth = 0
    private static let deepest = 50

    init(clock: String) { self.clock = clock }

    private enum Leaving { case breaking, continuing }

    private mutating func count() throws {
        steps += 1
        guard steps < Self.most, output.utf8.count < 1 << 20 else { throw ChatProgramError("it does not end") }
    }

    /// - Returns: whether a loop is being left, and how.
    @discardableResult
    mutating func run(_ statements: [ChatStatement]) throws -> Bool { try execute(statements) != nil }

    private mutating func execute(_ statements: [ChatStatement]) throws -> Leaving? {
        for statement in statements {
            try count()
            switch statement {
            case .text(let text): output += text
            case .output(let expression): output += try value(expression).text()
            case .condition(let parts):
                for part in parts where try part.condition.map({ try value($0).isTrue }) ?? true {
                    if let leaving = try execute(part.body) { return leaving }
                    break
                }
            case .loop(let names, let over, let filter, let body, let otherwise):
                try loop(names, try value(over).items(), filter, body, otherwise)
            case .set(let names, let field, let expression): try set(names, field, try value(expression))
            case .capture(let name, let body):
                let before = output
                output = ""
                let leaving = try execute(body)
                set(name, .string(output))
                output = before
                if let leaving { return leaving }
            case .macro(let macro): set(macro.name, .macro(macro))
            case .break: return .breaking
            case .continue: return .continuing
            }
        }
        return nil
    }

    private mutating func loop(
        _ names: [String], _ items: [ChatValue], _ filter: ChatExpression?, _ body: [ChatStatement],
        _ otherwise: [ChatStatement]
    ) throws {
        var chosen: [[String: ChatValue]] = []
        for item in items {
            var scope: [String: ChatValue] = [:]
            if names.count == 1 {
                scope[names[0]] = item
            } else {
                let parts = try item.items()
                guard parts.count == names.count else { throw ChatProgramError("an item has another number of parts") }
                for (name, part) in zip(names, parts) { scope[name] = part }
            }
            scopes.append(scope)
            defer { scopes.removeLast() }
            if try filter.map({ try value($0).isTrue }) ?? true { chosen.append(scope) }
        }
        if chosen.isEmpty { _ = try execute(otherwise) }
        for (index, scope) in chosen.enumerated() {
            var scope = scope
            scope["loop"] = .record([
                ("index", .number(index + 1)), ("index0", .number(index)), ("first", .bool(index == 0)),
                ("last", .bool(index == chosen.count - 1)), ("length", .number(chosen.count)),
                ("revindex", .number(chosen.count - index)), ("revindex0", .number(chosen.count - index - 1)),
                ("previtem", index > 0 ? chosen[index - 1][names[0]] ?? .undefined : .undefined),
                ("nextitem", index + 1 < chosen.count ? chosen[index + 1][names[0]] ?? .undefined : .undefined),
            ])
            scopes.append(scope)
            defer { scopes.removeLast() }
            if try execute(body) == .breaking { return }
        }
    }

    private mutating func set(_ names: [String], _ field: String?, _ value: ChatValue) throws {
        if let field {
            guard case .namespace(let space) = lookUp(names[0]) else {
                throw ChatProgramError("only namespaces have fields to set")
            }
            space.values[field] = value
        } else if names.count == 1 {
            set(names[0], value)
        } else {
            let parts = try value.items()
            guard parts.count == names.count else { throw ChatProgramError("a value has another number of parts") }
            for (name, part) in zip(names, parts) { set(name, part) }
        }
    }

    private mutating func set(_ name: String, _ value: ChatValue) { scopes[scopes.count - 1][name] = value }

    private func lookUp(_ name: String) -> ChatValue {
        for scope in scopes.reversed() { if let value = scope[name] { return value } }
        return .undefined
    }

    // MARK: Expressions

    private mutating func value(_ expression: ChatExpression) throws -> ChatValue {
        try count()
        switch expression {
        case .constant(let value): return value
        case .name(let name): return lookUp(name)
        case .list(let items):
            var values: [ChatValue] = []
            for item in items { values.append(try value(item)) }
            return .list(values)
        case .record(let items):
            var fields: [(name: String, value: ChatValue)] = []
            for (key, item) in items { fields.append((try value(key).text(), try value(item))) }
            return .record(fields)
        case .field(let owner, let name): return try value(owner).field(name)
        case .item(let owner, let index): return try value(owner).item(try value(index))
        case .slice(let owner, let low, let high, let step):
            let owner = try value(owner)
            func bound(_ run: inout ChatRun, _ bound: ChatExpression?) throws -> ChatValue? {
                guard let bound else { return nil }
                return try run.value(bound)
            }
            return try owner.slice(try bound(&self, low), try bound(&self, high), try bound(&self, step))
        case .call(let callee, let arguments, let named): return try call(callee, arguments, named)
        case .filter(let name, let subject, let arguments):
            let subject = try value(subject)
            return try subject.filtered(by: name, try values(arguments))
        case .test(let name, let subject, let arguments):
            let subject = try value(subject)
            return .bool(try subject.passes(name, try values(arguments)))
        case .not(let expression): return .bool(!(try value(expression).isTrue))
        case .binary(let sign, let left, let right): return try binary(sign, left, right)
        case .choice(let yes, if: let condition, else: let no):
            if try value(condition).isTrue { return try value(yes) }
            guard let no else { return .undefined }
            return try value(no)
        }
    }

    private mutating func values(_ expressions: [ChatExpression]) throws -> [ChatValue] {
        var values: [ChatValue] = []
        for expression in expressions { values.append(try value(expression)) }
        return values
    }

    private mutating func binary(_ sign: String, _ left: ChatExpression, _ right: ChatExpression) throws -> ChatValue {
        let a = try value(left)
        if sign == "or" { return a.isTrue ? a : try value(right) }
        if sign == "and" { return a.isTrue ? try value(right) : a }
        let b = try value(right)
        switch (sign, a, b) {
        case ("==", _, _): return .bool(a.equals(b))
        case ("!=", _, _): return .bool(!a.equals(b))
        case ("in", _, _): return .bool(try b.contains(a))
        case ("~", _, _): return .string(try a.text() + b.text())
        case ("+", .string(let x), .string(let y)): return .string(x + y)
        case ("+", .list(let x), .list(let y)): return .list(x + y)
        case ("+", .number(let x), .number(let y)): return .number(x &+ y)
        case ("-", .number(let x), .number(let y)): return .number(x &- y)
        case ("*", .number(let x), .number(let y)): return .number(x &* y)
        case ("//", .number(let x), .number(let y)) where x >= 0 && y > 0: return .number(x / y)
        case ("%", .number(let x), .number(let y)) where x >= 0 && y > 0: return .number(x % y)
        case ("<", .number(let x), .number(let y)): return .bool(x < y)
        case (">", .number(let x), .number(let y)): return .bool(x > y)
        case ("<=", .number(let x), .number(let y)): return .bool(x <= y)
        case (">=", .number(let x), .number(let y)): return .bool(x >= y)
        default: throw ChatProgramError("`\(sign)` does not go with these values")
        }
    }

    private mutating func written(
        _ macro: ChatMacro, _ values: [ChatValue], _ named: [(String, ChatExpression)]
    ) throws -> String {
        guard values.count <= macro.parameters.count,
            named.allSatisfy({ name, _ in macro.parameters.dropFirst(values.count).contains { $0.name == name } })
        else { throw ChatProgramError("`\(macro.name)` is given what it does not take") }
        var scope: [String: ChatValue] = [:]
        for (index, parameter) in macro.parameters.enumerated() {
            if index < values.count {
                scope[parameter.name] = values[index]
            } else if let expression = named.first(where: { $0.0 == parameter.name })?.1 ?? parameter.usual {
                scope[parameter.name] = try value(expression)
            } else {
                scope[parameter.name] = .undefined
            }
        }
        depth += 1
        guard depth < Self.deepest else { throw ChatProgramError("macros are too deep inside one another") }
        let (outer, before) = (scopes, output)
        (scopes, output) = ([outer[0], scope], "")
        defer { (scopes, output, depth) = (outer, before, depth - 1) }
        _ = try execute(macro.body)
        return output
    }

    private mutating func call(
        _ callee: ChatExpression, _ arguments: [ChatExpression], _ named: [(String, ChatExpression)]
    ) throws -> ChatValue {
        if case .field(let owner, let name) = callee {
            let owner = try value(owner)
            guard named.isEmpty else { throw ChatProgramError("the method `\(name)` takes no names") }
            return try owner.method(name, try values(arguments))
        }
        let called = try value(callee)
        if case .macro(let macro) = called { return .string(try written(macro, try values(arguments), named)) }
        guard case .function(let function) = called else { throw ChatProgramError("this is no function") }
        let values = try values(arguments)
        switch function {
        case .namespace, .dict:
            var fields: [(name: String, value: ChatValue)] = []
            for (name, expression) in named { fields.append((name, try value(expression))) }
            guard values.isEmpty else { throw ChatProgramError("`\(function.rawValue)` takes names") }
            guard function == .namespace else { return .record(fields) }
            return .namespace(ChatNamespace(Dictionary(fields.map { ($0.name, $0.value) }) { $1 }))
        case .range:
            let bounds = values.compactMap { if case .number(let bound) = $0 { bound } else { nil } }
            guard bounds.count == values.count, (1...3).contains(bounds.count),
                bounds.allSatisfy((-Self.most...Self.most).contains), bounds.count < 3 || bounds[2] != 0
            else { throw ChatProgramError("this range is not known") }
            let from = bounds.count > 1 ? bounds[0] : 0, to = bounds.count > 1 ? bounds[1] : bounds[0]
            return .list(stride(from: from, to: to, by: bounds.count > 2 ? bounds[2] : 1).map { .number($0) })
        case .raise: throw ChatProgramError(try values.first?.text() ?? "")
        case .clock: return .string(clock)
        }
    }
}
