// Lays pages of help out as plain text: wrapped by words, columns aligned.
import Language

enum TextLayout {
    /// A whole page.
    ///
    /// - Parameter also: further names for its last line.
    static func text(_ page: HelpPage, width: Int, also: [String] = []) -> String {
        var lines =
            page.signature.split(separator: "\n").flatMap {
                wrapped(String($0), width: width, indent: "", hanging: "  ")
            } + [""]
        for paragraph in page.summary.split(separator: "\n\n") {
            lines += wrapped(String(paragraph), width: width, indent: "  ")
        }
        if !page.rows.isEmpty {
            lines.append("")
            let column = page.rows.map { $0.name.count }.max() ?? 0
            for row in page.rows {
                let name = "  " + row.name.padded(to: column + 2)
                lines += wrapped(
                    row.text, width: width, indent: name, hanging: String(repeating: " ", count: name.count))
            }
        }
        for example in page.examples {
            lines += [""] + example.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        }
        let related = page.seeAlso + also
        if !related.isEmpty {
            lines += [""] + wrapped("see also " + related.joined(separator: ", "), width: width, indent: "  ")
        }
        return lines.joined(separator: "\n")
    }

    /// Code, a little to the right; lines that are too long are broken between words, and go on further to the right.
    static func code(_ text: String, width: Int) -> String {
        text.allLines.flatMap { line -> [String] in
            let indent = "    " + line.prefix { $0 == " " }
            guard displayWidth(String(line)) + 4 > width else { return ["    \(line)"] }
            let room = max(20, width - indent.count - 4)
            let lines = Language.wrapped(words(of: line, room: room), separator: " ", to: room)
            return lines.enumerated().map { indent + ($0 == 0 ? "" : "    ") + $1 }
        }.joined(separator: "\n")
    }

    /// The pieces of a line of code between which it may be broken: a string is whole where it has room.
    private static func words(of line: Substring, room: Int) -> [String] {
        var words = [""], isString = false, isComment = false, isEscaped = false
        for character in line.drop(while: { $0 == " " }) {
            if character == "\"", !isEscaped, !isComment { isString.toggle() }
            if character == "#", !isString { isComment = true }
            isEscaped = character == "\\" && !isEscaped
            if character == " ", !isString { words.append("") } else { words[words.count - 1].append(character) }
        }
        return words.flatMap { word in
            displayWidth(word) <= room
                ? [word] : word.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func wrapped(_ text: String, width: Int, indent: String, hanging: String? = nil) -> [String] {
        wrapped(
            text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init), width: width, indent: indent,
            hanging: hanging)
    }

    /// Words in lines of at most `width`; later lines begin with `hanging` instead of `indent`.
    static func wrapped(_ words: [String], width: Int, indent: String, hanging: String? = nil) -> [String] {
        var lines: [String] = []
        var line = indent
        var isEmpty = true
        for word in words {
            if line.count + word.count + 1 > width, !isEmpty {
                lines.append(line)
                line = hanging ?? indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return isEmpty ? lines : lines + [line]
    }
}

extension String {
    /// With blanks behind, up to a width; one blank at least.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
