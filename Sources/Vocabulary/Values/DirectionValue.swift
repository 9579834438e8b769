/// Directions in a model's space of weights: gradients, differences of models.
import Autodiff
import Language
import LanguageModels
import Tensors

public final class DirectionValue: Foreign {
    public let direction: Direction

    public init(_ direction: Direction) {
        self.direction = direction
        super.init()
    }

    public override var kind: String { "direction" }
    public override var summary: String { "direction of \(grouped(direction.layout.count)) weights" }
    public override var isTracked: Bool { direction.values.isTracked }
    public override var byteCount: Int? { 4 * direction.layout.count }

    public override func describe(width: Int, digits: Int) -> String {
        let values = direction.values.value
        let largest = max(values.maximum() ?? 0, ((try? values.map(.negate))?.maximum() ?? 0), 0)
        return clipped(
            """
            \(summary)  norm \(formatNumber(values.norm(), digits: digits))  largest \
            \(formatNumber(Double(largest), digits: digits))
            """,
            to: width)
    }
    public override var numberCount: Int? { direction.layout.count }
    public override func number(at position: Int) -> Double { direction.values.value.number(at: position) }
    public override func firstNaN(orInfinite: Bool) -> Int? { direction.values.value.firstNaN(orInfinite: orInfinite) }
    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? DirectionValue, other.direction.layout == direction.layout else { return false }
        return other.direction.values.value.hasSameElements(as: direction.values.value)
    }

    public override func identify(in parts: inout IdentityParts) {
        for (name, entry) in direction.layout.entries {
            parts.add(name)
            for size in entry.shape { parts.add(size) }
        }
        parts.add(direction.values.value)
    }

    public override var fieldNames: [String] { ["size", "values"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "size": .number(direction.layout.count)
        case "values": .foreign(TensorValue(direction.values))
        default: nil
        }
    }

    /// The same layout with other numbers.
    private func with(_ values: Variable) throws -> Value {
        .foreign(DirectionValue(try Direction(direction.layout, values.broadcast(to: [direction.layout.count]))))
    }

    /// A direction's or one number's variable.
    private func operand(_ value: Value) throws -> Variable? {
        switch value {
        case .number(let x): return Variable(try Tensor(scalar: Float(rounding: x), on: direction.values.device))
        case .foreign(let other as DirectionValue):
            try direction.checkFits(other.direction.layout)
            return other.direction.values
        case .foreign(let other as TensorValue) where other.variable.count == 1:
            return try other.variable.reshaped([])
        default: return nil
        }
    }

    public override func negated() throws -> Value? { try worded { try with(-1 * direction.values) } }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        if case .foreign(let model as ModelValue) = other, op == .add {
            return try worded { .foreign(ModelValue(try model.model.moved(along: direction))) }
        }
        guard let right = try worded({ try operand(other) }), op != .matrixProduct else { return nil }
        // Arithmetic of tensors, seen as directions.
        let value = try TensorValue(direction.values).binary(op, .foreign(TensorValue(right)), isReversed: isReversed)
        guard case .foreign(let result as TensorValue) = value else { return value }
        return try worded { try with(result.variable) }
    }

    public override func apply(_ function: String, _ arguments: [Value]) throws -> Value? {
        try worded {
            guard let result = try ElementFunctions.apply(function, arguments, operand: operand) else { return nil }
            return result.count == direction.layout.count
                ? try with(result) : .of(result)
        }
    }
}

/// 1234567 → "1,234,567".
func grouped(_ number: Int) -> String {
    var digits = String(abs(number)), groups: [String] = []
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}
