// The names of sliders in a cell's title.
import Language

package enum SliderTitle {
    /// Where the line `# %% Title [slider lr=1..3, k=1..5]` names a slider: places in the array that the line is cut from.
    package static func places(of name: String, in line: ArraySlice<UInt8>) -> [Range<Int>] {
        var result: [Range<Int>] = [], position = line.startIndex
        let opening = Array("[\(Slider.word) ".utf8)
        while let open = line[position...].firstRange(of: opening)?.upperBound {
            let end = line[open...].firstIndex(of: UInt8(ascii: "]")) ?? line.endIndex
            for part in line[open..<end].split(separator: UInt8(ascii: ",")) {
                let words = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard words.count == 2 else { continue }
                let word = words[0].drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
                let start = words[0].startIndex + words[0].prefix { $0 == 0x20 }.count
                if Array(word) == Array(name.utf8) { result.append(start..<start + name.utf8.count) }
            }
            position = end
        }
        return result
    }
}
