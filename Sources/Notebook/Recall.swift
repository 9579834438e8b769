// Earlier cells by Up and Down: those that begin with what stood before the cursor when the first key was pressed.

/// A walk through earlier cells.
public struct Recall: Sendable {
    private var cells: [String]
    /// Where the walk stands: an index into `cells`, or their number for the line being written.
    private var position: Int
    /// The beginning that recalled cells must have.
    private var prefix = ""
    /// The line that was being written when the walk began.
    private var draft = ""
    /// What the walk showed last; other text means that the user has typed and a new walk begins.
    private var shown: String?

    /// - Parameter cells: oldest first.
    public init(cells: [String]) {
        self.cells = cells
        position = cells.count
    }

    /// A cell joins the others.
    public mutating func append(_ cell: String) {
        cells.append(cell)
        restart()
    }

    /// The next key begins a new walk.
    public mutating func restart() {
        position = cells.count
        shown = nil
    }

    /// How the newest cell that begins with what is being typed went on; nil where there is none, or cells are walked
    /// through.
    public func continuation(of line: String) -> String? {
        guard !line.isEmpty, line != shown else { return nil }
        let start = line.utf8
        let found = cells.last { $0.utf8.count > start.count && $0.utf8.starts(with: start) }
        return found.flatMap { String($0.utf8.dropFirst(start.count)) }
    }

    /// The next older cell; nil when there is none.
    ///
    /// - Parameters:
    ///   - line: what stands there now.
    ///   - prefix: the part of it before the cursor; it counts when a walk begins.
    public mutating func older(than line: String, prefix: String) -> String? {
        if line != shown {
            restart()
            self.prefix = prefix
            draft = line
        }
        guard let index = cells[..<position].lastIndex(where: { $0.hasPrefix(self.prefix) && $0 != line }) else {
            return nil
        }
        position = index
        shown = cells[index]
        return cells[index]
    }

    /// The next newer cell, at last the line that was being written; nil when no walk is under way.
    public mutating func newer(than line: String) -> String? {
        guard line == shown, position < cells.count else { return nil }
        if let index = cells[(position + 1)...].firstIndex(where: { $0.hasPrefix(prefix) && $0 != line }) {
            position = index
            shown = cells[index]
            return cells[index]
        }
        position = cells.count
        shown = draft
        return draft
    }
}
