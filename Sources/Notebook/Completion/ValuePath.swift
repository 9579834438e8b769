// Reads what stands before a dot or a parenthesis — `qa.forget[0]` — and finds its value without running anything.
import Language

/// A name followed by fields and indices, at the end of a text.
package struct ValuePath {
    private enum Step {
        case field(String)
        case key(String)
        case position(Int)
        /// `x[name]`
        case named(String)
        /// A slice holds the same kind of thing.
        case slice
    }

    private let root: String
    private var steps: [Step] = []
    /// Where it begins: an index into the tokens it was read from.
    let firstToken: Int

    /// The name, when there is nothing else.
    package var name: String? { steps.isEmpty ? root : nil }

    /// Reads the end of a text; nil where that is no such path.
    init?(_ text: String) {
        let tokens = Language.tokens(of: text).filter { $0.kind != .end }
        self.init(tokens[...], Array(text.utf8))
    }

    /// - Parameter tokens: those up to the end of the path.
    init?(_ tokens: ArraySlice<Token>, _ bytes: [UInt8]) {
        func text(_ token: Token) -> String {
            String(decoding: bytes[Int(token.span.start)..<Int(token.span.end)], as: UTF8.self)
        }
        var index = tokens.endIndex - 1
        var reversed: [Step] = []
        while true {
            guard index >= tokens.startIndex else { return nil }
            let token = tokens[index]
            if token.kind == .name {
                guard index > tokens.startIndex, tokens[index - 1].kind == .dot, token.isGlued else {
                    root = text(token)
                    firstToken = index
                    steps = reversed.reversed()
                    return
                }
                reversed.append(.field(text(token)))
                index -= 2
            } else if token.kind == .closeBracket {
                var depth = 1
                var open = index - 1
                while open >= tokens.startIndex {
                    if tokens[open].kind == .closeBracket { depth += 1 }
                    if tokens[open].kind == .openBracket { depth -= 1 }
                    if depth == 0 { break }
                    open -= 1
                }
                guard open > tokens.startIndex, tokens[open].isGlued,
                    let step = Self.step(tokens[(open + 1)..<index], text)
                else { return nil }
                reversed.append(step)
                index = open - 1
            } else {
                return nil
            }
        }
    }

    private static func step(_ tokens: ArraySlice<Token>, _ text: (Token) -> String) -> Step? {
        if tokens.contains(where: { $0.kind == .colon }) { return .slice }
        guard let last = tokens.last else { return nil }
        switch (tokens.count, last.kind) {
        case (1, .number): return Int(text(last)).map { .position($0) }
        case (2, .number) where tokens.first?.kind == .minus: return Int(text(last)).map { .position(-$0) }
        case (1, .string): return .key(String(text(last).dropFirst().dropLast()))
        case (1, .name): return .named(text(last))
        default: return nil
        }
    }

    /// What it holds in a session; nil when a part of it does not exist.
    func value(in session: Session) -> Value? {
        guard var value = session.interpreter[root] else { return nil }
        for step in steps {
            guard let next = Self.apply(step, to: value, session) else { return nil }
            value = next
        }
        return value
    }

    private static func apply(_ step: Step, to value: Value, _ session: Session) -> Value? {
        switch step {
        case .field(let name), .key(let name):
            switch value {
            case .record(let record): return record[name]
            case .foreign(let foreign):
                if case .key = step { return try? foreign.index([.position(.string(name))]) }
                return try? foreign.field(name)
            default: return nil
            }
        case .position(let position):
            switch value {
            case .list(let list):
                let index = position < 0 ? position + list.count : position
                return index >= 0 && index < list.count ? list[index] : nil
            case .foreign(let foreign): return try? foreign.index([.position(.number(Double(position)))])
            default: return nil
            }
        case .named(let name):
            switch session.interpreter[name] {
            case .number(let x)?: return Int(exactly: x).flatMap { apply(.position($0), to: value, session) }
            case .string(let key)?: return apply(.key(key.string), to: value, session)
            default: return nil
            }
        case .slice: return value
        }
    }
}

extension Value {
    /// The fields a `.` can read.
    var fieldNames: [String] {
        switch self {
        case .record(let record): record.keys.filter { $0.utf8.allSatisfy(Completer.isNameByte) }
        case .foreign(let foreign): foreign.fieldNames
        default: []
        }
    }
}
