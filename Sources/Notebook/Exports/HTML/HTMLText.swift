// Text between HTML's tags.

package enum HTMLText {
    /// Text with HTML's own characters written out; control characters, which HTML forbids, are left away.
    package static func escaped(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case 0x09, 0x0A: bytes.append(byte)
            case 0..<0x20, 0x7F: break
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `A base model!` → `a-base-model`: letters and digits of ASCII with hyphens between.
    package static func slug(_ text: String, most: Int = 48) -> String {
        var result = ""
        for scalar in text.lowercased().unicodeScalars {
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else if !result.isEmpty, !result.hasSuffix("-") {
                result += "-"
            }
            if result.utf8.count >= most { break }
        }
        while result.hasSuffix("-") { result.removeLast() }
        return result
    }

    /// Rows of cells as a table; see ``Rendering/table``.
    ///
    /// - Parameter isStyled: cells say themselves at which side they stand, for pages that know no `n`: Jupyter moves all
    ///   to the right.
    package static func table(_ rows: [[String]], isStyled: Bool = false) -> String {
        let width = rows.map(\.count).max() ?? 0
        let isLine = { (row: [String]) in row.count == 1 && width > 1 }
        guard let head = rows.firstIndex(where: { !isLine($0) }) else { return "" }
        let body = rows[(head + 1)...].filter { !isLine($0) }
        // Figures stand one under the other, and words begin at the left.
        let isNumeric = (0..<width).map { column in
            body.contains { column < $0.count && isNumber($0[column]) }
                && body.allSatisfy { column >= $0.count || $0[column].isEmpty || isNumber($0[column]) }
        }
        func attribute(_ column: Int) -> String {
            if isStyled { return " style=\"text-align:\(isNumeric[column] ? "right" : "left")\"" }
            return isNumeric[column] ? " class=\"n\"" : ""
        }
        func cells(_ row: [String], _ tag: String) -> String {
            (0..<width).map { column in
                "<\(tag)\(attribute(column))>" + escaped(column < row.count ? row[column] : "") + "</\(tag)>"
            }.joined()
        }
        var lines = rows[..<head].map { "<p>\(escaped($0.joined()))</p>" }
        lines.append("<table>")
        lines.append("<thead><tr>\(cells(rows[head], "th"))</tr></thead>")
        lines.append("<tbody>")
        lines += body.map { "<tr>\(cells($0, "td"))</tr>" }
        lines += ["</tbody>", "</table>"]
        lines += rows[(head + 1)...].filter(isLine).map { "<p>\(escaped($0.joined()))</p>" }
        return lines.joined(separator: "\n")
    }

    /// `-0.31`, `3e-4`, `1,234`, `12 %`, `–` for none.
    private static func isNumber(_ text: String) -> Bool {
        if ["–", "nan", "inf", "-inf"].contains(text) { return true }
        var rest = text[...]
        if let first = rest.first, "+-−<".contains(first) { rest = rest.dropFirst() }
        guard let first = rest.first, first.isASCII, first.isNumber else { return false }
        return rest.allSatisfy { $0.isASCII && $0.isNumber || ".,e+-−% ±".contains($0) }
    }
}
