/// The weights of a model that stay as they are: what adapters are added to.
import Autodiff
import Tensors

/// All parameters of a model, none of which moves. Shared by all models that are made of it.
public final class FrozenWeights: Sendable {
    /// The parameters by the names of the architecture they belong to.
    public let layout: ParameterLayout
    /// All of them, in the layout's order.
    private let flat: Tensor

    /// - Throws: `ModelError` where the numbers are not as many as the layout has weights.
    public init(_ layout: ParameterLayout, _ flat: Tensor) throws {
        guard flat.shape == [layout.count] else {
            throw ModelError.invalidArchitecture(
                "\(flat.count) weights do not fit an architecture with \(layout.count)")
        }
        self.layout = layout
        self.flat = flat
    }

    /// Of the memory that `parts` showed.
    /// - Throws: `ModelError` where it does not fit the model.
    public convenience init(of model: Transformer, parts: [(name: String, memory: Tensor)], on device: Device) throws {
        guard let first = parts.first, parts.count == 1 else {
            throw ModelError.invalidArchitecture("the frozen weights are not complete")
        }
        try self.init(ParameterLayout(model.parameterShapes), first.memory)
    }

    /// All memory that they take, by names.
    public var parts: [(name: String, memory: Tensor)] { [("float32", flat)] }

    public var device: Device { flat.device }
    /// Number of weights.
    public var count: Int { layout.count }

    /// A parameter's numbers under its shape.
    /// - Throws: `ModelError` where there is none of that name.
    public func tensor(_ name: String) throws -> Tensor {
        guard let tensor = layout.tensor(name, of: flat) else { throw ModelError.noParameter(name) }
        return tensor
    }

    /// All numbers in the layout's order.
    public func widened() throws -> Tensor { flat }

    /// Bytes that they take.
    public var byteCount: Int { 4 * layout.count }

    /// Shows all that makes them what they are.
    public func identify(parts: (String) -> Void, numbers: (Tensor) -> Void) { numbers(flat) }

    /// Whether both hold the same numbers under the same names.
    public func isEqual(to other: FrozenWeights) -> Bool {
        self === other
            || layout == other.layout && (flat.isSameMemory(as: other.flat) || flat.hasSameElements(as: other.flat))
    }
}
