// The heights of contour lines, written on them where no other stands.

/// Finds a place on its line for each height.
struct ContourLabels {
    private let frame: SVGFrame
    private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []
    /// The labels.
    private(set) var elements: [String] = []

    init(_ frame: SVGFrame) { self.frame = frame }

    private static let size = 10.0
    /// Where on a line a label is tried, as shares of its points.
    private static let shares = [0.5, 0.25, 0.75, 0.1, 0.9, 0.4, 0.6, 0]

    /// Writes a height on the longest of its lines that has room for it; on none where there is no room.
    mutating func add(_ text: String, along lines: [[Curve.Point]]) {
        let half = SVGText.width(of: text, size: Self.size) / 2
        let pieces = lines.flatMap(frame.frame.pieces).map { $0.map { (x: frame.x($0.x), y: frame.y($0.y)) } }
        func extent(_ piece: [(x: Double, y: Double)]) -> Double {
            ((piece.map(\.x).max() ?? 0) - (piece.map(\.x).min() ?? 0))
                + ((piece.map(\.y).max() ?? 0) - (piece.map(\.y).min() ?? 0))
        }
        let long = pieces.map { (piece: $0, extent: extent($0)) }.filter { $0.extent > 4 * half }.sorted {
            $0.extent > $1.extent
        }
        for (piece, _) in long.prefix(8) {
            for share in Self.shares {
                let place = piece[min(Int(share * Double(piece.count)), piece.count - 1)]
                let x = place.x - half - 2...place.x + half + 2, y = place.y - 7...place.y + 7
                guard x.lowerBound > frame.left, x.upperBound < frame.right, y.lowerBound > frame.top,
                    y.upperBound < frame.bottom,
                    !taken.contains(where: { $0.x.overlaps(x) && $0.y.overlaps(y) })
                else { continue }
                taken.append((x, y))
                elements.append(svgLabel(text, x: place.x, y: place.y + 3.5, anchor: "middle", class: "height"))
                return
            }
        }
    }
}
