// The built-ins that draw pictures: one line each.
import Language
import Vocabulary

package enum PlotFunctions {
    /// - Parameters:
    ///   - engine: what the engine's functions work with; without it there are only pictures of numbers.
    ///   - isUnicode: whether the reader's terminal shows more than ASCII.
    package static func builtins(_ engine: EngineContext?, isUnicode: @escaping () -> Bool) -> [Builtin] {
        [
            PlotFunction.builtin(isUnicode: isUnicode), BandFunction.builtin(isUnicode: isUnicode),
            HistogramFunction.builtin(isUnicode: isUnicode), HeatMapFunction.builtin(isUnicode: isUnicode),
        ]
            + (engine.map { engine in
                [
                    ContourFunction.builtin(engine, isUnicode: isUnicode),
                    RaceFunction.builtin(engine, isUnicode: isUnicode),
                    FrontierFunction.builtin(engine, isUnicode: isUnicode),
                    CurvesFunction.builtin(engine, isUnicode: isUnicode),
                    LayersFunction.builtin(engine, isUnicode: isUnicode),
                    RobustnessFunction.builtin(engine, isUnicode: isUnicode),
                    MembershipFunction.builtin(engine, isUnicode: isUnicode),
                    EffectsFunction.builtin(isUnicode: isUnicode),
                ]
            } ?? [])
    }

    /// Pictures that workspaces keep.
    package static func storedKinds(isUnicode: @escaping () -> Bool) -> [StoredKind] {
        [
            PlotValue.storedKind(isUnicode: isUnicode), CurvesValue.storedKind(isUnicode: isUnicode),
            PanelsValue.storedKind(isUnicode: isUnicode), RaceValue.storedKind(isUnicode: isUnicode),
            LayersValue.storedKind(isUnicode: isUnicode), FrontierValue.storedKind(isUnicode: isUnicode),
        ]
    }

    /// Adds them to what a session knows. Programs may take their names for what they hold.
    package static func add(to registry: inout Registry, _ engine: EngineContext?, isUnicode: @escaping () -> Bool) {
        let builtins = builtins(engine, isUnicode: isUnicode)
        registry.add(builtins)
        registry.replaceable.formUnion(builtins.map(\.name))
    }
}
