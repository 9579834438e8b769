// Pictures in terminals that show sixels: strips of six rows, colour by colour (DEC, "VT330/VT340 Programmer Reference
// Manual", chapter 14).

enum SixelGraphics {
    /// What shows an image where the cursor is.
    static func text(_ image: PixelImage) -> String {
        let palette = ColorPalette(image, most: 255), width = image.width
        // Square pixels, and where nothing is drawn the ground stays.
        var text = "\u{1B}P0;1;0q\"1;1;\(width);\(image.height)"
        for (number, color) in palette.colors.enumerated() {
            let percent = color.map { String(($0 * 100 + 127) / 255) }
            text += "#\(number);2;" + percent.joined(separator: ";")
        }
        for top in stride(from: 0, to: image.height, by: 6) {
            let rows = top..<min(top + 6, image.height)
            // Which of the six pixels of each column a colour has.
            var strips: [UInt8: [UInt8]] = [:]
            for (bit, row) in rows.enumerated() {
                for x in 0..<width {
                    strips[palette.indices[row * width + x], default: [UInt8](repeating: 0, count: width)][x] |=
                        1 << UInt8(bit)
                }
            }
            text += strips.sorted { $0.key < $1.key }.map { "#\($0.key)" + runs($0.value) }.joined(separator: "$") + "-"
        }
        return text + "\u{1B}\\\n"
    }

    /// Columns of six pixels, each run of equal ones once; blanks at the end are left out.
    private static func runs(_ strip: [UInt8]) -> String {
        var text: [UInt8] = [], x = 0
        let end = (strip.lastIndex { $0 != 0 } ?? -1) + 1
        while x < end {
            var next = x + 1
            while next < end, strip[next] == strip[x] { next += 1 }
            let character = 63 + strip[x]
            text +=
                next - x > 3
                ? Array("!\(next - x)".utf8) + [character] : [UInt8](repeating: character, count: next - x)
            x = next
        }
        return String(decoding: text, as: UTF8.self)
    }
}
