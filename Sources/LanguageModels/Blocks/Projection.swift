/// A linear layer as a building block, and the parameters of one block by their short names.
import Autodiff
import Tensors

/// y = x W (+ b), with the name under which a checkpoint has it.
public struct Projection: Equatable, Sendable {
    /// Without ".weight", counted from the block's own name.
    public let name: String
    public let inputs, outputs: Int
    public let biased: Bool
    /// Whether the weight is stored [out, in], as PyTorch's `Linear` has it; GPT-2's `Conv1D` is [in, out].
    public let isTransposed: Bool

    public init(_ name: String, _ inputs: Int, _ outputs: Int, biased: Bool = false, isTransposed: Bool = true) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.biased = biased
        self.isTransposed = isTransposed
    }

    func parameters(_ initialization: ParameterInitialization) -> [BlockParameter] {
        let weight = BlockParameter(
            name: name + ".weight", shape: isTransposed ? [outputs, inputs] : [inputs, outputs],
            initialization: initialization)
        return biased
            ? [weight, BlockParameter(name: name + ".bias", shape: [outputs], initialization: .constant(0))] : [weight]
    }

    func callAsFunction(_ x: Variable, _ weights: BlockWeights) throws -> Variable {
        try weights.weights.linear(
            x, weights.prefix + name + ".weight", bias: biased ? weights.prefix + name + ".bias" : nil,
            transposed: isTransposed)
    }
}

/// One parameter of a block.
struct BlockParameter: Sendable {
    let name: String
    let shape: [Int]
    let initialization: ParameterInitialization

    func inside(_ prefix: String) -> BlockParameter {
        BlockParameter(name: prefix + name, shape: shape, initialization: initialization)
    }
}

/// A model's parameters, of which a block reads its own.
struct BlockWeights {
    let weights: Weights
    let prefix: String

    subscript(_ name: String) -> Variable { get throws { try weights[prefix + name] } }
}
