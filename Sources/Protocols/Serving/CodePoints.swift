// Places in a text: other programs count Unicode code points, Lethe counts bytes of UTF-8.

/// Counts of code points and bytes of one text.
public enum CodePoints {
    /// The byte before which so many code points stand; the end for more than there are.
    public static func byte(of point: Int, in text: String) -> Int {
        let scalars = text.unicodeScalars
        let index = scalars.index(scalars.startIndex, offsetBy: max(0, point), limitedBy: scalars.endIndex)
        return text.utf8.distance(from: text.utf8.startIndex, to: index ?? scalars.endIndex)
    }

    /// The code points before a byte.
    public static func point(of byte: Int, in text: String) -> Int {
        String(decoding: text.utf8.prefix(max(0, byte)), as: UTF8.self).unicodeScalars.count
    }
}
