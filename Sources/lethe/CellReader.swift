// What the prompt needs of a source of cells; readline is one, a plain descriptor another.

/// What a reader came back with.
enum CellReaderEvent {
    /// A whole cell, prompts of a pasted transcript removed.
    case cell(String)
    /// Ctrl-C, or Ctrl-D in an open block: what was typed is gone, the prompt stays.
    case interrupted
    /// Ctrl-D on an empty line, or the end of the input.
    case endOfInput
    /// A signal that asks the program to end.
    case terminated(Int32)
}

/// A source of cells for the prompt.
protocol CellReader: AnyObject {
    /// Shows the prompt and returns when there is a cell or nothing more to wait for.
    /// - Parameter text: stands behind the prompt already, where the reader can be edited.
    func read(prompt: String, text: String) -> CellReaderEvent
    /// Makes a cell available to Up and Ctrl-R, where there are such keys.
    func remember(_ cell: String)
}
