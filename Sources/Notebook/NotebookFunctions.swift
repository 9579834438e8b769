// Built-ins that belong to the notebook and not to the engine: pictures.
import Language

package enum NotebookFunctions {
    /// - Parameter isUnicode: whether the reader's terminal shows more than ASCII.
    package static func builtins(isUnicode: @escaping () -> Bool) -> [Builtin] {
        [PlotFunction.builtin(isUnicode: isUnicode)]
    }
}
