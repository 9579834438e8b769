// TAB: hands the session's candidates to readline, which inserts what they share and lists the rest.
import CReadline
import Glibc
import Language
import Notebook

extension ReadlineReader {
    /// Asks for candidates and says where, by the byte before it, the word begins that they stand for.
    fileprivate func findWord() -> UInt8 {
        completion = complete(buffer, Int(lethe_rl_point()))
        return completion.start > 0 ? Array(beforeCursor.utf8)[completion.start - 1] : UInt8(ascii: "\n")
    }

    /// Readline's array of candidates: the longest common beginning first, then each, then nil; all of them malloc'ed.
    fileprivate func candidates(from start: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        lethe_rl_own_candidates()
        guard !completion.candidates.isEmpty else { return nil }
        // Where the word holds its own delimiter, readline sees less of it than we do.
        let unseen = max(0, start - completion.start)
        var words = completion.candidates.map { String(decoding: $0.utf8.dropFirst(unseen), as: UTF8.self) }
        if words.count == 1, !afterCursor.hasPrefix(completion.suffix.prefix(1)) || completion.suffix.isEmpty {
            words[0] += completion.suffix
        }
        var common = Substring(words[0])
        for word in words.dropFirst() { common = Substring(common.commonPrefix(with: word)) }
        let all = words.count == 1 ? [words[0]] : [String(common)] + words
        return Self.array(of: all)
    }

    /// A C array of C strings with nil at its end, for readline to free.
    private static func array(of strings: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard let array = calloc(strings.count + 1, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride) else {
            return nil
        }
        let pointers = array.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        return pointers
    }

    /// Lists the candidates, never more than fit the window: readline's question "Display all?" is not asked in
    /// callback mode.
    fileprivate func showCandidates() {
        let labels = completion.labels
        var rows: Int32 = 24, columns: Int32 = 80
        rl_get_screen_size(&rows, &columns)
        let lines = buffer.allLines.count
        let list = Columns.lines(
            labels.map(visibleLine), columns: Int(columns), most: max(1, Int(rows) - min(lines, Int(rows) / 2) - 2))
        if showBelowTall(list) { return }
        leaveLine()
        lethe_rl_flush()
        Terminal.writeToStandardError("\n" + list.joined(separator: "\n") + "\n")
        rl_on_new_line()
        rl_forced_update_display()
    }
}

extension Substring {
    fileprivate func commonPrefix(with other: String) -> Substring {
        var end = startIndex, position = other.startIndex
        while end < endIndex, position < other.endIndex, self[end] == other[position] {
            end = index(after: end)
            position = other.index(after: position)
        }
        return self[..<end]
    }
}

// MARK: - What readline calls

func completeWord(
    _ text: UnsafePointer<CChar>?, _ start: Int32, _ end: Int32
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    activeReader?.candidates(from: Int(start))
}

/// The session's own words: the byte before them is the only one that ends a word for readline.
func wordBreaks() -> UnsafeMutablePointer<CChar>? {
    guard let activeReader, let wordBreak else { return nil }
    wordBreak[0] = CChar(bitPattern: activeReader.findWord())
    return wordBreak
}
nonisolated(unsafe) private let wordBreak = strdup("\n")

func displayMatches(_ matches: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int32, _ longest: Int32) {
    activeReader?.showCandidates()
}
