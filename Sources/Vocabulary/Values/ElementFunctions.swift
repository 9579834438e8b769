/// Functions on the numbers of tensors and directions, by the name the language calls them.
import Autodiff
import Language
import Tensors

enum ElementFunctions {
    /// `function` of the arguments, the first of which (or another) is a variable; nil if there is no such function.
    static func apply(
        _ function: String, _ arguments: [Value], operand: (Value) throws -> Variable?
    ) throws -> Variable? {
        guard let first = arguments.first, let x = try operand(first) else { return nil }
        if arguments.count == 1, let unary = unary[function] { return try x.apply(unary) }
        switch (function, arguments.count) {
        case ("ceil", 1): return try -1 * (-1 * x).apply(.floor)
        case ("isnan", 1):
            // A fact about the numbers: nothing follows it back.
            return Variable(try Tensor(x.value.elements.map { $0.isNaN ? 1 : 0 }, shape: x.shape, on: x.device))
        case ("sum", 1): return try x.sum()
        case ("mean", 1): return try x.mean()
        case ("sum", 2), ("mean", 2):
            guard let number = try arguments[1].asNumber, let axis = Int(exactly: number) else { return nil }
            return try x.reduced(function, axis: axis)
        case ("max", 1), ("min", 1):
            guard x.value.count > 0 else { throw LanguageError("`\(function)` of an empty tensor") }
            return try x.reshaped([x.value.count]).extreme(largest: function == "max")
        case ("max along", 2), ("min along", 2):
            return try x.extreme(largest: function == "max along", axis: AxisReductions.number(arguments[1]))
        case ("max", 2), ("min", 2):
            guard let y = try operand(arguments[1]) else { return nil }
            return try x.combined(function == "max" ? .maximum : .minimum, y)
        case ("max", 3...), ("min", 3...):
            let all = try arguments.map(operand)
            guard !all.contains(where: { $0 == nil }) else { return nil }
            return try Variable.extreme(of: all.compactMap(\.self), largest: function == "max")
        case ("clip", 3):
            if let low = arguments[1].number, let high = arguments[2].number {
                // A limit that nothing reaches may be any; one that everything is moved to must be a float32.
                return try x.clipped(
                    low > 0 ? Float(rounding: low) : Float(low), high < 0 ? Float(rounding: high) : Float(high))
            }
            guard let low = try operand(arguments[1]), let high = try operand(arguments[2]) else { return nil }
            return try x.clipped(low, high)
        default: return nil
        }
    }

    private static let unary: [String: UnaryFunction] = [
        "exp": .exp, "log": .log, "sqrt": .sqrt, "abs": .abs, "sin": .sin, "cos": .cos, "tanh": .tanh, "relu": .relu,
        "sigmoid": .sigmoid, "floor": .floor, "round": .round, "sign": .sign, "gelu": .gelu, "silu": .silu,
        "softplus": .softplus,
    ]
}

extension Variable {
    /// Sum or mean along an axis (negative: from the end), which disappears.
    func reduced(_ function: String, axis: Int) throws -> Variable {
        let position = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(position) else {
            throw TensorError.invalid("a tensor \(shape) has no axis \(axis)")
        }
        var kept = shape
        kept[position] = 1
        var open = shape
        let size = open.remove(at: position)
        let sum = try summed(to: kept).reshaped(open)
        return function == "mean" ? try Float(1 / Double(max(1, size))) * sum : sum
    }

    /// The largest or smallest of several variables, element by element.
    static func extreme(of all: [Variable], largest: Bool) throws -> Variable {
        let shape = try all.reduce([]) { try Tensor.broadcastShape($0, $1.shape, operation: largest ? "max" : "min") }
        return try Variable.concatenated(all.map { try $0.broadcast(to: shape).reshaped([1] + shape) }).extreme(
            largest: largest)
    }
}
