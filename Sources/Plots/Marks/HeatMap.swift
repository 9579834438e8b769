// A matrix as a picture: one shade a number.
import Language

/// Rows and columns of numbers, the first row on top, as a matrix is printed.
package struct HeatMap {
    /// The scale, as the legend tells it.
    package var label: String
    let rows: Int
    let columns: Int
    /// Row after row; NaN stays blank.
    let values: [Double]
    /// What the lightest and the darkest shade stand for.
    let scale: ClosedRange<Double>

    /// No drawing tells more cells apart.
    static let most = (rows: 300, columns: 400)

    /// Larger matrices are averaged over blocks.
    package init(rows: Int, columns: Int, values: [Double], scale: ClosedRange<Double>?, poll: () throws -> Void) throws
    {
        (self.rows, self.columns, self.values) = (rows, columns, values)
        var (low, high) = (Double.infinity, -Double.infinity)
        for (index, value) in values.enumerated() where value.isFinite {
            if index & 0xFFFF == 0 { try poll() }
            (low, high) = (min(low, value), max(high, value))
        }
        self.scale = scale ?? (low <= high ? low...high : 0...1)
        label =
            low <= high
            ? "\(formatNumber(self.scale.lowerBound, digits: 3)) to \(formatNumber(self.scale.upperBound, digits: 3))"
            : ""
    }

    /// Where a value lies on the scale, from 0 to 1; nil for what is no number.
    private func share(_ value: Double) -> Double? {
        guard !value.isNaN else { return nil }
        let span = scale.upperBound / 2 - scale.lowerBound / 2
        return span > 0 ? min(max((value / 2 - scale.lowerBound / 2) / span, 0), 1) : 0.5
    }

    /// The mean over a block of cells: the part between fractions of the height and of the width.
    private func mean(_ rowPart: Range<Int>, _ columnPart: Range<Int>) -> Double {
        var sum = 0.0, count = 0.0
        for row in rowPart {
            for column in columnPart where values[row * columns + column].isFinite {
                sum += values[row * columns + column]
                count += 1
            }
        }
        return count > 0 ? sum / count : .nan
    }

    private static let unicodeShades: [Character] = [" ", "░", "▒", "▓", "█"]
    private static let shades: [Character] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

    /// Anchors of a scale that is even to the eye and in grey, too (viridis, Smith and van der Walt 2015).
    private static let anchors: [(Double, Double, Double)] = [
        (253, 231, 37), (94, 201, 98), (33, 145, 140), (59, 82, 139), (68, 1, 84),
    ]

    /// The colour at a share of the scale, in 32 steps.
    static func color(_ share: Double) -> String {
        let place = (share * 31).rounded() / 31 * Double(anchors.count - 1)
        let index = min(Int(place), anchors.count - 2), rest = place - Double(index)
        let (a, b) = (anchors[index], anchors[index + 1])
        func part(_ a: Double, _ b: Double) -> String {
            let hex = String(Int((a + rest * (b - a)).rounded()), radix: 16)
            return hex.count < 2 ? "0" + hex : hex
        }
        return "#" + part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)
    }
}

extension HeatMap: Mark {
    package var xRange: ClosedRange<Double>? { -0.5...Double(columns) - 0.5 }
    package var yRange: ClosedRange<Double>? { -0.5...Double(rows) - 0.5 }
    package var isCounted: Bool { true }
    package var countsDown: Bool { true }
    package var isGround: Bool { true }
    package var picture: String { "heat map" }
    package var account: String {
        let shown = values.filter(\.isFinite), missing = values.count - shown.count
        return "\(PictureAccount.counted(rows, "row")) and \(PictureAccount.counted(columns, "column")), values "
            + PictureAccount.range(shown.min(), shown.max())
            + (missing > 0 ? "; \(PictureAccount.counted(missing, "cell")) without a number" : "")
    }

    package func on(logX: Bool, logY: Bool) throws -> HeatMap {
        guard !logX, !logY else {
            throw LanguageError("a heat map's rows and columns are numbered; its axes cannot be logarithmic")
        }
        return self
    }

