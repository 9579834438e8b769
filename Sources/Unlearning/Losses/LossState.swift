/// What a loss remembers from step to step. It is a value and part of the run's state, so that going back, forks and
/// stored runs have it as it was.

public enum LossState {
    case none
    /// Named numbers of a built-in loss, such as a multiplier.
    case numbers([NamedNumber])
    /// What a loss of another module remembers.
    case custom(any CustomLossState)

    /// What of it can be shown.
    public var numbers: [NamedNumber] {
        switch self {
        case .none: []
        case .numbers(let numbers): numbers
        case .custom(let state): state.numbers
        }
    }

    public subscript(name: String) -> Double? { numbers.first { $0.name == name }?.value }

    /// Bytes that it takes, about.
    var bytes: Int { if case .custom(let state) = self { state.byteCount } else { 0 } }
}

public struct NamedNumber: Equatable, Sendable {
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// What a loss of another module, such as a function written in the language, remembers between steps.
public protocol CustomLossState {
    /// Bytes that it takes, about.
    var byteCount: Int { get }
    /// Its numbers, for whoever looks at it.
    var numbers: [NamedNumber] { get }
}
