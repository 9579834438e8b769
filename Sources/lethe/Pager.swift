// Long texts a page at a time, by the program that the user has for it.
import Foundation
import Glibc

enum Pager {
    /// Shows a text that is longer than the window. Returns whether it did.
    static func show(_ text: String, _ console: Console) -> Bool {
        guard text.split(separator: "\n", omittingEmptySubsequences: false).count >= Terminal.rows else { return false }
        var template = Array((NSTemporaryDirectory() + "/lethe-page-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return false }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        guard !path.contains("'") else { return false }
        let failure = Terminal.writeAll(text + "\n", to: descriptor)
        close(descriptor)
        guard failure == 0 else { return false }
        console.results.flush()
        let program = Terminal.environment("PAGER").flatMap { $0.isEmpty ? nil : $0 } ?? "less"
        // The pager is the user's own command, with its options.
        return system("\(program) < '\(path)'") == 0
    }
}
