// Values of a chat template, with the methods, filters and tests that published ones use.

enum ChatValue {
    case undefined
    case none
    case bool(Bool)
    case number(Int)
    case string(String)
    case list([ChatValue])
    case record([(name: String, value: ChatValue)])
    /// What `namespace(…)` makes: the one thing that an inner block may change for an outer one.
    case namespace(ChatNamespace)
    case function(ChatFunction)
    case macro(ChatMacro)

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let items): !items.isEmpty
        case .record(let fields): !fields.isEmpty
        case .namespace, .function, .macro: true
        }
    }

    private var isUndefined: Bool { if case .undefined = self { true } else { false } }
    private var isNone: Bool { if case .none = self { true } else { false } }

    /// As it is written into the text.
    func text() throws -> String {
        switch self {
        case .undefined: ""
        case .none: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .number(let number): String(number)
        case .string(let text): text
        case .list, .record, .namespace, .function, .macro: throw ChatProgramError("a list or record is written out")
        }
    }

    func equals(_ other: ChatValue) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.bool(let a), .number(let b)), (.number(let b), .bool(let a)): (a ? 1 : 0) == b
        case (.string(let a), .string(let b)): a.unicodeScalars.elementsEqual(b.unicodeScalars)
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
        case (.record(let a), .record(let b)):
            a.count == b.count
                && a.allSatisfy { field in b.contains { $0.name == field.name && $0.value.equals(field.value) } }
        default: false
        }
    }

    func contains(_ item: ChatValue) throws -> Bool {
        switch (self, item) {
        case (.string(let text), .string(let part)): return part.isEmpty || text.contains(part)
        case (.list(let items), _): return items.contains { $0.equals(item) }
        case (.record(let fields), .string(let name)): return fields.contains { $0.name == name }
        case (.undefined, _): return false
        default: throw ChatProgramError("`in` goes with a string, a list or a record")
        }
    }

    func field(_ name: String) throws -> ChatValue {
        switch self {
        case .record(let fields): return fields.first { $0.name == name }?.value ?? .undefined
        case .namespace(let space): return space.values[name] ?? .undefined
        case .undefined, .none: throw ChatProgramError("`\(name)` is asked of what is not there")
        default: return .undefined
        }
    }

    func item(_ index: ChatValue) throws -> ChatValue {
        switch (self, index) {
        case (.list(let items), .number(let place)):
            let place = place < 0 ? place + items.count : place
            return items.indices.contains(place) ? items[place] : .undefined
        case (.string(let text), .number(let place)):
            let scalars = Array(text.unicodeScalars), at = place < 0 ? place + scalars.count : place
            return scalars.indices.contains(at) ? .string(String(scalars[at])) : .undefined
        case (_, .string(let name)): return try field(name)
        default: throw ChatProgramError("this is no index")
        }
    }

    func slice(_ low: ChatValue?, _ high: ChatValue?, _ step: ChatValue?) throws -> ChatValue {
        func places(_ count: Int) throws -> [Int] {
            func number(_ value: ChatValue?) throws -> Int? {
                switch value {
                case nil, ChatValue.none?: return nil
                case .number(let number)?: return number
                default: throw ChatProgramError("a slice goes from number to number")
                }
            }
            let step = try number(step) ?? 1, low = try number(low), high = try number(high)
            func place(_ number: Int) -> Int { number < 0 ? number + count : number }
            if step == 1 {
                let from = min(max(place(low ?? 0), 0), count), to = min(max(place(high ?? count), 0), count)
                return Array(from..<max(from, to))
            }
            guard step == -1, low == nil, high == nil else { throw ChatProgramError("this slice is not known") }
            return (0..<count).reversed()
        }
        switch self {
        case .list(let items): return .list(try places(items.count).map { items[$0] })
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            return .string(String(String.UnicodeScalarView(try places(scalars.count).map { scalars[$0] })))
        default: throw ChatProgramError("only strings and lists are cut")
        }
    }

    func items() throws -> [ChatValue] {
        switch self {
        case .list(let items): return items
        case .record(let fields): return fields.map { .string($0.name) }
        case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
        case .undefined: return []
        default: throw ChatProgramError("this has no items to go through")
        }
    }

    // MARK: Methods and filters

    /// `value.name(…)` of strings and records.
    func method(_ name: String, _ arguments: [ChatValue]) throws -> ChatValue {
        func string(_ position: Int) throws -> String {
            guard position < arguments.count, case .string(let text) = arguments[position] else {
                throw ChatProgramError("`\(name)` is given no string")
            }
            return text
        }
        switch (self, name) {
        case (.string(let text), "strip"), (.string(let text), "lstrip"), (.string(let text), "rstrip"):
            let sides = name == "strip" ? (true, true) : (name == "lstrip", name == "rstrip")
            guard !arguments.isEmpty else { return .string(text.trimmed(sides) { $0.properties.isWhitespace }) }
            let odd = Set(try string(0).unicodeScalars)
            return .string(text.trimmed(sides) { odd.contains($0) })
        case (.string(let text), "upper"): return .string(text.uppercased())
        case (.string(let text), "lower"): return .string(text.lowercased())
        case (.string(let text), "startswith"):
            return .bool(text.unicodeScalars.starts(with: try string(0).unicodeScalars))
        case (.string(let text), "endswith"):
            return .bool(text.unicodeScalars.reversed().starts(with: try string(0).unicodeScalars.reversed()))
        case (.string(let text), "replace"):
            return .string(text.replacing(try string(0), with: try string(1)))
        case (.string(let text), "split"):
            guard arguments.count <= 1 else { throw ChatProgramError("`split` with a limit is not known") }
            guard let separator = arguments.isEmpty ? nil : try string(0), !separator.isEmpty else {
                return .list(text.split { $0.isWhitespace }.map { .string(String($0)) })
            }
            return .list(text.split(separator: separator, omittingEmptySubsequences: false).map { .string(String($0)) })
        case (.record(let fields), "get"):
            let name = try string(0)
            return fields.first { $0.name == name }?.value ?? (arguments.count > 1 ? arguments[1] : .none)
        case (.record(let fields), "items"): return .list(fields.map { .list([.string($0.name), $0.value]) })
        case (.record(let fields), "keys"): return .list(fields.map { .string($0.name) })
        default: throw ChatProgramError("the method `\(name)` is not known")
        }
    }

    func filtered(by filter: String, _ arguments: [ChatValue]) throws -> ChatValue {
        switch filter {
        case "trim" where arguments.isEmpty:
            return .string(try text().trimmed((true, true)) { $0.properties.isWhitespace })
        case "upper", "lower": return try ChatValue.string(text()).method(filter, [])
        case "length", "count":
            if case .string(let text) = self { return .number(text.unicodeScalars.count) }
            return .number(try items().count)
        case "first": return try items().first ?? .undefined
        case "last": return try items().last ?? .undefined
        case "list": return .list(try items())
        case "selectattr", "rejectattr":
            guard case .string(let name)? = arguments.first else {
                throw ChatProgramError("`\(filter)` names no field")
            }
            return .list(
                try items().filter { item in
                    let value = try item.field(name)
                    guard arguments.count > 1 else { return value.isTrue == (filter == "selectattr") }
                    let passes = try value.passes(try arguments[1].text(), Array(arguments.dropFirst(2)))
                    return passes == (filter == "selectattr")
                })
        case "string": return .string(try text())
        case "safe": return self
        case "default":
            if case .undefined = self { return arguments.first ?? .string("") }
            return arguments.count > 1 && arguments[1].isTrue && !isTrue ? arguments[0] : self
        case "join":
            let separator = try arguments.first?.text() ?? ""
            return .string(try items().map { try $0.text() }.joined(separator: separator))
        case "replace": return try ChatValue.string(text()).method(filter, arguments)
        default: throw ChatProgramError("the filter `\(filter)` is not known")
        }
    }

    func passes(_ test: String, _ arguments: [ChatValue]) throws -> Bool {
        switch (test, self) {
        case ("defined", .undefined),
            ("none", _) where !isNone, ("undefined", _) where !isUndefined:
            false
        case ("defined", _), ("none", _), ("undefined", _): true
        case ("string", .string), ("mapping", .record), ("boolean", .bool), ("number", .number), ("integer", .number):
            true
        case ("iterable", .string), ("iterable", .list), ("iterable", .record): true
        case ("sequence", .string), ("sequence", .list), ("sequence", .record): true
        case ("string", _), ("mapping", _), ("boolean", _), ("number", _), ("integer", _), ("iterable", _),
            ("sequence", _):
            false
        case ("true", .bool(let flag)): flag
        case ("false", .bool(let flag)): !flag
        case ("true", _), ("false", _): false
        case ("equalto", _), ("eq", _), ("==", _): equals(arguments.first ?? .undefined)
        case ("in", _): try (arguments.first ?? .undefined).contains(self)
        case ("odd", .number(let number)): number % 2 != 0
        case ("even", .number(let number)): number % 2 == 0
        default: throw ChatProgramError("the test `\(test)` is not known")
        }
    }
}

final class ChatNamespace {
    var values: [String: ChatValue]
    init(_ values: [String: ChatValue]) { self.values = values }
}

/// A text with places that a template writes where it is called; it sees what is set outside of all blocks, and its
/// parameters.
final class ChatMacro {
    let name: String
    let parameters: [(name: String, usual: ChatExpression?)]
    let body: [ChatStatement]

    init(name: String, parameters: [(name: String, usual: ChatExpression?)], body: [ChatStatement]) {
        (self.name, self.parameters, self.body) = (name, parameters, body)
    }
}

/// What a template may call.
enum ChatFunction: String {
    case namespace, range, dict
    case raise = "raise_exception"
    case clock = "strftime_now"
}

extension String {
    /// Without the scalars at its sides (left, right) that are to go.
    fileprivate func trimmed(_ sides: (Bool, Bool), _ goes: (Unicode.Scalar) -> Bool) -> String {
        var rest = unicodeScalars[...]
        if sides.0 { rest = rest.drop(while: goes) }
        if sides.1 { while let last = rest.last, goes(last) { rest.removeLast() } }
        return String(String.UnicodeScalarView(rest))
    }
}
