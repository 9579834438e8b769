// What a picture shows, before anything is drawn: marks, axes, a title.

/// A picture: marks in one coordinate system. ``TerminalPlot`` draws it as text, ``SVGPlot`` as a file.
package struct Plot {
    package var title: String
    package var marks: [any Mark]
    package let x: Axis
    package let y: Axis
    package var xLabel: String
    package var yLabel: String

    /// How a picture is framed.
    package struct Style {
        package var title = ""
        package var xLabel = ""
        package var yLabel = ""
        package var logX = false
        package var logY = false
        /// The part that is shown; nil for all.
        package var x: ClosedRange<Double>?
        package var y: ClosedRange<Double>?

        package init(
            title: String = "", xLabel: String = "", yLabel: String = "", logX: Bool = false, logY: Bool = false
        ) {
            self.title = title
            self.xLabel = xLabel
            self.yLabel = yLabel
            self.logX = logX
            self.logY = logY
        }
    }

    /// A picture of marks; its axes cover all that can be shown of them, or the part that the style asks for.
    ///
    /// - Returns: nil when there is nothing that can be shown.
    package init?(_ marks: [any Mark], _ style: Style = Style()) {
        // A ground sets the frame.
        let framing = marks.contains { $0.isGround } ? marks.filter(\.isGround) : marks
        guard marks.contains(where: { $0.xRange != nil }),
            let x = style.x.map({ Axis(low: $0.lowerBound, high: $0.upperBound, isLogarithmic: style.logX) })
                ?? Axis(
                    covering: framing.map(\.xRange), isLogarithmic: style.logX, isWhole: marks.allSatisfy(\.isCounted)),
            let y = style.y.map({ Axis(low: $0.lowerBound, high: $0.upperBound, isLogarithmic: style.logY) })
                ?? Axis(
                    covering: framing.map(\.yRange), isLogarithmic: style.logY, isWhole: marks.allSatisfy(\.countsDown),
                    isReversed: framing.contains { $0.countsDown })
        else { return nil }
        title = style.title
        self.marks = marks.filter(\.isGround) + marks.filter { !$0.isGround }
        (self.x, self.y) = (x, y)
        (xLabel, yLabel) = (style.xLabel, style.yLabel)
    }

    /// A picture whose axes are known.
    init(title: String, marks: [any Mark], x: Axis, y: Axis, labels: (x: String, y: String)) {
        (self.title, self.marks, self.x, self.y) = (title, marks, x, y)
        (xLabel, yLabel) = labels
    }

    package var frame: Frame { Frame(x: x, y: y) }

    /// The marks with the number of their pen.
    package var numbered: [(mark: any Mark, pen: Int)] {
        var next = 0
        return marks.map { mark in
            guard mark.hasPen else { return (mark, 0) }
            defer { next += 1 }
            return (mark, next)
        }
    }

    /// The labels of what has a pen.
    package var labels: [String] { marks.filter(\.hasPen).map(\.label) }

    /// Pictures of a plane are taller.
    var hasGround: Bool { marks.contains { $0.isGround } }
}
