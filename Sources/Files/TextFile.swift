// Text files as strings and lines.


/// Reading of whole text files for the data sets of this module.
package enum TextFile {
    /// The text of a UTF-8 file, without a byte order mark. Throws where it cannot be read or is not UTF-8.
    package static func read(_ path: String) throws -> String {
        var bytes = try FileBytes.read(path)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TextError("\(path) is not UTF-8 text: convert it, for example with iconv")
        }
        return text
    }

    /// The lines of a text, without their ends (`\n` or `\r\n`). A final end of line begins no further line.
    package static func lines(_ text: String) -> [Substring] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// A text file that is not what it should be; the message names the file and the line and says what to do.
public struct TextError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

extension StringProtocol {
    /// Without the characters at both ends that satisfy the condition.
    package func trimming(while condition: (Unicode.Scalar) -> Bool) -> SubSequence {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !condition($0) }),
            let last = scalars.lastIndex(where: { !condition($0) })
        else { return self[endIndex..<endIndex] }
        return self[first..<scalars.index(after: last)]
    }
}
