/// Reductions of tensors along an axis, and facts about all their elements.
import Autodiff
import Language
import Tensors

enum AxisReductions {
    /// `any` and `all`, which no derivative follows; nil for any other function.
    static func fact(_ function: String, _ arguments: [Value]) throws -> Value? {
        guard function == "any" || function == "all", let first = arguments.first?.foreign as? TensorValue else {
            return nil
        }
        let x = first.variable.value
        let wanted = function == "any"
        guard arguments.count > 1 else {
            return .bool(x.withElements { wanted ? $0.contains { $0 != 0 } : $0.allSatisfy { $0 != 0 } })
        }
        let flags = Variable(try x.combined(.equal, scalar: 0).map(.negate).combined(.add, scalar: 1))
        let axis = try flags.axis(number(arguments[1]))
        guard flags.shape[axis] > 0 else {
            let open = flags.shape.enumerated().filter { $0.offset != axis }.map(\.element)
            return value(Variable(try Tensor(repeating: wanted ? 0 : 1, shape: open, on: x.device)))
        }
        return value(try flags.withFirst(axis: axis).extreme(largest: wanted))
    }

    /// A mask, or the truth value that it comes down to.
    private static func value(_ mask: Variable) -> Value {
        mask.shape.isEmpty ? .bool(mask.value.elements[0] != 0) : .foreign(TensorValue(mask, meaning: .mask))
    }

    static func number(_ value: Value) throws -> Int {
        guard let x = try value.asNumber, let axis = Int(exactly: x) else {
            throw LanguageError("an axis is a whole number; this is \(value.phrase)", at: .argument("axis"))
        }
        return axis
    }
}

extension Variable {
    /// The largest or smallest along an axis, which disappears; equal ones share the gradient.
    func extreme(largest: Bool, axis: Int) throws -> Variable {
        let axis = try self.axis(axis)
        guard shape[axis] > 0 else {
            throw LanguageError("`\(largest ? "max" : "min")` of an empty axis", at: .argument("axis"))
        }
        return try withFirst(axis: axis).extreme(largest: largest)
    }

    /// Σ (x - mean)² / (n - correction) along an axis.
    func variance(axis: Int, correction: Double) throws -> Variable {
        let axis = try self.axis(axis), size = shape[axis]
        let rows = try withLast(axis: axis)
        let kept = Array(rows.shape.dropLast()) + [1]
        let count = Variable(try Tensor(scalar: Float(size), on: value.device))
        // A mean is rounded; its deviations are exact enough to be centred once more.
        let roughly = try rows - rows.summed(to: kept) / count
        let deviations = try roughly - roughly.summed(to: kept) / count
        let sum = try (deviations * deviations).summed(to: kept).reshaped(Array(rows.shape.dropLast()))
        let degrees = max(0, Double(size) - correction)
        return try Float(1 / degrees) * sum
    }

    /// The root, with the derivative 0 at 0.
    func flatRoot() throws -> Variable {
        let zero = try value.combined(.equal, scalar: 0)
        return try replaced(where: zero, by: 1).apply(.sqrt).replaced(where: zero, by: 0)
    }
}
