/// Arguments of functions that take numbers in lists and in tensors alike.
import Autodiff
import Language
import Tensors

/// Numbers to be looked at together: a list keeps its 64 bits, a tensor its derivative.
enum NumbersArgument {
    case list([Double])
    case tensor(Variable)

    /// - Throws: `LanguageError` for what holds no numbers.
    init(_ name: String, _ call: Call, _ engine: EngineContext) throws {
        let value = try call.value(name)
        if case .list(let list) = value, let numbers = Self.numbers(try list.writable()) {
            self = .list(numbers)
        } else if case .number(let x) = value {
            self = .list([x])
        } else if let variable = try engine.variable(value) {
            self = .tensor(variable)
        } else {
            throw call.wrong(name, value, mustBe: "numbers: a list or a tensor")
        }
    }

    /// Numbers and truth values, true counting 1; nil where there is anything else.
    static func numbers(_ list: List) -> [Double]? {
        var numbers: [Double] = []
        numbers.reserveCapacity(list.count)
        for item in list {
            switch item {
            case .number(let x): numbers.append(x)
            case .bool(let flag): numbers.append(flag ? 1 : 0)
            default: return nil
            }
        }
        return numbers
    }

    /// The axis of a call, which a list has one of; nil for none.
    static func axis(_ call: Call) throws -> Int? { try call.optional("axis") { try $0.integer("axis") } }

    /// A list has one axis.
    static func check(axis: Int?, ofListIn call: Call) throws {
        guard let axis, axis != 0, axis != -1 else { return }
        throw LanguageError("a list has one axis, 0; this is axis \(axis)", at: .argument("axis"))
    }

    static func axisOption(_ help: String = "the axis that disappears; none: all numbers together") -> Parameter {
        .option("axis", .count, default: .nothing, shown: "none", help)
    }
}
