// The weights of a model as files are written of them: one parameter after the other, and no second copy of all.
import Tensors

/// All weights of a model without adapters, whatever type they are held in.
struct SavedWeights {
    let layout: ParameterLayout
    private let flat: Tensor
    private let frozen: FrozenWeights?

    init(of model: LanguageModel) {
        frozen = model.adapted?.frozen
        layout = frozen?.layout ?? model.layout
        flat = model.weights.value
    }

    /// Lends a parameter's numbers, in row-major order, in pieces of whole rows.
    func pieces(_ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        guard let matrix = frozen?.matrix(name) else { return try whole(name, body) }
        let rows = max(1, (1 << 20) / max(1, matrix.columns))
        for first in stride(from: 0, to: matrix.rows, by: rows) {
            try matrix.device.cancellation.check()
            let piece = try matrix.widened(first..<min(matrix.rows, first + rows))
            try piece.withElements(body)
        }
    }

    /// Lends all of a parameter's numbers at once.
    func whole(_ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        if let frozen { return try frozen.tensor(name).withElements(body) }
        guard let tensor = layout.tensor(name, of: flat) else { throw ModelError.noParameter(name) }
        try tensor.withElements(body)
    }
}
