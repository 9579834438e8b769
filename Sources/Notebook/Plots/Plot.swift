// What a picture shows, before anything is drawn: marks, axes, a title.

/// A picture: marks in one coordinate system. ``TerminalPlot`` draws it as text, ``SVGPlot`` as a file.
///
/// Another kind of mark (points, bands, bars) is one more case of ``Mark`` and its drawing in both.
package struct Plot {
    package enum Mark {
        /// A line through points.
        case line(Curve)
    }

    package var title: String
    package var marks: [Mark]
    package var x: Axis
    package var y: Axis

    /// The lines among the marks.
    var curves: [Curve] { marks.compactMap { if case .line(let curve) = $0 { curve } else { nil } } }

    /// A picture of lines; its axes cover all of their points that can be shown.
    ///
    /// - Returns: nil when there is no such point.
    package init?(title: String, curves: [Curve], logX: Bool, logY: Bool) {
        guard let x = Axis(covering: curves.map(\.xRange), isLogarithmic: logX, isWhole: curves.allSatisfy(\.isCounted)),
            let y = Axis(covering: curves.map(\.yRange), isLogarithmic: logY)
        else { return nil }
        self.title = title
        marks = curves.map { .line($0) }
        (self.x, self.y) = (x, y)
    }
}
