/// What an optimizer keeps its state in between steps.
import Settings

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
