/// What an optimizer keeps its state in between steps.
import Settings
import Tensors

public enum StateFormat: String, CaseIterable, Sendable {
    case float32 = "f32"
    case bfloat16 = "bf16"
}

extension ElementwiseOptimizer {
    /// The setting of `stateFormat`, the same for all.
    static var formatSetting: Setting<Self> {
        .choice(
            "storage", \.stateFormat,
            """
            what the state is kept in between steps: f32, or bf16 in half the memory, where each number is rounded up \
            or down at random, to about 1 part in 200, so that averages stay right in the mean
            """)
    }
}

extension OptimizerState {
    /// Gives up its tensors, so that who writes them can do so in place.
    mutating func takeTensors() throws -> [Tensor] {
        let taken = try tensors.map { try $0.tensor }
        tensors = []
        return taken
    }

    /// The same in bfloat16.
    mutating func takeHalves() throws -> [BFloat16Tensor] {
        let taken = try tensors.map { entry in
            switch entry.content {
            case .half(let half): half
            case .full(let tensor): try BFloat16Tensor(tensor)
            }
        }
        tensors = []
        return taken
    }

    mutating func put(_ names: [String], _ values: [Tensor]) {
        tensors = zip(names, values).map { Entry(name: $0, tensor: $1) }
    }

    mutating func put(_ names: [String], _ values: [BFloat16Tensor]) {
        tensors = zip(names, values).map { Entry(name: $0, half: $1) }
    }
}
