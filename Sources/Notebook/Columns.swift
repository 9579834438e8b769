// Lists of short words in columns, as shells list files: down the columns, as many as fit.
import Language

public enum Columns {
    /// The lines of such a list; where it is longer than `most` lines, the last one says how many words are missing.
    public static func lines(_ words: [String], columns: Int, most: Int) -> [String] {
        guard !words.isEmpty else { return [] }
        let width = (words.map { displayWidth($0) }.max() ?? 1) + 2
        let perRow = max(1, (columns + 1) / width)
        let rows = (words.count + perRow - 1) / perRow
        let isCut = rows > most
        // What is cut off is the end of the list, not the end of every column.
        let shown = isCut ? Array(words.prefix(max(1, most - 1) * perRow)) : words
        let height = (shown.count + perRow - 1) / perRow
        var lines = (0..<height).map { row in
            var line = ""
            for index in stride(from: row, to: shown.count, by: height) {
                let word = shown[index]
                line +=
                    index + height < shown.count
                    ? word + String(repeating: " ", count: width - displayWidth(word)) : word
            }
            return line
        }
        if isCut { lines.append("… and \(words.count - shown.count) more") }
        return lines
    }
}
