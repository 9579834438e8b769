// The coordinate system of a picture: from values to places in the unit square, cut off at its edges.

/// Two axes. A place is (0, 0) at the lower left, (1, 1) at the upper right.
package struct Frame {
    package let x: Axis
    package let y: Axis

    package init(x: Axis, y: Axis) {
        self.x = x
        self.y = y
    }

    package typealias Place = (x: Double, y: Double)

    /// Where a point lies; nil outside of the picture or when it cannot be shown.
    func place(_ point: Curve.Point) -> Place? {
        let place = (x: x.place(point.x), y: y.place(point.y))
        return Self.inside.contains(place.x) && Self.inside.contains(place.y)
            ? (min(max(place.x, 0), 1), min(max(place.y, 0), 1)) : nil
    }

    private static let inside = -1e-9...1 + 1e-9

    /// A line in the pieces that can be seen. NaN and what an axis cannot show interrupt it.
    package func pieces(_ points: [Curve.Point]) -> [[Place]] {
        var pieces: [[Place]] = [], piece: [Place] = []
        var before: Place?
        func close() {
            if !piece.isEmpty { pieces.append(piece) }
            piece = []
        }
        for point in points {
            let place = (x: x.place(point.x), y: y.place(point.y))
            guard !place.x.isNaN, !place.y.isNaN else {
                close()
                before = nil
                continue
            }
            if let start = before, let (from, to) = Self.clipped(start, place) {
                if piece.isEmpty { piece = [from] }
                piece.append(to)
                // The line leaves the picture here.
                if to != place { close() }
            } else if before != nil {
                close()
            } else if self.place(point) != nil {
                piece = [place]
            }
            before = place
        }
        close()
        return pieces
    }

    /// The part of a segment inside the unit square (Liang and Barsky 1984); nil when there is none.
    private static func clipped(_ a: Place, _ b: Place) -> (Place, Place)? {
        var enter = 0.0, leave = 1.0
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        for (step, room) in [(-dx, a.x + 1e-9), (dx, 1 + 1e-9 - a.x), (-dy, a.y + 1e-9), (dy, 1 + 1e-9 - a.y)] {
            if step == 0 {
                if room < 0 { return nil }
            } else if step < 0 {
                enter = max(enter, room / step)
            } else {
                leave = min(leave, room / step)
            }
        }
        guard enter <= leave else { return nil }
        let from = enter == 0 ? a : (a.x + enter * dx, a.y + enter * dy)
        return (from, leave == 1 ? b : (a.x + leave * dx, a.y + leave * dy))
    }
}
