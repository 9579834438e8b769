// For whom a session lays values out: for its window, or for its record.
import Language

/// How wide a session's values are made, and of which characters its pictures are drawn.
///
/// Whatever is not made for the window alone is made as the record has it: 80 columns wide and not only of ASCII. So
/// neither what a cell leaves behind (a saved session, an export, a workspace) nor a value (`str(plot(x))`) depends on
/// the window in which it was made.
final class Layout {
    private let columns: () -> Int
    private let showsUnicode: () -> Bool
    private var isForWindow = false

    init(columns: @escaping () -> Int, showsUnicode: @escaping () -> Bool) {
        (self.columns, self.showsUnicode) = (columns, showsUnicode)
    }

    /// Columns of the window.
    var width: Int { columns() }
    /// Whether pictures that are drawn now may have more than ASCII's characters.
    var isUnicode: Bool { !isForWindow || showsUnicode() }
    /// Whether the window shows what the record has.
    var isStandard: Bool { width == Rendering.standardWidth && showsUnicode() }

    /// Makes something for the window.
    func forWindow<Made>(_ make: (_ width: Int) throws -> Made) rethrows -> Made {
        let before = isForWindow
        isForWindow = true
        defer { isForWindow = before }
        return try make(width)
    }

    /// Makes something for the record.
    func forRecord<Made>(_ make: (_ width: Int) throws -> Made) rethrows -> Made {
        let before = isForWindow
        isForWindow = false
        defer { isForWindow = before }
        return try make(Rendering.standardWidth)
    }
}
