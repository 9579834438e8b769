// Text files as strings and lines.

/// Reading of whole text files.
public enum TextFile {
    /// The text of a UTF-8 file, without a byte order mark. Throws where it cannot be read or is something else.
    public static func read(_ path: String) throws(FileError) -> String {
        let bytes = try FileBytes.read(path)
        try FileKind.refuse(bytes, at: path, unless: [.notebook], wanted: "a text file")
        return try text(bytes, path)
    }

    /// Bytes as text, without a byte order mark.
    public static func text(_ bytes: [UInt8], _ path: String) throws(FileError) -> String {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: bytes, as: UTF8.self) else {
            try FileKind.refuse(bytes, at: path, wanted: "UTF-8 text")
            throw FileError(
                path: path,
                message: """
                    this is not UTF-8 text: line \(firstBadLine(bytes)) holds bytes that are no characters; save it as \
                    UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`
                    """)
        }
        return text
    }

    private static func firstBadLine(_ bytes: ArraySlice<UInt8>) -> Int {
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil { return index + 1 }
        return 1
    }

    /// The lines of a text, without their ends (`\n` or `\r\n`). A final end of line begins no further line.
    public static func lines(_ text: String) -> [Substring] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

extension StringProtocol {
    /// Without the scalars at both ends that satisfy the condition.
    package func trimming(while condition: (Unicode.Scalar) -> Bool) -> SubSequence {
        guard let first = unicodeScalars.firstIndex(where: { !condition($0) }),
            let last = unicodeScalars.lastIndex(where: { !condition($0) })
        else {
            return self[endIndex..<endIndex]
        }
        return self[first..<unicodeScalars.index(after: last)]
    }
}
