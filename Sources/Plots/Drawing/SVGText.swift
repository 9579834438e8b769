// How wide a text is on the sheet, and how it is broken so that none of it is cut.
import Language

enum SVGText {
    /// Widths of `!` to `~` in thousandths of the font's size: DejaVu Sans, the widest of the fonts that `system-ui`
    /// stands for, so that what fits here fits everywhere.
    private static let widths: [Int] = [
        401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
        636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557,
        863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635,
        550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592,
        592, 525, 636, 337, 636, 838,
    ]

    /// How wide a text is at most.
    static func width(of text: String, size: Double = 12, isBold: Bool = false) -> Double {
        var thousandths = 0
        for character in text {
            if let ascii = character.asciiValue, ascii > 0x20, ascii < 0x7F {
                thousandths += widths[Int(ascii) - 0x21]
            } else {
                thousandths += character == " " ? 318 : 700 * displayWidth(String(character))
            }
        }
        return Double(thousandths) / 1000 * size * (isBold ? 1.12 : 1)
    }

    /// A text in lines no wider than `width`: broken at blanks, else behind other marks, else anywhere. What goes
    /// beyond the last line ends in `…`.
    static func lines(_ text: String, width: Double, most: Int, size: Double = 12, isBold: Bool = false) -> [String] {
        func fits(_ line: some StringProtocol) -> Bool {
            Self.width(of: String(line), size: size, isBold: isBold) <= width
        }
        var lines: [String] = [], rest = Array(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })[...]
        while !rest.isEmpty {
            var end = rest.startIndex, place = 0.0
            while end < rest.endIndex {
                place += Self.width(of: String(rest[end]), size: size, isBold: isBold)
                if place > width { break }
                end += 1
            }
            if end == rest.endIndex {
                lines.append(String(rest))
                break
            }
            if lines.count == most - 1 {
                var last = rest[..<end]
                while let _ = last.last, !fits(String(last) + "…") { last.removeLast() }
                lines.append(String(last).trimmingEnd + "…")
                break
            }
            // One character at least, however narrow the sheet.
            let first = rest[..<max(end, rest.startIndex + 1)]
            let isBlankNext = rest[first.endIndex] == " "
            let cut =
                isBlankNext
                ? first.endIndex
                : first.lastIndex(of: " ").map { $0 + 1 }
                    ?? first.dropFirst().lastIndex { ",;:/_-=)".contains($0) }.map { $0 + 1 } ?? first.endIndex
            lines.append(String(rest[..<cut]).trimmingEnd)
            rest = rest[cut...].drop { $0 == " " }
        }
        return lines.isEmpty ? [""] : lines
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// About how wide a text is in the sheet's font.
func svgWidth(of text: String) -> Double { SVGText.width(of: text) }
