// A plot as workspaces keep it: its axes, titles and marks.
import Language

/// The kinds of marks: a workspace names them. One line each.
enum Marks {
    static var all: [any Mark.Type] {
        [
            Band.self, Contours.self, Curve.self, HeatMap.self, Histogram.self, PointCloud.self, Targets.self,
            Trajectory.self,
        ]
    }
}

extension Plot {
    /// All that it is made again from.
    var stored: Value {
        .record([
            ("title", .string(title)), ("labels", .list([.string(xLabel), .string(yLabel)])),
            ("axes", .list([x.stored, y.stored])),
            (
                "marks",
                .list(
                    marks.map { mark in
                        .record(
                            [("kind", .string(type(of: mark).storedKind)), ("label", .string(mark.label))]
                                + mark.stored)
                    })
            ),
        ])
    }

    init(stored parts: StoredParts) throws {
        let labels = try parts.pair("labels") { try parts.text($0) }
        let axes = try parts.pair("axes") { try Axis(stored: parts.parts($0)) }
        let marks = try parts.list("marks").map { value -> any Mark in
            let mark = try parts.parts(value), kind = try mark.text("kind")
            guard let type = Marks.all.first(where: { $0.storedKind == kind }) else { throw parts.damage }
            return try type.init(label: mark.text("label"), stored: mark)
        }
        self.init(title: try parts.text("title"), marks: marks, x: axes.0, y: axes.1, labels: labels)
    }
}

extension Axis {
    fileprivate var stored: Value {
        .record([
            ("range", StoredParts.value(low...high)), ("logarithmic", .bool(isLogarithmic)), ("whole", .bool(isWhole)),
            ("reversed", .bool(isReversed)),
        ])
    }

    fileprivate init(stored parts: StoredParts) throws {
        let isLogarithmic = try parts.flag("logarithmic")
        guard let range = try parts.range("range"), range.lowerBound < range.upperBound,
            !isLogarithmic || range.lowerBound > 0
        else { throw parts.damage }
        self.init(
            low: range.lowerBound, high: range.upperBound, isLogarithmic: isLogarithmic,
            isWhole: try parts.flag("whole"), isReversed: try parts.flag("reversed"))
    }
}
