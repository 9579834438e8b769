// Ctrl-X Ctrl-E: the cell in the user's own editor.
import CReadline
import Foundation
import Notebook

extension ReadlineReader {
    /// Opens the cell in $VISUAL, $EDITOR or vi; what is saved there stands at the prompt then, to be run with Enter.
    func editOutside() {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cell-\(getpid()).lethe").path
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data((buffer + "\n").utf8), attributes: [.posixPermissions: 0o600])
        else { return }
        defer { unlink(path) }
        let editor = ["VISUAL", "EDITOR"].lazy.compactMap(Terminal.environment).first { !$0.isEmpty } ?? "vi"
        lethe_rl_flush()
        Terminal.writeToStandardError("\n")
        rl_deprep_terminal()
        Signals.watchTerminal(false)
        let status = system(editor + " '" + path + "'")
        Signals.watchTerminal(true)
        rl_prep_terminal(1)
        if status == 0, let data = FileManager.default.contents(atPath: path) {
            let text = String(decoding: data, as: UTF8.self)
            replaceLine(with: String(text.reversed().drop(while: \.isWhitespace).reversed()))
        }
        rl_on_new_line()
        rl_forced_update_display()
    }
}
