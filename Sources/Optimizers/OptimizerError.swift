/// What can go wrong with an optimizer, in words a user can act on.
public enum OptimizerError: Error, Equatable, CustomStringConvertible {
    /// A gradient or curvature that is not shaped like the parameters.
    case shape(role: String, [Int], parameters: [Int])
    /// A state that belongs to something else.
    case state(String)

    public var description: String {
        switch self {
        case .shape(let role, let shape, let parameters):
            "the \(role) has shape \(shape), but the parameters have \(parameters); they must be equal"
        case .state(let message): message
        }
    }
}
