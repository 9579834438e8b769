// Ctrl-X Ctrl-E: the cell in the user's own editor.
import CReadline
import Foundation
import Language
import Notebook

extension ReadlineReader {
    /// Opens the cell in $VISUAL, $EDITOR or vi; what is saved there stands at the prompt then, to be run with Enter.
    func editOutside() {
        // A name that no one can foresee: others may write to the same folder.
        let ending = ".lethe"
        var template = Array((FileManager.default.temporaryDirectory.path + "/cell-XXXXXX" + ending).utf8CString)
        let descriptor = mkstemps(&template, Int32(ending.utf8.count))
        guard descriptor >= 0 else { return }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let failure = Terminal.writeAll(buffer + "\n", to: descriptor)
        close(descriptor)
        guard failure == 0 else { return }
        let editor = ["VISUAL", "EDITOR"].lazy.compactMap(Terminal.environment).first { !$0.isEmpty } ?? "vi"
        leaveLine()
        lethe_rl_flush()
        Terminal.writeToStandardError("\n")
        rl_deprep_terminal()
        Signals.watchTerminal(false)
        let status = system(editor + " '" + path.replacingOccurrences(of: "'", with: "'\\''") + "'")
        Signals.watchTerminal(true)
        rl_prep_terminal(1)
        if status == 0, let data = FileManager.default.contents(atPath: path) {
            let text = String(decoding: data, as: UTF8.self)
            replaceLine(with: visible(String(text.reversed().drop(while: \.isWhitespace).reversed())))
        }
        rl_on_new_line()
        rl_forced_update_display()
    }
}
