// Built-ins that belong to the notebook and not to the engine: pictures.
import Language
import Vocabulary

package enum NotebookFunctions {
    /// - Parameters:
    ///   - workshop: what the engine's functions work with; without it there are only pictures of numbers.
    ///   - isUnicode: whether the reader's terminal shows more than ASCII.
    package static func builtins(_ workshop: Workshop?, isUnicode: @escaping () -> Bool) -> [Builtin] {
        [
            PlotFunction.builtin(isUnicode: isUnicode), BandFunction.builtin(isUnicode: isUnicode),
            HistogramFunction.builtin(isUnicode: isUnicode), HeatMapFunction.builtin(isUnicode: isUnicode),
        ]
            + (workshop.map { workshop in
                [
                    ContourFunction.builtin(workshop, isUnicode: isUnicode), RaceFunction.builtin(workshop, isUnicode: isUnicode),
                    FrontierFunction.builtin(workshop, isUnicode: isUnicode), CurvesFunction.builtin(workshop, isUnicode: isUnicode),
                    LayersFunction.builtin(workshop, isUnicode: isUnicode),
                ]
            } ?? [])
    }

    /// Adds them to what a session knows. Programs may take their names for what they hold.
    static func add(to registry: inout Registry, isUnicode: @escaping () -> Bool) {
        let builtins = builtins(registry.workshop as? Workshop, isUnicode: isUnicode)
        registry.add(builtins)
        registry.replaceable.formUnion(builtins.map(\.name))
    }
}