    /// The cells that a part of an axis covers, at least one.
    private static func cells(_ low: Double, _ high: Double, of axis: Axis, count: Int) -> Range<Int>? {
        let first = Int((axis.value(at: low) + 0.5 + 1e-9).rounded(.down)),
            last = Int((axis.value(at: high) + 0.5 - 1e-9).rounded(.up))
        let from = max(0, min(first, last - 1)), to = min(count, max(last, first + 1))
        return from < to ? from..<to : nil
    }

    package func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen) {
        let shades = canvas.isUnicode ? Self.unicodeShades : Self.shades
        let (halfX, halfY) = (0.5 / Double(canvas.columns), 0.5 / Double(canvas.rows))
        // Cells wider than a character are not blurred: the one in its middle counts.
        let wide = columns <= canvas.columns, high = rows <= canvas.rows
        canvas.fillGround { place in
            guard
                let columnPart = Self.cells(
                    place.x - (wide ? 0 : halfX), place.x + (wide ? 1e-9 : halfX), of: frame.x, count: columns),
                let rowPart = Self.cells(
                    place.y + (high ? 1e-9 : halfY), place.y - (high ? 0 : halfY), of: frame.y, count: rows),
                let share = share(mean(rowPart, columnPart))
            else { return nil }
            return shades[min(Int(share * Double(shades.count)), shades.count - 1)]
        }
    }

    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String {
        String((isUnicode ? Self.unicodeShades : Self.shades).dropFirst())
    }

    package func svg(in frame: SVGFrame, color: SVGColor) -> [String] {
        let (countY, countX) = (min(rows, Self.most.rows), min(columns, Self.most.columns))
        // Edges of the cells on the sheet; those outside of the part that is shown fall together.
        func x(_ column: Int) -> Double {
            frame.x(frame.frame.x.fraction(Double(column * columns) / Double(countX) - 0.5))
        }
        func y(_ row: Int) -> Double { frame.y(frame.frame.y.fraction(Double(row * rows) / Double(countY) - 0.5)) }
        var lines: [String] = []
        for row in 0..<countY {
            let rowPart = (row * rows / countY)..<max((row + 1) * rows / countY, row * rows / countY + 1)
            let top = y(row), bottom = y(row + 1)
            guard bottom > top else { continue }
            var start = 0, fill: String?
            func close(_ end: Int) {
                let left = x(start), right = x(end)
                guard let fill, right > left else { return }
                // A little wider, so that no seam shows.
                lines.append(
                    """
                    <rect x="\(svgNumber(left))" y="\(svgNumber(top))" width="\(svgNumber(right - left + 0.3))" \
                    height="\(svgNumber(bottom - top + 0.3))" fill="\(fill)"/>
                    """
                )
            }
            for column in 0..<countX {
                let columnPart =
                    (column * columns / countX)..<max((column + 1) * columns / countX, column * columns / countX + 1)
                let next = share(mean(rowPart, columnPart)).map(Self.color)
                if next != fill {
                    close(column)
                    (start, fill) = (column, next)
                }
            }
            close(countX)
        }
        return lines
    }

    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        (0..<6).map {
            """
            <rect x="\(svgNumber(x + 4 * Double($0)))" y="\(svgNumber(y - 5))" width="4.2" height="10" \
            fill="\(Self.color(Double($0) / 5))"/>
            """
        }
    }
}

extension HeatMap {
    package static var storedKind: String { "heat map" }
    package var stored: [(String, Value)] {
        [
            ("rows", .number(rows)), ("columns", .number(columns)), ("values", .list(values)),
            ("scale", StoredParts.value(scale)),
        ]
    }

    package init(label: String, stored parts: StoredParts) throws {
        guard let scale = try parts.range("scale") else { throw parts.damage }
        let rows = try parts.whole("rows", in: 1...1_000_000_000), values = try parts.numbers("values")
        let columns = try parts.whole("columns", in: 1...1_000_000_000)
        try parts.require(rows * columns == values.count)
        try self.init(rows: rows, columns: columns, values: values, scale: scale) {}
        self.label = label
    }
}
