/// What an optimizer remembers between steps: how many it has taken, and its moving averages by name.
import Tensors

public struct OptimizerState: Sendable {
    public struct Entry: Sendable {
        public let name: String
        public internal(set) var tensor: Tensor

        public init(name: String, tensor: Tensor) {
            self.name = name
            self.tensor = tensor
        }
    }

    /// Steps taken.
    public internal(set) var step: Int
    /// In the order the optimizer declares them.
    public internal(set) var tensors: [Entry]

    /// A state as it was saved.
    /// - Throws: when `step` is negative.
    public init(step: Int, tensors: [Entry]) throws {
        guard step >= 0 else { throw OptimizerError.state("an optimizer's state cannot have taken \(step) steps") }
        self.step = step
        self.tensors = tensors
    }

    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

    func check(fits stateNames: [String], of optimizer: String, for parameters: Tensor) throws {
        let names = tensors.map(\.name)
        guard names == stateNames else {
            func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
            throw OptimizerError.state(
                "\(optimizer) remembers \(list(stateNames)), but this state holds \(list(names)); "
                    + "give it the state that its own last step returned, or none to start anew")
        }
        for entry in tensors where entry.tensor.shape != parameters.shape {
            throw OptimizerError.state(
                """
                the state's \(entry.name) has shape \(entry.tensor.shape), but the parameters have \
                \(parameters.shape); give the state of a run with these parameters, or none to start anew
                """)
        }
    }
}
