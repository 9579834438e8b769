/// A built-in optimizer: a rule with a name and settings.
import Settings

/// A conforming type lives in a file of its own and stands in one list, `Optimizers.all`; settings by name, help,
/// completion and checks of input come from here.
public protocol Optimizer: StepRule, Configurable {
    /// A call that help shows, with the output it gives; nil for one step of a tensor.
    static var example: String? { get }
}

extension Optimizer {
    public static var example: String? { nil }
    public var name: String { Self.name }
}

/// An optimizer with a learning rate of its own.
public protocol RatedOptimizer: Optimizer {
    /// Step size, when the step itself is not given one.
    var learningRate: Double { get set }
}

extension RatedOptimizer {
    public var rate: Double? { learningRate }
}
