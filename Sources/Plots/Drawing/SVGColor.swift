// What tells one mark of a picture from the others: its colour, its dashes and the shape of its points.

/// How one mark is told from others.
package struct SVGColor {
    let index: Int
    /// How many there are to be told apart.
    var count = 1

    /// Colours that colour-blind readers, too, tell apart (Okabe and Ito 2008), a little darker or lighter by ground.
    static let all = [
        (light: "#0072b2", dark: "#56b4e9"), (light: "#d55e00", dark: "#e69f00"), (light: "#007a5e", dark: "#2fc79a"),
        (light: "#a34d7c", dark: "#dd9bc3"), (light: "#6b5b00", dark: "#e5d94a"),
    ]
    private static let dashes = ["", "7 4", "2 3", "10 3 2 3"]

    /// The class that strokes, and the class that fills.
    var stroke: String { "c\(index % Self.all.count)" }
    var fill: String { "d\(index % Self.all.count)" }
    /// The attribute that dashes a line.
    var dash: String {
        let dash = Self.dashes[index % Self.dashes.count]
        return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    }

    /// There are more marks than colours: lines bear points of their shape, too.
    var isMany: Bool { count > Self.all.count }

    // MARK: Shapes

    /// Corners of the shapes around a point, of radius 1; the first shape is a disc.
    private static let shapes: [[(x: Double, y: Double)]] = [
        [],
        [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        [(0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
        [(0, -1.4), (1.1, 0), (0, 1.4), (-1.1, 0)],
        [(0, 1.25), (1.15, -0.85), (-1.15, -0.85)],
        [
            (-0.4, -1.3), (0.4, -1.3), (0.4, -0.4), (1.3, -0.4), (1.3, 0.4), (0.4, 0.4), (0.4, 1.3), (-0.4, 1.3),
            (-0.4, 0.4), (-1.3, 0.4), (-1.3, -0.4), (-0.4, -0.4),
        ],
        [(-1.2, -1.2), (1.2, -1.2), (-1.2, 1.2), (1.2, 1.2)],
    ]

    var isDisc: Bool { index % Self.shapes.count == 0 }

    /// Path data of the shape around a point of the sheet; empty for a disc.
    func outline(x: Double, y: Double, radius: Double) -> String {
        let corners = Self.shapes[index % Self.shapes.count]
        guard !corners.isEmpty else { return "" }
        return corners.enumerated().map { number, corner in
            "\(number == 0 ? "M" : "L")\(svgNumber(x + radius * corner.x)) \(svgNumber(y + radius * corner.y))"
        }.joined() + "Z"
    }

    /// A point in its shape.
    func point(x: Double, y: Double, radius: Double) -> String {
        isDisc
            ? "<circle class=\"\(fill)\" cx=\"\(svgNumber(x))\" cy=\"\(svgNumber(y))\" r=\"\(svgNumber(radius))\"/>"
            : "<path class=\"\(fill)\" d=\"\(outline(x: x, y: y, radius: radius))\"/>"
    }

    /// What stands for a line in a legend.
    func lineSample(x: Double, y: Double) -> [String] {
        ["<path class=\"line \(stroke)\"\(dash) d=\"M\(svgNumber(x)) \(svgNumber(y))h24\"/>"]
            + (isMany ? [point(x: x + 12, y: y, radius: 3.5)] : [])
    }

    /// Points here and there on a line that colour and dashes alone do not tell from others; else nothing.
    func points(along line: [Curve.Point], in frame: SVGFrame) -> [String] {
        guard isMany else { return [] }
        let pieces = frame.frame.pieces(line).map { $0.map { (x: frame.x($0.x), y: frame.y($0.y)) } }
        func length(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double)) -> Double {
            ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
        }
        let whole = pieces.reduce(0) { $0 + zip($1, $1.dropFirst()).reduce(0) { $0 + length($1.0, $1.1) } }
        let distance = max(90, whole / 8)
        // Each begins elsewhere, so that curves that run together show all of their points.
        var next = distance * (0.15 + 0.7 * Double(index * 5 % count) / Double(count)), result: [String] = []
        for piece in pieces {
            for (a, b) in zip(piece, piece.dropFirst()) {
                let step = length(a, b)
                while next <= step, step > 0 {
                    let share = next / step
                    result.append(point(x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y), radius: 3.5))
                    next += distance
                }
                next -= step
            }
        }
        return result
    }
}
