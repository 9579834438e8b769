// Arguments that a built-in does not take, found before its call runs.
import Language

/// What is wrong with one call of a built-in.
struct BuiltinCallCheck {
    private(set) var problems: [Problem] = []

    init(_ builtin: Builtin, _ call: SyntaxOutline.CallSite) {
        guard !call.callee.isInTry else { return }
        let positional = builtin.parameters.filter { $0.role == .positional }
        var given = 0, names: Set<String> = []
        for (index, argument) in call.arguments.enumerated() {
            if let name = argument.name {
                names.insert(name)
                if let parameter = builtin.parameters.first(where: { $0.name == name }) {
                    if parameter.role == .option { look(at: argument.value, parameter, builtin) }
                } else if builtin.namedIndex == nil {
                    problems.append(
                        Problem(Self.unknown(name, of: builtin, at: index), argument.nameSpan))
                }
                continue
            }
            if given == builtin.positionalCount, builtin.restIndex == nil {
                let count = call.arguments.count { $0.name == nil }
                problems.append(Problem(Self.tooMany(count, for: builtin, at: index), argument.value.place))
                return
            }
            given += 1
        }
        let missing = positional.dropFirst(given).filter { $0.defaultValue == nil && !names.contains($0.name) }
        if given > 0, !missing.isEmpty {
            problems.append(
                Problem(
                    "`\(builtin.name)` also needs \(listed(missing.map { "`\($0.name)` (\($0.expects))" }))",
                    call.callee.span, note: nil, advice: [builtin.signature]))
        }
    }

    /// A literal that the type of an option does not take.
    private mutating func look(at value: Expr, _ parameter: Parameter, _ builtin: Builtin) {
        guard parameter.type.isPlain, let literal = Self.literal(value), let words = parameter.type.misfit(literal)
        else { return }
        problems.append(Problem(LanguageError.misfit(literal, parameter, of: builtin.name, mustBe: words), value.place))
    }

    private static func literal(_ expr: Expr) -> Value? {
        switch expr.kind {
        case .number(let x): .number(x)
        case .string(let text): .string(text)
        case .bool(let flag): .bool(flag)
        default: nil
        }
    }

    private static func unknown(_ name: String, of builtin: Builtin, at index: Int) -> LanguageError {
        let parameters = builtin.parameters.filter { $0.role != .rest && $0.role != .named }
        return .unknownOption(
            name, of: builtin.name, parameters: parameters.map(\.name),
            options: parameters.filter { $0.defaultValue != nil }.map(\.name), takesAny: !builtin.parameters.isEmpty,
            at: index)
    }

    private static func tooMany(_ count: Int, for builtin: Builtin, at index: Int) -> LanguageError {
        .tooManyArguments(
            count, for: builtin.name, parameters: builtin.parameters.filter { $0.role == .positional }.map(\.name),
            options: builtin.parameters.filter { $0.role == .option }.map(\.name), at: index)
    }
}
