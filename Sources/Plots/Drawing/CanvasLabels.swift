// Words on lines of a drawing in characters, such as the heights of contour lines.

extension DotCanvas {
    /// Where on a line a word is tried, as shares of its points.
    private static let shares = [0.5, 0.25, 0.75, 0.1, 0.9, 0.4, 0.6, 0]

    /// Writes a word on the longest of some lines where it covers no other word; on none where there is no room.
    mutating func label(_ text: String, along lines: [[Frame.Place]]) {
        let word = Array(" " + text + " ")
        func extent(_ line: [Frame.Place]) -> Double {
            func span(_ places: [Double]) -> Double { (places.max() ?? 0) - (places.min() ?? 0) }
            return span(line.map(\.x)) * Double(columns) + span(line.map(\.y)) * Double(rows)
        }
        // A short line would be all word.
        let long = lines.map { (line: $0, extent: extent($0)) }.filter { $0.extent > Double(2 * word.count) }
        for (line, _) in long.sorted(by: { $0.extent > $1.extent }).prefix(8) {
            for share in Self.shares {
                let place = line[min(Int(share * Double(line.count)), line.count - 1)]
                guard (0...1).contains(place.x), (0...1).contains(place.y) else { continue }
                let row = row(place.y), first = column(place.x) - word.count / 2
                let span = first..<first + word.count
                guard span.lowerBound >= 0, span.upperBound <= columns,
                    !words.contains(where: { abs($0.row - row) <= 1 && $0.columns.overlaps(span) })
                else { continue }
                words.append(Word(row: row, columns: span, text: word))
                return
            }
        }
    }
}
