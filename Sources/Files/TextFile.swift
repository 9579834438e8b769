// Text files as strings and lines.

import LanguageModels

/// Reading of whole text files for the data sets of this module.
enum TextFile {
    /// The text of a UTF-8 file, without a byte order mark. Throws where it cannot be read or is not UTF-8.
    static func read(_ path: String) throws -> String {
        var bytes = try FileBytes.read(path)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DatasetError("\(path) is not UTF-8 text: convert it, for example with iconv")
        }
        return text
    }

    /// The lines of a text, without their ends (`\n` or `\r\n`). A final end of line begins no further line.
    static func lines(_ text: String) -> [Substring] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
