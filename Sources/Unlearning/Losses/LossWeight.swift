/// How much a term of a loss counts: a number, or a function of the step.

public enum LossWeight {
    case constant(Double)
    case ofStep((StepPosition) throws -> Double)

    public func value(at position: StepPosition) throws -> Double {
        switch self {
        case .constant(let weight): weight
        case .ofStep(let weight): try weight(position)
        }
    }

    /// Whether its term never counts.
    var isAbsent: Bool { if case .constant(0) = self { true } else { false } }
}

extension LossWeight: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self = .constant(value) }
    public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
