/// What can go wrong with an optimizer, in words a user can act on.
public enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// A gradient or curvature that is not shaped like the parameters.
    case shape(role: String, [Int], parameters: [Int])
    /// A state that belongs to something else.
    case state(String)
    /// A rule, by its name, that asks for what whoever takes the step does not have.
    case missing(StepNeed, String)
    /// A composition of rules that would be wrong.
    case composition(String)

    public var description: String {
        switch self {
        case .shape(let role, let shape, let parameters):
            "the \(role) has shape \(shape), but the parameters have \(parameters); they must be equal"
        case .state(let message), .composition(let message): message
        case .missing(let need, let rule): "\(rule) needs \(need.words): \(need.sources)"
        }
    }
}
