// Built-ins that belong to the notebook and not to the engine: pictures.
import Language

enum NotebookFunctions {
    /// - Parameter isUnicode: whether the reader's terminal shows more than ASCII.
    static func builtins(isUnicode: @escaping () -> Bool) -> [Builtin] {
        [PlotFunction.builtin(isUnicode: isUnicode)]
    }
}
